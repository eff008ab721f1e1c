import { keyOf, type ParamsOf, pointsOf, type SpaceDefinition } from '../space/index.js';
import type { StudyView } from '../study/study.js';
import { type CompletionRequest, completable } from './completions.js';
import type { ProposeOptions } from './strategy.js';

/** The keys of what each of some params can be completed to; undefined where that is so much that nobody has to care. */
export type CompletionKeys = readonly (ReadonlySet<string> | undefined)[];

/**
 * What params that are not whole can be completed to, each to something else than the others: so much of it as has to be
 * known for that.
 *
 * @param isKnown Whether the point with this key is none of it.
 */
export async function completionKeys<D extends SpaceDefinition>(
  study: StudyView<D>,
  all: readonly Partial<ParamsOf<D>>[],
  isKnown: NonNullable<CompletionRequest['isKnown']>,
  options: Pick<ProposeOptions, 'threads' | 'signal'>,
): Promise<CompletionKeys> {
  const { space } = study;
  const known = new Map<string, ReadonlySet<string> | undefined>(); // many may be the same
  const lists: (ReadonlySet<string> | undefined)[] = [];
  for (const params of all) {
    const text = JSON.stringify(space.partialText(params));
    if (!known.has(text) && areMany(study, params, all.length)) known.set(text, undefined);
    if (!known.has(text)) {
      const one = await completable(study, params, { count: 1, isKnown }, options);
      const isEndless = one.found.some((found) => isContinued(study, params, found));
      const { found } = isEndless ? one : await completable(study, params, { count: all.length, isKnown }, options);
      const isMore = isEndless || found.length >= all.length; // than the others can take
      known.set(text, isMore ? undefined : new Set(found.map((found) => keyOf(space, found))));
    }
    lists.push(known.get(text));
  }
  return lists;
}

/** Whether it is known without looking that there are more than all that was tried, or waits, can take. */
function areMany<D extends SpaceDefinition>(
  { space, settings, trials, drawn, queue }: StudyView<D>,
  params: Partial<ParamsOf<D>>,
  wanted: number,
): boolean {
  if (settings.constraints.size > 0 || space.conditions.some((conditions) => conditions !== null)) return false;
  const points = pointsOf(space, space.partialValues(params));
  return Number.isFinite(points) && points >= trials.length + drawn.length + queue.length + wanted;
}

/** Whether a value that was drawn is one of a range that has no steps: then there is no end of them. */
function isContinued<D extends SpaceDefinition>(
  { space }: StudyView<D>,
  given: Partial<ParamsOf<D>>,
  found: ParamsOf<D>,
): boolean {
  const values = space.partialValues(given);
  return space
    .valuesOf(found)
    .some(
      (value, i) =>
        value !== undefined &&
        values[i] === undefined &&
        space.continuous[i] === true &&
        space.coordinates[i]?.parameter.kind !== 'custom',
    );
}

/**
 * One key for each, no two the same, for as many as possible, the first ones first: undefined where any will do, and null
 * where nothing is left.
 */
export function reserved(lists: CompletionKeys): (string | null | undefined)[] {
  const owners = new Map<string, number>();
  const found = lists.map((keys, i) => keys !== undefined && !isPlaced(i, new Set()));
  const own = new Map([...owners].map(([key, i]) => [i, key]));
  return lists.map((_, i) => (found[i] ? null : own.get(i)));

  function isPlaced(i: number, seen: Set<string>): boolean {
    for (const key of lists[i] as ReadonlySet<string>) {
      if (seen.has(key)) continue;
      seen.add(key);
      const owner = owners.get(key);
      if (owner !== undefined && !isPlaced(owner, seen)) continue; // it has no other
      owners.set(key, i);
      return true;
    }
    return false;
  }
}
