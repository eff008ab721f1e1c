/** Searches that try every point of a space with conditions, or of the little that constraints leave of one. */
import { join } from 'node:path';
import { choice, discrete, integer, memory, SHAC, type ShacOptions, type SpaceDefinition, sqlite, when } from 'shac';
import { describe, expect, it } from 'vitest';
import { outcome, temporaryDirectory } from '../support/studies.js';

/** A point for each depth at which it stops, and one more. */
function nested(depth: number): SpaceDefinition {
  let inner = choice({ stop: {}, go: {} });
  for (let i = 1; i < depth; i++) inner = choice({ stop: {}, go: { inner } }) as unknown as typeof inner;
  return { inner };
}

function chained(length: number): SpaceDefinition {
  const flag = discrete([false, true]);
  const all = Array.from({ length }, (_, i) => [`f${i}`, i === 0 ? flag : when(`f${i - 1}`, true, flag)]);
  return Object.fromEntries(all) as SpaceDefinition;
}

const different = (trials: readonly { readonly params: unknown }[]) =>
  new Set(trials.map(({ params }) => JSON.stringify(params))).size;
const score = (params: unknown) => JSON.stringify(params).length;

describe.each([
  ['choices in each other', nested(13)],
  ['conditions in a row', chained(13)],
])('a space of %s, of 14 points', (_, space) => {
  const options = { totalBudget: 60, numBatches: 12, seed: 1 } as const;

  it.each([1, 2, 3])(
    'ends after 14 trials with distinct, and not again when it is opened again (seed %i)',
    async (seed) => {
      const storage = memory();
      const first = new SHAC(space, { ...options, seed, distinct: true, storage });
      expect((await first.fit(score)).stopReason).toBe('space-used-up');
      expect(first.trials).toHaveLength(14);
      expect(different(first.trials)).toBe(14);
      await first.close();
      const again = new SHAC(space, { ...options, seed, distinct: true, storage });
      expect((await again.fit(score)).stopReason).toBe('nothing-to-do');
      expect(again.trials).toHaveLength(14);
    },
  );

  it('ends after 14 trials where they are evaluated at once', async () => {
    const shac = new SHAC(space, { ...options, distinct: true });
    shac.setNumParallelEvaluators(3);
    expect((await shac.fit(score, { batches: 'async' })).stopReason).toBe('space-used-up');
    expect(different(shac.trials)).toBe(14);
    expect(shac.trials).toHaveLength(14);
    expect(await shac.ask(3)).toEqual([]);
  });

  it('has all of them tried before any is repeated', async () => {
    const shac = new SHAC(space, options);
    await shac.fit(score);
    expect(different(shac.trials.slice(0, 14))).toBe(14);
    expect(shac.trials).toHaveLength(60);
  });
});

describe('a store', () => {
  const space = { a: integer(1, 2), b: integer(1, 3) };
  const options = { totalBudget: 40, numBatches: 10, seed: 1, distinct: true } as const;
  const sum = ({ a, b }: { a: number; b: number }) => a + b;

  it('says that the space is used up, once all trials are finished', async () => {
    const storage = memory();
    const shac = new SHAC(space, { ...options, storage });
    const all = await shac.ask(20);
    expect(all).toHaveLength(6);
    expect(storage.studies()).toMatchObject([{ finished: 0 }]);
    expect(storage.studies()[0]).not.toHaveProperty('spaceUsedUp');
    for (const { id, params } of all) await shac.tell(id, sum(params));
    expect(storage.studies()).toMatchObject([{ finished: 6, totalBudget: 40, spaceUsedUp: true }]);
  });

  it.each(['memory', 'SQLite'])('says so as well where no batch was drawn for it (%s)', async (kind) => {
    const storage = kind === 'memory' ? memory() : sqlite(join(temporaryDirectory(), 'a.db'));
    const shac = new SHAC(space, { ...options, storage });
    const points = [1, 2].flatMap((a) => [1, 2, 3].map((b) => ({ params: { a, b }, value: a + b })));
    await shac.fitDataset(points);
    expect((await shac.fit(sum)).stopReason).toBe('nothing-to-do');
    await shac.close();
    expect(storage.studies()).toMatchObject([{ finished: 6, spaceUsedUp: true }]);
    const again = new SHAC(space, { ...options, storage });
    expect((await again.fit(sum)).stopReason).toBe('nothing-to-do');
    expect(again.trials).toHaveLength(6);
  });

  it.each([1, 4, 6])('keeps what constraints leave of a space, in batches of %i', async (batch) => {
    const storage = sqlite(join(temporaryDirectory(), 'a.db'));
    const constraints = [({ a, b }: { a: number; b: number }) => a + b !== 4];
    const more = { totalBudget: batch * 10, numBatches: 10, constraints, storage };
    const shac = new SHAC(space, { ...options, ...more });
    expect((await shac.fit(sum)).stopReason).toBe('space-used-up');
    expect(different(shac.trials)).toBe(4);
    await shac.close();
    expect(storage.studies()).toMatchObject([{ finished: 4, spaceUsedUp: true }]);
    const again = new SHAC(space, { ...options, ...more });
    expect((await again.fit(sum)).stopReason).toBe('nothing-to-do');
    expect(again.trials).toHaveLength(4);
  });
});

