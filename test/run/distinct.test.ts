import fc from 'fast-check';
import {
  custom,
  discrete,
  integer,
  type MultiParameter,
  memory,
  multi,
  type Parameter,
  type ParamsOf,
  SHAC,
  type ShacOptions,
  type SpaceDefinition,
  uniform,
  when,
} from 'shac';
import { describe, expect, it } from 'vitest';
import { loss, outcome, study } from '../support/studies.js';

const small = { kind: discrete(['p', 'q', 'r']), size: integer(1, 4) }; // 12 points
type Small = ParamsOf<typeof small>;
const value = ({ kind, size }: Small) => size + (kind === 'q' ? 0 : 2);
const search = (options: Partial<ShacOptions> = {}) =>
  new SHAC(small, { totalBudget: 12, numBatches: 12, objective: 'min', seed: 1, ...options });
const keys = (trials: readonly { readonly params: unknown }[]) => trials.map(({ params }) => JSON.stringify(params));
const different = (trials: readonly { readonly params: unknown }[]) => new Set(keys(trials)).size;

/** Spaces that have a number of points, of any kinds. */
const finite: fc.Arbitrary<SpaceDefinition> = fc.dictionary(
  fc.stringMatching(/^[a-h]$/),
  fc.oneof(
    fc
      .uniqueArray(fc.oneof(fc.string({ maxLength: 3 }), fc.integer(), fc.boolean(), fc.constant(null)), {
        minLength: 1,
        maxLength: 5,
      })
      .map((values) => discrete(values)),
    fc.tuple(fc.integer({ min: -3, max: 3 }), fc.integer({ min: 1, max: 6 })).map(([min, n]) => integer(min, min + n)),
    fc.integer({ min: 2, max: 9 }).map((max) => integer(1, max, { log: true })),
    fc.constant(multi(integer(0, 1), 3)),
  ),
  { minKeys: 1, maxKeys: 3 },
);

/** Some number that params decide. */
const score = (params: unknown) =>
  [...JSON.stringify(params)].reduce((sum, c) => (sum * 31 + c.charCodeAt(0)) % 997, 7);

/** How many points a space has, counted by hand. */
function points(space: SpaceDefinition): number {
  return Object.values(space).reduce((product, parameter) => {
    const described = (parameter as Parameter<unknown> | MultiParameter<unknown>).describe();
    if (described.kind === 'multi') return product * 8;
    if (described.kind === 'discrete') return product * described.values.length;
    return described.kind === 'integer' ? product * (described.max - described.min + 1) : Number.NaN;
  }, 1);
}

