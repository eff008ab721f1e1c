import { ShacRangeError, ShacTypeError } from '../errors.js';
import { requireRoom } from '../run/enqueue.js';
import { requireInitial } from '../run/evaluable.js';
import type { ParamsOf, SearchSpace, SpaceDefinition } from '../space/index.js';
import { copyOf } from '../study/params.js';
import type { ResolvedOptions } from './options.js';

/**
 * Params that users gave, or some of them, as a list of their own.
 *
 * @param name Of the list, for messages.
 * @param given A list, or one of them alone.
 * @throws ERR_INVALID_VALUE, naming the place in the list, the key and the value, for what is not in the space.
 */
export function givenParams<D extends SpaceDefinition>(
  space: SearchSpace<D>,
  name: string,
  given: unknown,
): Partial<ParamsOf<D>>[] {
  if (!Array.isArray(given)) return [copyOf(space.partial(given))];
  // By index, not by map, so that a hole in the array is seen.
  return Array.from(given, (params, i) => {
    try {
      return copyOf(space.partial(params));
    } catch (cause) {
      const isTyped = cause instanceof ShacTypeError || cause instanceof ShacRangeError;
      if (!isTyped) throw cause; // a custom parameter's own function
      const message = `${name}[${i}]: ${cause.message}`;
      if (cause instanceof ShacRangeError) throw new ShacRangeError(cause.code, message, { cause });
      throw new ShacTypeError(cause.code, message, { cause });
    }
  });
}

/**
 * What a study begins with.
 *
 * @throws ERR_INVALID_VALUE as {@link givenParams}, ERR_INVALID_BUDGET when there is more than the budget has room for,
 *   ERR_CONSTRAINT_VIOLATED and, with `distinct`, ERR_REPEATED_PARAMS as far as it is known without draws.
 */
export function initialParams<D extends SpaceDefinition>(
  space: SearchSpace<D>,
  settings: Pick<ResolvedOptions, 'initial' | 'budget' | 'constraints' | 'distinct'>,
): Partial<ParamsOf<D>>[] {
  const params = givenParams(space, 'initial', settings.initial);
  requireRoom(params.length, settings.budget.totalBudget);
  requireInitial(space, params, settings);
  return params;
}
