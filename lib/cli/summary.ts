import { inspect } from 'node:util';
import type { SHAC } from '../api/shac.js';
import type { SpaceDefinition } from '../space/index.js';
import { isFinished, type Trial } from '../study/trial.js';

/** What is known when a run is over, or was stopped. */
export interface RunEnd {
  readonly search: SHAC<SpaceDefinition>;
  /** Of this run. */
  readonly seconds: number;
  readonly interrupted: boolean;
}

/** The result for programs, for JSON. */
export function resultOf({ search, seconds, interrupted }: RunEnd): Record<string, unknown> {
  const { bestTrial, trials, classifiers, seed, studyName } = search;
  const best = bestTrial && { id: bestTrial.id, params: bestTrial.params, value: bestTrial.value };
  return {
    best: best ?? null,
    trials: trials.filter(isFinished).length,
    failed: trials.filter(({ state }) => state === 'FAIL').length,
    classifiers: classifiers.length,
    seconds: Number(seconds.toFixed(3)),
    seed,
    studyName,
    ...(search.history.stoppedEarly && { stoppedEarly: true }),
    ...(isUsedUp(search) && { spaceUsedUp: true }),
    ...(interrupted && { interrupted }),
  };
}

/** The result for people. */
export function summary({ search, seconds, interrupted }: RunEnd): string {
  const { bestTrial, trials, classifiers, seed, budget } = search;
  const finished = trials.filter(isFinished).length;
  const failed = trials.filter(({ state }) => state === 'FAIL');
  const lines = bestTrial ? bestLines(bestTrial) : ['best: none, no trial is complete'];
  lines.push(`trials: ${finished} of ${budget.totalBudget}${endingOf(search, interrupted)}`);
  const [first] = failed;
  if (first?.error) {
    lines.push(
      `failed: ${failed.length}; the first, trial ${first.id}, with ${first.error.name}: ${first.error.message}`,
    );
  }
  lines.push(`classifiers: ${classifiers.length}`, `seed: ${seed}`, `seconds: ${seconds.toFixed(1)}`);
  return lines.join('\n');
}

function endingOf(search: RunEnd['search'], interrupted: boolean): string {
  if (interrupted) return ', interrupted';
  if (search.history.stoppedEarly) return ', stopped early';
  return isUsedUp(search) ? ', every point of the space' : '';
}

/** Whether the space has ended the search, in this run or before it. */
function isUsedUp({ history, trials, budget }: RunEnd['search']): boolean {
  const { stopReason } = history;
  return stopReason === 'space-used-up' || (stopReason === 'nothing-to-do' && trials.length < budget.totalBudget);
}

/** The best trial for people. */
export function bestLines({ id, value, params }: Pick<Trial, 'id' | 'value' | 'params'>): string[] {
  return [`best: ${value} (trial ${id})`, ...paramLines(params)];
}

function paramLines(params: Record<string, unknown>): string[] {
  const width = Math.max(...Object.keys(params).map((name) => name.length));
  return Object.entries(params).map(
    ([name, value]) => `  ${name.padEnd(width)}  ${inspect(value, { breakLength: Number.POSITIVE_INFINITY })}`,
  );
}
