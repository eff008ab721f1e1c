import fc from 'fast-check';
import { SHAC, type ShacOptions, uniform } from 'shac';
import { describe, expect, it } from 'vitest';
import { resolveOptions } from '../../dist/api/options.js';
import { loss, paperStudy } from '../support/studies.js';

const space = { x: uniform(0, 1) };
const paper = { preset: 'paper' } as const;
const budgetOf = (totalBudget: number, numBatches: number, maxClassifiers?: number) =>
  new SHAC(space, { totalBudget, numBatches, ...paper, ...(maxClassifiers !== undefined && { maxClassifiers }) })
    .budget;

describe("the budget of preset 'paper'", () => {
  it('is split as in PySHAC', () => {
    const sizes = fc.record({
      batchSize: fc.integer({ min: 1, max: 500 }),
      numBatches: fc.integer({ min: 1, max: 200 }),
      maxClassifiers: fc.option(fc.integer({ min: 1, max: 50 }), { nil: undefined }),
    });
    fc.assert(
      fc.property(sizes, ({ batchSize, numBatches, maxClassifiers }) => {
        const totalBudget = batchSize * numBatches;
        const totalClassifiers = Math.min(Math.max(numBatches - 1, 1), maxClassifiers ?? 18);
        expect(budgetOf(totalBudget, numBatches, maxClassifiers)).toEqual({
          totalBudget,
          numBatches,
          batchSize,
          totalClassifiers,
          pointsPerClassifier: batchSize * Math.floor(totalBudget / (batchSize * (totalClassifiers + 1))),
        });
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it.each([
    // N, M, W, K, Tc
    [200, 20, 10, 18, 10],
    [400, 40, 10, 18, 20],
    [100, 5, 20, 4, 20],
    [12, 2, 6, 1, 6],
    [50, 1, 50, 1, 0],
    [10, 10, 1, 9, 1],
  ])('of %i trials in %i batches is W = %i, K = %i, Tc = %i', (n, m, batchSize, totalClassifiers, points) => {
    expect(budgetOf(n, m)).toMatchObject({ batchSize, totalClassifiers, pointsPerClassifier: points });
  });

  it('that the batches do not divide is refused with both numbers', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 2, max: 100 }), (n, m) => {
        fc.pre(n % m !== 0);
        expect(() => budgetOf(n, m)).toThrow(RangeError);
        expect(() => budgetOf(n, m)).toThrow(new RegExp(`\\b${n}\\b.*\\b${m}\\b`));
      }),
      { seed: 2 },
    );
  });

  it('with more batches than classifiers trains each of 18 on the next 2 batches', async () => {
    const shac = paperStudy({ totalBudget: 400, numBatches: 40 });
    const { history } = await shac.fit(loss, { skipCvChecks: true });
    const trained = history.model?.flatMap((model, epoch) => (model ? [epoch] : []));
    // Every second batch brings the 20 points that a classifier needs, until there are 18.
    expect(trained).toEqual(Array.from({ length: 18 }, (_, k) => 2 * k + 1));
    expect(shac.classifiers.map(({ stage }) => stage)).toEqual(trained);
    expect(history.datasetIndex).toEqual(Array.from({ length: 40 }, (_, epoch) => 20 * Math.floor((epoch + 1) / 2)));
    expect(shac.trials).toHaveLength(400);
  });

  it('in one batch is a random search: all of the prior, no classifier', async () => {
    const options = { totalBudget: 50, objective: 'min', seed: 7, ...paper } as const;
    const single = new SHAC(space, { ...options, numBatches: 1 });
    const { history } = await single.fit(({ x }) => x);
    expect(single.classifiers).toEqual([]);
    expect(history.draws).toEqual([50]);
    expect(history.rejected).toEqual([null]);

    // No classifier has seen the first batch of any study either: it is the same prior.
    const halved = new SHAC(space, { ...options, totalBudget: 100, numBatches: 2 });
    const first = await halved.ask(50);
    expect(single.trials.map((trial) => trial.params)).toEqual(first.map((trial) => trial.params));
    const mean = first.reduce((sum, trial) => sum + trial.params.x, 0) / 50;
    expect(mean).toBeGreaterThan(0.3);
    expect(mean).toBeLessThan(0.7);
  });
});

it.each([
  [9e12, 1],
  [2 ** 25, 1],
  [2 ** 26, 2],
])('a batch of %d / %d trials is refused before any work', (totalBudget, numBatches) => {
  const make = () => new SHAC(space, { totalBudget, numBatches });
  expect(make).toThrow(
    expect.objectContaining({ code: 'ERR_INVALID_BUDGET', message: expect.stringMatching(/choose more batches/) }),
  );
  expect(budgetOf(2 ** 25, 2).batchSize).toBe(2 ** 24);
});

