import { ShacRangeError } from '../errors.js';
import { everyPoint, keyOf, type ParamsOf, pointsOf, type SearchSpace, type SpaceDefinition } from '../space/index.js';
import { completable, notCompletable } from '../strategies/completions.js';
import { areEnqueued, keysOf } from '../strategies/enqueued.js';
import { completionKeys, reserved } from '../strategies/reservations.js';
import { textOf } from '../study/constraints.js';
import type { StudySettings } from '../study/settings.js';
import type { Study } from '../study/study.js';
import type { KeptStudy } from './kept-study.js';

/**
 * Makes sure that params which are to be enqueued can be evaluated, whatever is drawn until then.
 *
 * @throws ERR_CONSTRAINT_VIOLATED; with `distinct`, ERR_REPEATED_PARAMS.
 */
export async function requireEvaluable<D extends SpaceDefinition>(
  { study, candidates }: KeptStudy<D>,
  given: readonly Partial<ParamsOf<D>>[],
  threads: number,
): Promise<void> {
  const { space, settings } = study;
  if (given.length === 0) return;
  const whole = given.filter((params) => space.isWhole(params));
  for (const params of whole) settings.constraints.require(params);
  if (!settings.distinct) return requireAdmitted(study, given, threads);
  const isTried = (key: string) => candidates.distinct.isTried(key);
  await requireUntried(study, given, { isTried, threads });
}

async function requireAdmitted<D extends SpaceDefinition>(
  study: Study<D>,
  given: readonly Partial<ParamsOf<D>>[],
  threads: number,
): Promise<void> {
  if (study.settings.constraints.size === 0) return;
  for (const params of given) {
    if (study.space.isWhole(params)) continue;
    const wanted = { count: 1, isKnown: undefined };
    const { found, looked } = await completable(study, params, wanted, { threads, signal: undefined });
    if (found.length === 0) throw notCompletable(params, looked);
  }
}

/**
 * Whole params must not be there already. Each other one must have a completion that is none of those, nor that of
 * another one which waits.
 */
async function requireUntried<D extends SpaceDefinition>(
  study: Study<D>,
  given: readonly Partial<ParamsOf<D>>[],
  { isTried, threads }: { isTried: (key: string) => boolean; threads: number },
): Promise<void> {
  const { space, drawn, queue } = study;
  const taken = keysOf(study, queue);
  if (areEnqueued(study)) for (const { params } of drawn) taken.add(keyOf(space, params));
  requireNoRepeat(space, given, (key) => taken.has(key) || isTried(key));
  for (const key of keysOf(study, given)) taken.add(key);
  const isKnown = (key: string) => taken.has(key) || isTried(key);
  const partial = [...queue, ...given].filter((params) => !space.isWhole(params));
  const options = { threads, signal: undefined };
  const lists = await completionKeys(study, partial, isKnown, options);
  const without = partial[reserved(lists).indexOf(null)];
  if (without === undefined) return;
  const { found, looked } = await completable(study, without, { count: 1, isKnown: undefined }, options);
  throw found.length === 0 ? notCompletable(without, looked) : nothingLeft(without);
}

/** Params of which there are no more completions are looked at when a study is made, which cannot wait for draws. */
const FEW_POINTS = 2 ** 12;

/**
 * The same of what a study begins with, where it can be seen without draws.
 *
 * @throws as {@link requireEvaluable}.
 */
export function requireInitial<D extends SpaceDefinition>(
  space: SearchSpace<D>,
  given: readonly Partial<ParamsOf<D>>[],
  { constraints, distinct }: Pick<StudySettings, 'constraints' | 'distinct'>,
): void {
  const whole = given.filter((params) => space.isWhole(params));
  for (const params of whole) constraints.require(params);
  if (!distinct && constraints.size === 0) return;
  if (distinct) requireNoRepeat(space, given, () => false);
  const taken = new Set(whole.map((params) => keyOf(space, params)));
  const partial = given.filter((params) => !space.isWhole(params));
  const lists = partial.map((params) => {
    const values = space.partialValues(params);
    if (pointsOf(space, values) > FEW_POINTS) return undefined;
    const all = [...everyPoint(space, values)];
    const keys = all.filter((point) => constraints.admits(point)).map((point) => keyOf(space, point));
    if (keys.length === 0) throw notCompletable(params, all.length);
    return new Set(keys.filter((key) => !taken.has(key)));
  });
  const without = distinct ? partial[reserved(lists).indexOf(null)] : undefined;
  if (without !== undefined) throw nothingLeft(without);
}

/** @throws ERR_REPEATED_PARAMS for whole params that are known, or are there twice. */
function requireNoRepeat<D extends SpaceDefinition>(
  space: SearchSpace<D>,
  given: readonly Partial<ParamsOf<D>>[],
  isKnown: (key: string) => boolean,
): void {
  const keys = new Set<string>();
  for (const params of given) {
    if (!space.isWhole(params)) continue;
    const key = keyOf(space, params);
    const isTwice = keys.has(key);
    keys.add(key);
    if (!isTwice && !isKnown(key)) continue;
    const message =
      `the params ${textOf(params)} are ${isTwice ? 'given twice' : "a trial's already, or enqueued"}, and with distinct nothing ` +
      'is evaluated twice: leave them out; enqueue(params, { skipIfExists: true }) does that';
    throw new ShacRangeError('ERR_REPEATED_PARAMS', message);
  }
}

function nothingLeft(params: object): ShacRangeError {
  const message =
    `all that the params ${textOf(params)} can be completed to was tried, or is for others that are enqueued, and with distinct ` +
    'nothing is evaluated twice: enqueue fewer, or leave some of their values out';
  return new ShacRangeError('ERR_REPEATED_PARAMS', message);
}
