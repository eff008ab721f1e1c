import { ShacRangeError } from '../errors.js';
import type { ParamsOf, SpaceDefinition } from '../space/index.js';
import { areEnqueued, roomFor } from '../strategies/enqueued.js';
import type { StudyView } from '../study/study.js';
import { requireEvaluable } from './evaluable.js';
import type { KeptStudy } from './kept-study.js';
import type { Serial } from './serial.js';

/**
 * Keeps params, checked ones, that are to be evaluated before anything else is drawn: all of them or none.
 *
 * @param skipIfExists Leave out those that a trial, or the queue, has already.
 * @param calls One after the other, in the order of the calls.
 * @returns how many were added.
 * @throws ERR_INVALID_BUDGET when the budget has no room for them; ERR_CONSTRAINT_VIOLATED when constraints do not admit
 *   them, or nothing that they can be completed to; with `distinct`, ERR_REPEATED_PARAMS when that was tried, or waits.
 */
export function enqueue<D extends SpaceDefinition>(
  kept: KeptStudy<D>,
  calls: Serial,
  given: readonly Partial<ParamsOf<D>>[],
  { skipIfExists, threads }: { skipIfExists: boolean; threads: number },
): Promise<number> {
  return calls.run(() =>
    kept.hold(async () => {
      const { study } = kept;
      let params: readonly Partial<ParamsOf<D>>[];
      let tried: number;
      do {
        tried = study.trials.length;
        params = skipIfExists ? newOnes(study, given) : given;
        await requireEvaluable(kept, params, threads);
      } while (study.trials.length !== tried && (skipIfExists || study.settings.distinct)); // a run goes on meanwhile
      requireRoom(params.length, roomFor(study)); // now: a run may have drawn more meanwhile
      if (params.length > 0) study.record({ type: 'enqueued', params });
      await kept.save();
      return params.length;
    }),
  );
}

/** @throws ERR_INVALID_BUDGET when more params are enqueued than so many trials that are left. */
export function requireRoom(count: number, room: number): void {
  if (count <= room) return;
  throw new ShacRangeError(
    'ERR_INVALID_BUDGET',
    `${count} params are to be enqueued, but the budget has room for ${room}; leave some out, or raise totalBudget`,
  );
}

/**
 * Enqueued params are evaluated after a data set, and have to fit in the budget beside it.
 *
 * @throws ERR_DATASET_MISMATCH for a data set without rows, or with more than there is room for.
 */
export function requireRoomForRows<D extends SpaceDefinition>(study: StudyView<D>, rows: number): void {
  const { drawn, queue, settings } = study;
  const enqueued = queue.length + (areEnqueued({ drawn }) ? drawn.length : 0);
  const { totalBudget } = settings.budget;
  if (rows > 0 && rows + enqueued <= totalBudget) return;
  const room =
    enqueued === 0
      ? `expected 1 to totalBudget ${totalBudget}`
      : `and totalBudget ${totalBudget} has room for ${totalBudget - enqueued} beside the ${enqueued} params that are enqueued`;
  throw new ShacRangeError('ERR_DATASET_MISMATCH', `the data set has ${rows} rows, ${room}`);
}

/** Those that are no trial's params, nor what a trial was enqueued with, nor in the queue; each once. */
function newOnes<D extends SpaceDefinition>(
  { space, trials, drawn, queue }: StudyView<D>,
  given: readonly Partial<ParamsOf<D>>[],
): Partial<ParamsOf<D>>[] {
  const textOf = (params: object) => JSON.stringify(Object.entries(space.partialText(params)));
  const known = new Set(queue.map(textOf));
  for (const { params, fixed } of [...trials, ...(areEnqueued({ drawn }) ? drawn : [])]) {
    known.add(textOf(params));
    if (fixed !== undefined) known.add(textOf(fixed));
  }
  return given.filter((params) => {
    const text = textOf(params);
    const isNew = !known.has(text);
    known.add(text);
    return isNew;
  });
}