/** A million points. */
const cube = { a: integer(1, 100), b: integer(1, 100), c: integer(1, 100) };
type Cube = { a: number; b: number; c: number };

/** A search of the cube of which the constraint admits 40 points, and how often that was asked. */
function narrow(options: Partial<ShacOptions>) {
  let asked = 0;
  const constraints = [
    ({ a, b, c }: Cube) => {
      asked++;
      return a <= 10 && b <= 2 && c <= 2;
    },
  ];
  const shac = new SHAC(cube, { totalBudget: 60, numBatches: 60, seed: 1, objective: 'min', constraints, ...options });
  return { shac, asked: () => asked };
}
const value = ({ a, b, c }: Cube) => a + 3 * b - c;

describe('constraints that admit 40 of a million points', () => {
  it('are not asked of all of them for each trial', async () => {
    const { shac, asked } = narrow({});
    await shac.fit(value);
    expect(different(shac.trials.slice(0, 40))).toBe(40);
    expect(shac.trials).toHaveLength(60);
    expect(asked()).toBeLessThan(6_000_000); // once would be a million; that for each repeat was 173 million
  });

  it('end a search with distinct, which another one knows at once', async () => {
    const storage = memory();
    const { shac } = narrow({ distinct: true, storage });
    expect((await shac.fit(value)).stopReason).toBe('space-used-up');
    expect(shac.trials).toHaveLength(40);
    expect(different(shac.trials)).toBe(40);
    await shac.close();
    const again = narrow({ distinct: true, storage });
    expect((await again.shac.fit(value)).stopReason).toBe('nothing-to-do');
    expect(again.asked()).toBe(0);
  });

  it.each([
    ['batches of one', { numBatches: 48, distinct: true }],
    ['batches of twelve', { numBatches: 4, distinct: true }],
    ['the default preset', { numBatches: 24 }],
  ])('give the same trials for any number of threads, and wherever it was stopped: %s', async (_, more) => {
    const options = { totalBudget: 48, ...more };
    const whole = narrow(options).shac;
    await whole.fit(value);
    const threads = narrow(options).shac;
    threads.setNumParallelGenerators(4);
    await threads.fit(value);
    expect(outcome(threads.trials)).toEqual(outcome(whole.trials));
    const storage = memory();
    for (const cut of [5, 17, 30, 39]) {
      const controller = new AbortController();
      const { shac: part } = narrow({ ...options, storage });
      const stopped = part.fit(
        (params, { trialId }) => {
          if (trialId === cut) controller.abort(new Error('cut'));
          return value(params);
        },
        { signal: controller.signal },
      );
      await expect(stopped).rejects.toThrow('cut');
    }
    const last = narrow({ ...options, storage }).shac;
    await last.fit(value);
    expect(outcome(last.trials)).toEqual(outcome(whole.trials));
  });
});

it('what constraints admit of more than a million points is found, to the last one', async () => {
  const values = Array.from({ length: 40 }, (_, i) => i);
  const space = { a: discrete(values), b: discrete(values), c: discrete(values), d: discrete(values) };
  let asked = 0;
  const constraints = [
    ({ a, b, c, d }: Record<'a' | 'b' | 'c' | 'd', number>) => {
      asked++;
      return a < 5 && b < 4 && c < 3 && d === 0;
    },
  ];
  const shac = new SHAC(space, { totalBudget: 300, numBatches: 30, seed: 1, distinct: true, constraints });
  expect((await shac.fit(({ a }) => a)).stopReason).toBe('space-used-up');
  expect(different(shac.trials)).toBe(60);
  expect(shac.trials).toHaveLength(60);
  expect(asked).toBeLessThan(20_000_000);
});
