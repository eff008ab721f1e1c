/** Random spaces with conditions, and rows of them. */
import fc from 'fast-check';
import {
  choice,
  discrete,
  integer,
  multi,
  normal,
  type Parameter,
  SearchSpace,
  type SpaceDefinition,
  type SpaceEntry,
  uniform,
  when,
} from '../../lib/space/index.js';

/** A parent, and all of its values. */
interface Parent {
  readonly name: string;
  readonly values: readonly (string | number | boolean | null)[];
}

const LISTS = [['a', 'b', 'c'], [null, '', 'x'], [1, '1', true], ['only']] as const;

const parents: fc.Arbitrary<[SpaceEntry, Parent['values']]> = fc.oneof(
  fc.constantFrom(...LISTS).map((values): [SpaceEntry, Parent['values']] => [discrete(values), values]),
  fc
    .integer({ min: 2, max: 5 })
    .map((n): [SpaceEntry, Parent['values']] => [integer(1, n), Array.from({ length: n }, (_, i) => i + 1)]),
  fc.constant<[SpaceEntry, Parent['values']]>([integer(1, 6, { log: true }), [1, 2, 3, 4, 5, 6]]),
);

const leaves: fc.Arbitrary<SpaceEntry> = fc.constantFrom<SpaceEntry>(
  uniform(-1, 1),
  uniform(1e-3, 1, { log: true }),
  normal(0, 1),
  integer(1, 32_768),
  integer(1, 100_000),
  integer(1, 500, { log: true }),
  multi(discrete(['p', 'q']), 2),
  multi(uniform(0, 1), 3),
);

/** An entry under conditions on some of the parents. */
function conditioned(entry: SpaceEntry, known: readonly Parent[]): fc.Arbitrary<SpaceEntry> {
  if (known.length === 0) return fc.constant(entry);
  const one = fc.constantFrom(...known).chain(({ name, values }) =>
    fc.subarray([...values], { minLength: 1 }).chain((some) =>
      fc.constantFrom<(inner: SpaceEntry) => SpaceEntry>(
        (inner) => when(name, some, inner),
        (inner) => when(name, (value) => some.includes(value), inner),
      ),
    ),
  );
  return fc.array(one, { maxLength: 2 }).map((all) => all.reduce((inner, wrap) => wrap(inner), entry));
}

function definitions(depth: number, around: readonly Parent[]): fc.Arbitrary<Record<string, SpaceEntry>> {
  const step = (
    entries: [string, SpaceEntry][],
    known: readonly Parent[],
    left: number,
  ): fc.Arbitrary<[string, SpaceEntry][]> => {
    if (left === 0) return fc.constant(entries);
    const name = `p${depth}${entries.length}`;
    const parent = parents.chain(([entry, values]) =>
      conditioned(entry, known).chain((given) =>
        step([...entries, [name, given]], [...known, { name, values }], left - 1),
      ),
    );
    const leaf = leaves.chain((entry) =>
      conditioned(entry, known).chain((given) => step([...entries, [name, given]], known, left - 1)),
    );
    if (depth === 0) return fc.oneof(parent, leaf);
    const branching = fc
      .tuple(definitions(depth - 1, known), definitions(depth - 1, known))
      .chain(([one, two]) =>
        conditioned(choice({ one, two, none: {} }), known).chain((given) =>
          step([...entries, [name, given]], [...known, { name, values: ['one', 'two', 'none'] }], left - 1),
        ),
      );
    return fc.oneof(parent, leaf, branching);
  };
  return (
    fc
      .integer({ min: 1, max: 4 })
      .chain((count) => step([], around, count))
      // Parents may be defined after their children.
      .chain((entries) => fc.shuffledSubarray(entries, { minLength: entries.length }).map(Object.fromEntries))
  );
}

/** A definition, or undefined for one whose conditions exclude each other. */
export const conditionalSpaces: fc.Arbitrary<SearchSpace<SpaceDefinition>> = definitions(2, [])
  .map((definition) => {
    try {
      return new SearchSpace(definition as SpaceDefinition);
    } catch (error) {
      if (!/can never be there/.test((error as Error).message)) throw error;
      return undefined;
    }
  })
  .filter((space) => space !== undefined);

/** A row of a space from raw draws in [0, 1), one a coordinate: as a sampler draws from the whole of it. */
export function rowOf(space: SearchSpace<SpaceDefinition>, draws: readonly number[]): Uint16Array {
  const codes = new Uint16Array(space.dimensions);
  const done = new Set<number>();
  const settle = (i: number) => {
    if (done.has(i)) return;
    done.add(i);
    const conditions = space.conditions[i];
    for (const { parent } of conditions ?? []) settle(parent);
    if (conditions?.some(({ parent, codes: active }) => active[codes[parent] as number] !== 1)) return;
    const { levels, snap } = (space.coordinates[i] as { parameter: Parameter<unknown> }).parameter;
    const raw = Math.min(levels - 1, Math.floor((draws[i % draws.length] as number) * levels));
    const code = snap?.[raw] ?? raw;
    codes[i] = conditions === null ? code : Math.min(code, 32_766) + 1;
  };
  for (let i = 0; i < space.dimensions; i++) settle(i);
  return codes;
}

/** A row of a space, and a place in each of its cells. */
export function rows(space: SearchSpace<SpaceDefinition>): fc.Arbitrary<{ codes: Uint16Array; offsets: Float64Array }> {
  const each = fc.oneof(
    fc.constantFrom(0, 0.25, 0.5, 1 - 2 ** -15, 1 - 2 ** -16, 1 - 2 ** -53),
    fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  );
  const all = fc.array(each, { minLength: space.dimensions, maxLength: space.dimensions });
  return fc.tuple(all, all).map(([draws, offsets]) => ({
    codes: rowOf(space, draws),
    offsets: Float64Array.from(offsets),
  }));
}

/** A space, and a row of it. */
export const spacesWithRows = conditionalSpaces.chain((space) =>
  rows(space).map((row) => ({
    space,
    ...row,
    [fc.toStringMethod]: () => JSON.stringify([space.describe(), [...row.codes]]),
  })),
);