describe('a space with a number of points', () => {
  it.each([1, 2, 3, 6, 12])('of 12 has all of them tried by 12 trials, in batches of %i', async (batch) => {
    for (let seed = 0; seed < 10; seed++) {
      const shac = search({ seed, numBatches: 12 / batch });
      await shac.fit(value);
      expect(different(shac.trials)).toBe(12);
    }
  });

  it('repeats none while any is left, whatever it is of and however it is searched', async () => {
    const cases = fc.record({
      space: finite,
      batch: fc.integer({ min: 1, max: 7 }),
      batches: fc.integer({ min: 1, max: 12 }),
      mode: fc.constantFrom('sync' as const, 'async' as const),
      seed: fc.nat(),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ space, batch, batches, mode, seed }) => {
        const all = points(space);
        const shac = new SHAC(space, { totalBudget: batch * batches, numBatches: batches, seed });
        await shac.fit(score, { batches: mode });
        expect(shac.trials).toHaveLength(batch * batches);
        expect(different(shac.trials.slice(0, all))).toBe(Math.min(all, batch * batches));
      }),
      { seed: 11, numRuns: 60 },
    );
  });

  it('with conditions and constraints is tried whole, and ends', async () => {
    const space = {
      kind: discrete(['p', 'q']),
      size: when('kind', 'q', integer(1, 5)),
      on: discrete([0, 1]),
    }; // (1 + 5) * 2 points, of which two are not admitted
    const constraints = [
      ({ size, on }: { size?: number | undefined; on: number }) => !(size !== undefined && size > 3 && on === 1),
    ];
    for (const batch of [1, 4, 5]) {
      const options = { totalBudget: batch * 8, numBatches: 8, objective: 'min', seed: 5, constraints } as const;
      const shac = new SHAC(space, { ...options, distinct: true });
      const { stopReason } = await shac.fit(score);
      expect(shac.trials).toHaveLength(Math.min(10, batch * 8));
      expect(different(shac.trials)).toBe(shac.trials.length);
      expect(stopReason).toBe(batch === 1 ? 'budget' : 'space-used-up');
    }
    const plain = new SHAC(space, { totalBudget: 10, numBatches: 5, seed: 6 });
    await plain.fit(score);
    expect(different(plain.trials)).toBe(10);
  });

  it('counts trials as tried that are out', async () => {
    const shac = search({ totalBudget: 24, numBatches: 24 });
    const asked: { params: Small }[] = [];
    for (let i = 0; i < 12; i++) asked.push(...(await shac.ask(1)));
    expect(different(asked)).toBe(12);
  });

  it('counts the rows of a data set as tried', async () => {
    const shac = search();
    const rows = [1, 2, 3, 4].map((size) => ({ params: { kind: 'q' as const, size }, value: size }));
    await shac.fitDataset(rows);
    const evaluated: string[] = [];
    await shac.fit((params) => {
      evaluated.push(JSON.stringify(params));
      return value(params);
    });
    expect(evaluated).toHaveLength(8);
    expect(evaluated.some((key) => key.includes('"q"'))).toBe(false);
  });

  it('gives the same trials for any number of evaluators and threads, and wherever it was stopped', async () => {
    const options = { totalBudget: 12, numBatches: 4 };
    const whole = search(options);
    await whole.fit(value);
    const parallel = search(options);
    parallel.setNumParallelEvaluators(3);
    parallel.setNumParallelGenerators(5);
    await parallel.fit(value);
    expect(outcome(parallel.trials)).toEqual(outcome(whole.trials));
    const storage = memory();
    for (const cut of [2, 5, 8, 11]) {
      const controller = new AbortController();
      const part = search({ ...options, storage });
      const stopped = part.fit(
        (params, { trialId }) => {
          if (trialId === cut) controller.abort(new Error('cut'));
          return value(params);
        },
        { signal: controller.signal },
      );
      await expect(stopped).rejects.toThrow('cut');
    }
    const last = search({ ...options, storage });
    await last.fit(value);
    expect(outcome(last.trials)).toEqual(outcome(whole.trials));
  });

  it('takes what the fewest classifiers reject, and says how many do', async () => {
    const wide = { a: integer(1, 9), b: integer(1, 9) };
    const shac = new SHAC(wide, { totalBudget: 81, numBatches: 27, objective: 'min', seed: 4, local: false });
    await shac.fit(({ a, b }) => (a - 3) ** 2 + (b - 3) ** 2);
    expect(different(shac.trials)).toBe(81);
    expect(shac.classifiers.length).toBeGreaterThan(1);
    const rejected = shac.trials.map(({ rejections }) => rejections);
    expect(rejected.slice(0, 12).every((n) => n === 0)).toBe(true);
    expect(rejected.at(-1)).toBeGreaterThan(0); // nothing untried is accepted any more
    const last = shac.trials.slice(78);
    for (const { params, rejections } of last) expect(shac.accepts(params)).toBe(rejections === 0);
  });

  it.each([
    ['a million', { a: integer(1, 1000), b: integer(1, 1000) }],
    ['more than can be listed', { a: multi(integer(0, 50), 8), b: integer(1, 2 ** 40, { log: true }) }],
    ['thousands', { a: discrete(Array.from({ length: 100 }, (_, i) => i)), b: integer(1, 60, { log: true }) }],
  ])('of %s is searched without repeats', async (_, space: SpaceDefinition) => {
    const shac = new SHAC(space, { totalBudget: 200, numBatches: 40, objective: 'min', seed: 2 });
    await shac.fit((params) => {
      const { a, b } = params as Record<string, unknown>;
      return [a].flat().reduce((sum: number, x) => sum + (x as number), 0) + Math.log(b as number);
    });
    expect(different(shac.trials)).toBe(200);
  });

  it('of preset paper has its repeats, unless they are not wanted', async () => {
    const paper = search({ preset: 'paper' });
    await paper.fit(value);
    expect(different(paper.trials)).toBeLessThan(12);
    const distinct = search({ preset: 'paper', distinct: true });
    await distinct.fit(value);
    expect(different(distinct.trials)).toBe(12);
  });
});

