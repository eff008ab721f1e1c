import type { Direction } from './options.js';
import { isBetter } from './trial.js';

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

/** Labels a classifier's trials. Failed trials (null) never enter the median. */
export function labelByMedian(values: readonly (number | null)[], direction: Direction): Labels {
  const middle = median(values.filter((value) => value !== null));
  const labels = Uint8Array.from(values, (value) =>
    value !== null && middle !== undefined && isBetter(value, middle, direction) ? 1 : 0,
  );
  return { labels, positives: labels.reduce((sum, label) => sum + label, 0) };
}
