/** What classifiers are trained on (data, recency), and whom they must not reject (elite). */
import fc from 'fast-check';
import { discrete, integer, SHAC, type ShacOptions, type SpaceDefinition, type Trial, uniform } from 'shac';
import { describe, expect, it } from 'vitest';
import { addon } from '../../dist/native/addon.js';
import {
  cascadeOf,
  codesOf,
  findings,
  loss,
  noise,
  type Params,
  quick,
  savedModels,
  study,
  temporaryDirectory,
} from '../support/studies.js';

const W = 10;
const DEFAULTS = { maxDepth: 3, eta: 0.3, lambda: 0.1, minChildWeight: 0.3, subsample: 1, seed: 0 };

/** A search without a local phase: every tenth trial brings a classifier. */
const all = (options: Partial<ShacOptions> = {}) =>
  study({ totalBudget: 100, numBatches: 10, local: false, ...options });

async function models(shac: ReturnType<typeof study>): Promise<Uint8Array[]> {
  const dir = temporaryDirectory();
  await shac.saveData(dir);
  return savedModels(dir);
}

/** The classifier after a batch, by the letter: labels by the batch's median, of all trials so far. */
async function retrained(trials: readonly Trial<Params>[], batch: number, recency: number): Promise<Uint8Array> {
  const soFar = trials.slice(0, (batch + 1) * W);
  const own = soFar.slice(-W).map(({ value }) => value);
  const sorted = own.filter((value) => value !== null).sort((a, b) => a - b);
  const middle = ((sorted[(sorted.length - 1) >> 1] ?? 0) + (sorted[sorted.length >> 1] ?? 0)) / 2;
  const { model } = await addon.train({
    codes: codesOf(soFar.map(({ params }) => params)),
    labels: Uint8Array.from(soFar, ({ value }) => (value !== null && value < middle ? 1 : 0)),
    weights: Float32Array.from(soFar, ({ stage }) => recency ** (batch - stage)),
    columns: 4,
    params: { ...DEFAULTS, rounds: quick.rounds },
    folds: 0,
    attempts: 1,
    shuffleSeed: 0n,
    threads: 1,
  });
  return model;
}

/** Every seventh trial fails. */
const failing = (params: Params, { trialId }: { trialId: number }) => (trialId % 7 === 3 ? Number.NaN : loss(params));

describe.each([1, 0.8])("data: 'all', with a recency of %d", (recency) => {
  it('trains on all results so far, labelled by the median of the newest stage', async () => {
    const shac = all({ recency });
    await shac.fit(failing, { skipCvChecks: true });
    const trained = await models(shac);
    expect(trained.length).toBeGreaterThanOrEqual(6);
    for (const [index, { stage }] of shac.classifiers.entries()) {
      const expected = await retrained(shac.trials, stage, recency);
      expect(Buffer.compare(trained[index] as Uint8Array, expected), `classifier ${index}`).toBe(0);
    }
  });
});

describe('a classifier', () => {
  it('is the same in whatever order the results of an asked batch, and of later ones, are told', async () => {
    const told = async (order: (ids: number[]) => number[]) => {
      const shac = all();
      const asked = await shac.ask(40);
      for (const id of order(asked.map((trial) => trial.id))) {
        await shac.tell(id, loss((asked[id] as Trial<Params>).params), { skipCvChecks: true });
      }
      return findings(shac);
    };
    const inOrder = await told((ids) => ids);
    expect(inOrder.classifiers.length).toBeGreaterThan(1);
    expect(await told((ids) => ids.reverse())).toEqual(inOrder);
    expect(await told((ids) => ids.sort((a, b) => (a % 7) - (b % 7) || a - b))).toEqual(inOrder);
  });
});

/** The best three complete trials of some, the earliest first among equals. */
const bestThree = (trials: readonly Trial<Params>[]) =>
  trials
    .filter(({ value }) => value !== null)
    .sort((a, b) => (a.value as number) - (b.value as number) || a.id - b.id)
    .slice(0, 3);

describe('elite', () => {
  // Classifiers that are too simple for what there is to learn: many of them would reject one of the best.
  const simple = { rounds: 5, maxDepth: 2 };
  const half = (params: Params) => loss(params) + 30 * noise(params);

  it('keeps the best trials accepted by all classifiers, at all times', async () => {
    let refused = 0;
    for (const seed of [1, 2, 3, 4, 5, 6]) {
      const shac = all({ seed, elite: 3, classifier: simple });
      const onEpochEnd = () => {
        for (const { params } of bestThree(shac.trials)) expect(shac.accepts(params)).toBe(true);
      };
      const { history } = await shac.fit(half, { callbacks: [{ onEpochEnd }], skipCvChecks: true });
      refused += history.rejected?.filter((reason) => reason === 'elite').length ?? 0;
      expect(shac.classifiers.length).toBeGreaterThan(2);
    }
    expect(refused).toBeGreaterThan(0);
  });

  it('of 0 lets a classifier reject the best', async () => {
    let lost = 0;
    for (const seed of [1, 2, 3, 4, 5, 6]) {
      const shac = all({ seed, elite: 0, classifier: simple });
      // Together they may leave nothing to draw from.
      const { history } = await shac.fit(half, { skipCvChecks: true, relaxChecks: true });
      expect(history.rejected).not.toContain('elite');
      lost += bestThree(shac.trials).filter(({ params }) => !shac.accepts(params)).length;
    }
    expect(lost).toBeGreaterThan(0);
  });

  it('keeps the best trials of earlier stages with the data of a stage alone', async () => {
    let refused = 0;
    for (const seed of [1, 2, 3, 4, 5, 6]) {
      const shac = study({ preset: 'paper', elite: 3, totalBudget: 120, numBatches: 6, seed });
      const { history } = await shac.fit(half, { skipCvChecks: true });
      refused += history.rejected?.filter((reason) => reason === 'elite').length ?? 0;
      const accepts = cascadeOf(await models(shac));
      for (const { params } of bestThree(shac.trials)) expect(accepts.accepts(codesOf([params]))).toEqual([true]);
    }
    expect(refused).toBeGreaterThan(0);
  });

  it('does not keep a classifier from rejecting what is no better than the median, be it among the best', async () => {
    // One good value in a batch of failures and ties: the other two of the best three are not good.
    const shac = all({ totalBudget: 40, numBatches: 2 });
    const { history } = await shac.fit(({ x }) => (x > 4 ? 0 : 1), { skipCvChecks: true });
    expect(history.rejected?.[0]).toBe(null);
  });
});

