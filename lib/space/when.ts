import { show } from '../errors.js';
import { invalidRange, invalidType } from './checks.js';
import { type ConditionalParameter, isEntry, type SpaceEntry } from './definition.js';
import { type DiscreteValue, PARAMETER_BRAND } from './parameter.js';

/** For which values of its parent a parameter is there. */
export type WhenCondition =
  | DiscreteValue
  | readonly DiscreteValue[]
  // The parent is known by name alone: what its values are is checked where the space is given to a search.
  // biome-ignore lint/suspicious/noExplicitAny: any other type makes `(n) => n >= 2` an error, or does not let it be written
  | ((value: any) => boolean);

/**
 * A parameter that is there only for some values of another one, its parent; otherwise its key is absent from the params.
 * A parent that is absent itself counts as no value.
 *
 * Parents are parameters of the same space by name: `discrete`, `integer`, and `choice` by its kind. They may be
 * conditional themselves, and be defined later. Inside a branch of a `choice` a name is looked for in the branch first,
 * then in what is around it. `when('a', 1, when('b', 2, parameter))` needs both.
 *
 * @param parent - The parent's name.
 * @param condition - One of the parent's values, an array of some, or a pure function of a value. The function is asked
 *   once for each value of the parent when a search space is made, and never again: it must return true or false.
 * @param parameter - What is there then: any parameter, a `multi`, a `choice` or another `when`.
 * @throws ShacTypeError or ShacRangeError `ERR_INVALID_PARAMETER` for any other argument. What concerns the parent is
 *   found where the space is made: see {@link SearchSpace}.
 */
export function when<const N extends string, const C extends WhenCondition, E extends SpaceEntry>(
  parent: N,
  condition: C,
  parameter: E,
): ConditionalParameter<E, N, C> {
  const call = `when(${show(parent)}, …)`;
  if (typeof parent !== 'string') {
    throw invalidType(`${call}: give the name of the parent first, as in when('optimizer', 'sgd', uniform(0, 1))`);
  }
  if (!isEntry(parameter)) {
    const problem = `what is there under the condition must be a parameter, not ${show(parameter)}`;
    throw invalidType(`${call}: ${problem}, as in when('optimizer', 'sgd', uniform(0, 1))`);
  }
  if (typeof condition !== 'function') requireValues(call, condition);
  return new When(
    parent,
    Array.isArray(condition) ? (Object.freeze([...condition]) as unknown as C) : condition,
    parameter,
  );
}

function requireValues(call: string, condition: DiscreteValue | readonly DiscreteValue[]): void {
  const values = Array.isArray(condition) ? condition : [condition];
  if (values.length === 0) {
    throw invalidRange(`${call}: the list of values is empty, so the parameter would never be there; name a value`);
  }
  // By index, so that a hole in the array is seen.
  for (let i = 0; i < values.length; i++) {
    const value: unknown = values[i];
    if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) continue;
    throw invalidType(
      `${call}: the condition must be a value of the parent, an array of some, or a function that returns true or false ` +
        `for each, not ${show(value)}`,
    );
  }
}

class When<E, N extends string, C> implements ConditionalParameter<E, N, C> {
  readonly [PARAMETER_BRAND] = 'when';
  readonly kind = 'when';
  readonly parent: N;
  readonly condition: C;
  readonly parameter: E;

  constructor(parent: N, condition: C, parameter: E) {
    this.parent = parent;
    this.condition = condition;
    this.parameter = parameter;
  }
}
