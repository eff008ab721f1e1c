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

/** What is counted of a space with conditions has no more cases than so many at a time: see {@link countedCases}. */
const MOST_CASES = 2 ** 14;

/**
 * How many points a space has, where there are conditions as well. Infinity where a parameter is continuous, or one of your
 * own, of which nobody knows how many values it has. Where so many conditions depend on each other that they cannot be
 * counted, it is more than the space has.
 *
 * @param given Values of coordinates that stay as they are, as {@link SearchSpace.partialValues} gives them.
 */
export function pointsOf<D extends SpaceDefinition>(space: SearchSpace<D>, given: readonly unknown[] = []): number {
  const all = valuesOfAll(space, given);
  if (all === undefined) return Number.POSITIVE_INFINITY;
  return (
    countedCases(space, all) ?? all.reduce((most, { count }, i) => most * (space.conditions[i] ? count + 1 : count), 1)
  );
}

/** Every point of a space once, where it has a number of them; none where it has not. `given`: as for {@link pointsOf}. */
export function* everyPoint<D extends SpaceDefinition>(
  space: SearchSpace<D>,
  given: readonly unknown[] = [],
): Generator<ParamsOf<D>> {
  const all = valuesOfAll(space, given);
  if (all === undefined) return;
  const order = parentsFirst(space.dimensions, (i) => (space.conditions[i] ?? []).map(({ parent }) => parent));
  const children = childrenOf(space);
  const values = new Array<unknown>(order.length);
  const codes = new Uint16Array(order.length);
  const ordinals = new Array<number>(order.length);
  const counts = new Array<number>(order.length);
  const put = (depth: number, ordinal: number) => {
    const i = order[depth] as number;
    const { count, at } = all[i] as Values;
    const isActive = space.conditions[i]?.every(({ parent, codes: active }) => active[codes[parent] as number] === 1);
    ordinals[depth] = ordinal;
    counts[depth] = isActive === false ? 1 : count;
    values[i] = isActive === false ? undefined : at(ordinal);
    if ((children[i] as Child[]).length > 0) codes[i] = isActive === false ? INACTIVE : codeOf(space, i, values[i]);
  };
  for (let depth = 0; ; depth++) {
    for (; depth < order.length; depth++) put(depth, 0);
    yield space.fromValues(values);
    do depth--;
    while (depth >= 0 && (ordinals[depth] as number) + 1 === counts[depth]);
    if (depth < 0) return;
    put(depth, (ordinals[depth] as number) + 1);
  }
}

/** A coordinate with a condition, and for which codes of its parent it holds. */
interface Child {
  readonly index: number;
  readonly codes: Uint8Array;
}

/** What the values of parents so far have come to, as far as others depend on it. */
interface Case {
  /** Coordinates that come later, and are inactive. */
  readonly inactive: readonly number[];
  /** In how many ways it comes to that. */
  readonly ways: number;
}

/**
 * Counts the points of a space coordinate by coordinate. All that matters of those before is which of the later ones they
 * make inactive: these are the cases, few even where there are many points.
 *
 * @returns undefined where there are too many of them.
 */
function countedCases<D extends SpaceDefinition>(space: SearchSpace<D>, all: readonly Values[]): number | undefined {
  const everyChild = childrenOf(space);
  const leaves = mergedLeaves(space, all, everyChild);
  const isCounted = (i: number) => leaves.has(i) || (everyChild[i] as Child[]).length > 0;
  const children = everyChild.map((own) => own.filter(({ index }) => isCounted(index)));
  let cases: Case[] = [{ inactive: [], ways: 1 }];
  for (const i of childrenNext(space, children).filter(isCounted)) {
    const leaf = leaves.get(i);
    const own = leaf ? [{ inactive: [], ways: leaf }] : valueCases(space, i, all[i] as Values, children[i] as Child[]);
    const ofInactive = [{ inactive: (children[i] as Child[]).map(({ index }) => index), ways: 1 }];
    const next = new Map<string, Case>();
    for (const { inactive, ways } of cases) {
      const rest = inactive.filter((index) => index !== i);
      for (const more of rest.length < inactive.length ? ofInactive : own) {
        const both = more.inactive.length === 0 ? rest : united(rest, more.inactive);
        const key = both.join();
        next.set(key, { inactive: both, ways: (next.get(key)?.ways ?? 0) + ways * more.ways });
      }
      if (next.size > MOST_CASES) return undefined;
    }
    cases = [...next.values()];
  }
  return cases.reduce((points, { ways }) => points + ways, 0);
}

/** Of coordinates that nothing depends on, those with the same conditions are one, with so many values. */
function mergedLeaves<D extends SpaceDefinition>(
  { conditions }: SearchSpace<D>,
  all: readonly Values[],
  children: readonly (readonly Child[])[],
): Map<number, number> {
  const first = new Map<string, number>();
  const ways = new Map<number, number>();
  all.forEach(({ count }, i) => {
    if ((children[i] as readonly Child[]).length > 0) return;
    const key = (conditions[i] ?? []).map(({ parent, codes }) => `${parent}:${codes.join('')}`).join();
    if (!first.has(key)) first.set(key, i);
    const merged = first.get(key) as number;
    ways.set(merged, (ways.get(merged) ?? 1) * count);
  });
  return ways;
}

function united(a: readonly number[], b: readonly number[]): number[] {
  return [...new Set([...a, ...b])].sort((one, other) => one - other);
}

/** What the values of one coordinate make inactive. */
function valueCases<D extends SpaceDefinition>(
  space: SearchSpace<D>,
  i: number,
  { count, at }: Values,
  children: readonly Child[],
): Case[] {
  const cases = new Map<string, Case>();
  for (let ordinal = 0; ordinal < count; ordinal++) {
    const code = codeOf(space, i, at(ordinal));
    const inactive = children.filter(({ codes }) => codes[code] !== 1).map(({ index }) => index);
    const key = inactive.join();
    cases.set(key, { inactive, ways: (cases.get(key)?.ways ?? 0) + 1 });
  }
  return [...cases.values()];
}

function codeOf<D extends SpaceDefinition>(space: SearchSpace<D>, i: number, value: unknown): number {
  const code = (space.coordinates[i] as Coordinate).parameter.encode(value);
  return space.conditions[i] === null ? code : ownCode(code);
}

function childrenOf<D extends SpaceDefinition>({ conditions }: SearchSpace<D>): Child[][] {
  const children: Child[][] = conditions.map(() => []);
  conditions.forEach((own, index) => {
    for (const { parent, codes } of own ?? []) children[parent]?.push({ index, codes });
  });
  return children;
}

/** The coordinates, parents first, and what depends on them as soon as it can be: then there are few cases at a time. */
function childrenNext<D extends SpaceDefinition>(
  { conditions }: SearchSpace<D>,
  children: readonly (readonly Child[])[],
): number[] {
  const missing = conditions.map((own) => own?.length ?? 0);
  const next = [...conditions.keys()].filter((i) => missing[i] === 0).reverse();
  const order: number[] = [];
  for (let i = next.pop(); i !== undefined; i = next.pop()) {
    order.push(i);
    const ready = (children[i] as readonly Child[]).flatMap(({ index }) => {
      missing[index] = (missing[index] as number) - 1;
      return missing[index] === 0 ? [index] : [];
    });
    const isParent = (index: number) => (children[index] as readonly Child[]).length > 0;
    next.push(...ready.filter(isParent).reverse(), ...ready.filter((index) => !isParent(index)));
  }
  return order;
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
