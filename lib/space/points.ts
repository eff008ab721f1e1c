import type { ParamsOf, SpaceDefinition } from './definition.js';
import { DecimalGrid } from './grid.js';
import type { Coordinate } from './layout.js';
import { INACTIVE, ownCode } from './own-codes.js';
import type { Parameter, ParameterDescription } from './parameter.js';
import { parentsFirst } from './parents-first.js';
import type { SearchSpace } from './space.js';

/** The values of a parameter that has a number of them, in their order. */
interface Values {
  readonly count: number;
  at(ordinal: number): unknown;
}

/** The points of a space with conditions are counted one by one when there are no more than so many. */
const MOST_COUNTED = 2 ** 12;

/**
 * How many points a space has: the product of the numbers of values, where there are no conditions. With conditions it is
 * counted where it is small, and else at most so many. Infinity where a parameter is continuous, or one of your own, of which
 * nobody knows how many values it has.
 *
 * @param given Values of coordinates that stay as they are, as {@link SearchSpace.partialValues} gives them.
 */
export function pointsOf<D extends SpaceDefinition>(space: SearchSpace<D>, given: readonly unknown[] = []): number {
  const all = valuesOfAll(space, given);
  if (all === undefined) return Number.POSITIVE_INFINITY;
  const isConditional = space.conditions.map((conditions) => conditions !== null);
  const most = all.reduce((product, { count }, i) => product * (isConditional[i] ? count + 1 : count), 1);
  if (!isConditional.includes(true) || most > MOST_COUNTED) return most;
  let points = 0;
  for (const _ of everyPoint(space, given)) points++;
  return points;
}

/** Every point of a space once, where it has a number of them; none where it has not. `given`: as for {@link pointsOf}. */
export function* everyPoint<D extends SpaceDefinition>(
  space: SearchSpace<D>,
  given: readonly unknown[] = [],
): Generator<ParamsOf<D>> {
  const counted = valuesOfAll(space, given);
  if (counted === undefined) return;
  const all = counted;
  const parentsOf = (i: number) => (space.conditions[i] ?? []).map(({ parent }) => parent);
  const order = parentsFirst(space.dimensions, parentsOf);
  const values = new Array<unknown>(order.length);
  const codes = new Uint16Array(order.length);
  yield* from(0);

  function* from(depth: number): Generator<ParamsOf<D>> {
    if (depth === order.length) {
      yield space.fromValues(values);
      return;
    }
    const i = order[depth] as number;
    const conditions = space.conditions[i] ?? [];
    const { parameter } = space.coordinates[i] as Coordinate;
    if (!conditions.every(({ parent, codes: active }) => active[codes[parent] as number] === 1)) {
      values[i] = undefined;
      codes[i] = INACTIVE;
      yield* from(depth + 1);
      return;
    }
    const { count, at } = all[i] as Values;
    for (let ordinal = 0; ordinal < count; ordinal++) {
      values[i] = at(ordinal);
      const code = parameter.encode(values[i]);
      codes[i] = space.conditions[i] === null ? code : ownCode(code);
      yield* from(depth + 1);
    }
  }
}

/** A text that two params have in common if and only if their values are the same. */
export function keyOf<D extends SpaceDefinition>(space: SearchSpace<D>, params: ParamsOf<D>): string {
  return JSON.stringify(space.valuesOf(params)); // which coordinates are inactive follows from the other values
}

/** One a coordinate; undefined where one of them has more than can be counted. */
function valuesOfAll<D extends SpaceDefinition>(
  { coordinates }: SearchSpace<D>,
  given: readonly unknown[],
): Values[] | undefined {
  const known = new Map<Parameter<unknown>, Values | undefined>(); // the coordinates of a multi have one in common
  const all: Values[] = [];
  for (const [i, { parameter }] of coordinates.entries()) {
    if (given[i] !== undefined) {
      all.push({ count: 1, at: () => given[i] });
      continue;
    }
    if (!known.has(parameter)) known.set(parameter, valuesOf(parameter.describe()));
    const values = known.get(parameter);
    if (values === undefined) return undefined;
    all.push(values);
  }
  return all;
}

function valuesOf(description: ParameterDescription): Values | undefined {
  if (description.kind === 'discrete') {
    const { values } = description;
    return { count: values.length, at: (ordinal) => values[ordinal] };
  }
  if (description.kind !== 'integer' && description.kind !== 'uniform') return undefined;
  const { min, max, step } = description;
  if (step !== undefined) {
    const grid = new DecimalGrid(min, max, step);
    return { count: grid.count, at: (ordinal) => grid.at(ordinal) };
  }
  if (description.kind === 'uniform') return undefined;
  return { count: max - min + 1, at: (ordinal) => min + ordinal };
}