describe('the same seed gives the same trials', () => {
  const options: fc.Arbitrary<Partial<ShacOptions>> = fc
    .record({
      preset: fc.constantFrom('default' as const, 'paper' as const),
      data: fc.constantFrom('stage' as const, 'all' as const),
      elite: fc.constantFrom(0, 1, 3, 100),
      recency: fc.constantFrom(1, 0.8, 0.3),
      local: fc.constantFrom(false as const, {}, { fraction: 0.4 }),
      subsample: fc.constantFrom(1, 0.8),
    })
    .map(({ recency, subsample, ...rest }) => ({
      ...rest,
      recency: rest.data === 'all' ? recency : 1,
      classifier: { ...quick, subsample },
    }));

  it('with any combination of options, 1 or 3 evaluators, stopped and resumed', async () => {
    await fc.assert(
      fc.asyncProperty(options, fc.maxSafeNat(), fc.integer({ min: 1, max: 59 }), async (combination, seed, cut) => {
        const make = (more: Partial<ShacOptions> = {}) => study({ ...combination, seed, ...more });
        const [one, three] = [make(), make()];
        one.setNumParallelEvaluators(1);
        three.setNumParallelEvaluators(3);
        three.setNumParallelGenerators(2);
        await one.fit(failing);
        await three.fit(failing);
        const expected = await findings(one);
        expect(await findings(three)).toEqual(expected);

        const storage = temporaryDirectory();
        const stopped = make({ storage });
        const controller = new AbortController();
        const stopping = (params: Params, context: { trialId: number }) => {
          if (context.trialId === cut) controller.abort();
          return failing(params, context);
        };
        await expect(stopped.fit(stopping, { signal: controller.signal })).rejects.toThrow();
        stopped.close();
        const resumed = make({ storage });
        await resumed.fit(failing);
        expect(await findings(resumed)).toEqual(expected);
        resumed.close();
      }),
      { seed: 21, numRuns: 12 },
    );
  });
});

describe("the default preset's search", () => {
  it('goes on where nothing tells trials apart', async () => {
    const shac = study();
    const { history } = await shac.fit(() => 1);
    expect(history.rejected?.slice(0, 2)).toEqual(['one-class', 'one-class']);
    expect(shac.classifiers).toEqual([]);
    expect(shac.trials).toHaveLength(60);
  });

  it('goes on where a whole stage fails, and learns from the next one', async () => {
    const shac = all({ totalBudget: 60, numBatches: 6 });
    for (let batch = 0; batch < 6; batch++) {
      for (const { id, params } of await shac.ask(10)) {
        await shac.tell(id, batch % 2 === 0 ? { error: 'no luck' } : loss(params), { skipCvChecks: true });
      }
    }
    expect(shac.trials).toHaveLength(60);
    const stages = shac.classifiers.map(({ stage }) => stage);
    expect(stages.length).toBeGreaterThan(0);
    expect(stages.every((stage) => stage % 2 === 1)).toBe(true);
  });

  const spaces: [string, SpaceDefinition, (params: never) => number][] = [
    ['one parameter', { x: uniform(0, 1) }, ({ x }: { x: number }) => (x - 0.3) ** 2],
    [
      'categories alone',
      { a: discrete(['p', 'q', 'r']), b: discrete([true, false]), c: discrete([1, 2, 4, 8]) },
      ({ a, b, c }: { a: string; b: boolean; c: number }) => (a === 'q' ? 0 : 2) + (b ? 1 : 0) + Math.abs(c - 4),
    ],
    ['one category', { a: discrete(['only']) }, () => 1],
    ['a few whole numbers', { n: integer(1, 4) }, ({ n }: { n: number }) => n],
  ];

  it.each(spaces)('works with %s, for any budget', async (_, definition, evaluate) => {
    const sizes = fc.record({
      numBatches: fc.integer({ min: 1, max: 12 }),
      batchSize: fc.integer({ min: 1, max: 12 }),
      fraction: fc.constantFrom(0.01, 0.5, 0.7, 0.99),
    });
    await fc.assert(
      fc.asyncProperty(sizes, async ({ numBatches, batchSize, fraction }) => {
        const totalBudget = numBatches * batchSize;
        const shac = new SHAC(definition, {
          totalBudget,
          numBatches,
          seed: 1,
          objective: 'min',
          local: { fraction },
        });
        await shac.fit(evaluate as never);
        expect(shac.trials).toHaveLength(totalBudget);
        expect(shac.trials.every(({ state }) => state === 'COMPLETE')).toBe(true);
      }),
      { seed: 3, numRuns: 12 },
    );
  });
});