describe("the budget of preset 'default'", () => {
  const budget = (totalBudget: number, numBatches: number, options: Partial<ShacOptions> = {}) =>
    new SHAC(space, { totalBudget, numBatches, ...options }).budget;

  it.each([
    // N, M, local, W, K, Tc
    [200, 20, {}, 10, 6, 10],
    [200, 20, false, 10, 18, 10],
    [100, 10, { fraction: 0.29 }, 10, 8, 10],
    [100, 100, { fraction: 0.29 }, 1, 7, 10],
    [400, 40, {}, 10, 6, 20],
    [1000, 10, {}, 100, 3, 100],
    [2000, 1000, {}, 2, 6, 100],
    [40, 4, {}, 10, 2, 10],
    [20, 20, {}, 1, 1, 10],
    [24, 2, {}, 12, 2, 12],
    [21, 3, {}, 7, 1, 14],
    // No classifier, no local phase: the whole space.
    [9, 9, {}, 1, 0, 0],
    [8, 2, {}, 4, 0, 0],
    [50, 1, {}, 50, 0, 0],
    [50, 1, false, 50, 0, 0],
    [1, 1, {}, 1, 0, 0],
  ] as const)('of %i trials in %i batches, local %j, is W = %i, K = %i, Tc = %i', (n, m, local, ...sizes) => {
    const [batchSize, totalClassifiers, pointsPerClassifier] = sizes;
    const expected = { totalBudget: n, numBatches: m, batchSize, totalClassifiers, pointsPerClassifier };
    expect(budget(n, m, { local })).toEqual(expected);
  });

  it('has whole stages of at least 10 trials, all before the local phase, for any N, M and fraction', () => {
    const options = fc.record({
      batchSize: fc.integer({ min: 1, max: 300 }),
      numBatches: fc.integer({ min: 1, max: 300 }),
      maxClassifiers: fc.integer({ min: 1, max: 30 }),
      data: fc.constantFrom('stage' as const, 'all' as const),
      local: fc.oneof(
        fc.constant(false as const),
        fc.record({ fraction: fc.double({ min: 1e-6, max: 1 - 1e-6, noNaN: true }) }),
      ),
    });
    fc.assert(
      fc.property(options, ({ batchSize, numBatches, maxClassifiers, data, local }) => {
        const totalBudget = batchSize * numBatches;
        const { budget, localFrom } = resolveOptions({ totalBudget, numBatches, maxClassifiers, data, local });
        const { totalClassifiers: k, pointsPerClassifier: points } = budget;
        expect(points % batchSize).toBe(0);
        expect(localFrom % batchSize).toBe(0);
        expect(localFrom).toBeLessThanOrEqual(totalBudget);
        expect(localFrom).toBeGreaterThanOrEqual(Math.min(totalBudget, Math.max(2 * batchSize, points)));
        if (local === false) expect(localFrom).toBe(totalBudget);
        // The share of whole batches, unless the beginning needs more.
        else {
          const share = batchSize * Math.floor(numBatches * local.fraction + 1e-6);
          expect(totalBudget - localFrom).toBeLessThanOrEqual(share);
          if (localFrom > Math.max(2 * batchSize, points, 2 * 10)) expect(totalBudget - localFrom).toBe(share);
        }
        expect(k).toBeLessThanOrEqual(maxClassifiers);
        if (data === 'stage') return;
        expect(k === 0).toBe(points === 0);
        expect(k * points).toBeLessThanOrEqual(localFrom);
        if (k > 0) expect(points).toBeGreaterThanOrEqual(Math.max(10, totalBudget / 20));
        if (k > 0) expect(points).toBeLessThan(Math.max(10, totalBudget / 20) + batchSize);
        if (k > 0 && k < maxClassifiers) expect((k + 1) * points).toBeGreaterThan(localFrom);
      }),
      { seed: 3, numRuns: 1000 },
    );
  });

  it('in one batch is a random search, as that of the paper', async () => {
    const options = { totalBudget: 50, numBatches: 1, objective: 'min', seed: 7 } as const;
    const [own, paper] = [new SHAC(space, options), new SHAC(space, { ...options, preset: 'paper' })];
    await Promise.all([own.fit(({ x }) => x), paper.fit(({ x }) => x)]);
    expect(own.classifiers).toEqual([]);
    expect(own.history.history.rejected).toEqual([null]);
    expect(own.trials.map(({ params }) => params)).toEqual(paper.trials.map(({ params }) => params));
  });
});
