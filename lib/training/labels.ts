import type { Direction } from '../study/direction.js';
import { isBetter } from '../study/direction.js';
import { objectiveValue } from '../study/trial.js';

/** The median of finite numbers: the mean of the two middle ones for an even count; undefined for none. */
export function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const high = sorted[sorted.length >> 1];
  const low = sorted[(sorted.length - 1) >> 1];
  if (high === undefined || low === undefined) return undefined;
  return low === high ? low : low / 2 + high / 2; // halved first: the sum of two large values could overflow
}

export interface Labels {
  /** 1 for a value strictly better than the median, 0 for the rest: ties and failures. */
  readonly labels: Uint8Array;
  readonly positives: number;
}

/**
 * Labels a classifier's trials. Failed trials (null) never enter the median.
 *
 * @param stage The values whose median decides. Default: all of them.
 */
export function labelByMedian(values: readonly (number | null)[], direction: Direction, stage = values): Labels {
  const middle = median(stage.filter((value) => value !== null));
  const labels = Uint8Array.from(values, (value) =>
    value !== null && middle !== undefined && isBetter(value, middle, direction) ? 1 : 0,
  );
  return { labels, positives: labels.reduce((sum, label) => sum + label, 0) };
}

/** The best `count` of some complete trials (fewer if there are no more), best first, the earliest of equals. */
export function bestTrials<T extends { readonly values: readonly number[] | null }>(
  trials: Iterable<T>,
  count: number,
  direction: Direction,
): T[] {
  const best: T[] = [];
  for (const trial of trials) {
    const value = objectiveValue(trial);
    if (value === null) continue;
    let place = best.length;
    while (place > 0 && isBetter(value, objectiveValue(best[place - 1] as T) as number, direction)) place--;
    if (place >= count) continue;
    best.splice(place, 0, trial);
    best.length = Math.min(best.length, count);
  }
  return best;
}