describe('distinct', () => {
  it.each(['sync', 'async'] as const)('ends a search of 12 points after 12 trials (%s)', async (batches) => {
    const shac = search({ totalBudget: 200, numBatches: 40, distinct: true });
    const { stopReason, epochs } = await shac.fit(value, { batches });
    expect(stopReason).toBe('space-used-up');
    expect(shac.trials).toHaveLength(12);
    expect(different(shac.trials)).toBe(12);
    expect(epochs).toEqual([0, 1, 2]); // the last one of two trials
    expect(shac.bestTrial?.params).toEqual({ kind: 'q', size: 1 });
    expect(await shac.ask(5)).toEqual([]);
    expect((await shac.fit(value)).stopReason).toBe('nothing-to-do');
  });

  it('hands out what is left, and then no more', async () => {
    const storage = memory();
    const shac = search({ totalBudget: 200, numBatches: 20, distinct: true, storage });
    expect(await shac.ask(10)).toHaveLength(10);
    const last = await shac.ask(10);
    expect(last).toHaveLength(2);
    expect(await shac.ask(1)).toEqual([]);
    await shac.close();
    const again = search({ totalBudget: 200, numBatches: 20, distinct: true, storage });
    expect((await again.fit(value)).stopReason).toBe('space-used-up');
    expect(again.trials).toHaveLength(12);
    expect((await search({ totalBudget: 200, numBatches: 20, distinct: true, storage }).fit(value)).stopReason).toBe(
      'nothing-to-do',
    );
  });

  it('is a part of what the study is', async () => {
    const storage = memory();
    await search({ storage }).ask(1);
    expect(() => search({ storage, distinct: true })).toThrow(/option distinct/);
    expect(() => search({ distinct: 1 as never })).toThrow(/distinct must be/);
  });

  it('changes nothing where nothing repeats', async () => {
    const [plain, distinct] = [study(), study({ distinct: true })];
    await plain.fit(loss);
    await distinct.fit(loss);
    expect(outcome(distinct.trials)).toEqual(outcome(plain.trials));
    expect(distinct.history.stopReason).toBe('budget');
  });

  it('ends when parameters of your own give nothing new any more', async () => {
    const steps = custom({ name: 'steps', decode: (u) => Math.floor(u * 3), encode: (n: number) => (n + 0.5) / 3 });
    const shac = new SHAC(
      { steps, side: discrete(['l', 'r']) },
      { totalBudget: 40, numBatches: 8, seed: 1, distinct: true },
    );
    expect((await shac.fit(({ steps: n }) => n)).stopReason).toBe('space-used-up');
    expect(different(shac.trials)).toBe(6);
    expect(shac.trials).toHaveLength(6);
  });

  it('goes on with a larger budget, and ends with the space', async () => {
    const storage = memory();
    await search({ totalBudget: 6, numBatches: 2, distinct: true, storage }).fit(value);
    const grown = search({ totalBudget: 30, numBatches: 10, distinct: true, storage });
    expect((await grown.fit(value)).stopReason).toBe('space-used-up');
    expect(different(grown.trials)).toBe(12);
  });

  it('of a space without an end fails nothing', async () => {
    const shac = new SHAC(
      { x: uniform(0, 1), on: discrete([true, false]) },
      { totalBudget: 60, numBatches: 12, seed: 1, distinct: true },
    );
    await shac.fit(({ x }) => x);
    expect(different(shac.trials)).toBe(60);
  });
});
