import fc from 'fast-check';
import { SHAC, uniform } from 'shac';
import { describe, expect, it } from 'vitest';
import { loss, study } from '../support/studies.js';

const space = { x: uniform(0, 1) };
const budgetOf = (totalBudget: number, numBatches: number, maxClassifiers?: number) =>
  new SHAC(space, { totalBudget, numBatches, ...(maxClassifiers === undefined ? {} : { maxClassifiers }) }).budget;

describe('the budget', () => {
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
    const shac = study({ totalBudget: 400, numBatches: 40 });
    const { history } = await shac.fit(loss, { skipCvChecks: true });
    const trained = history.model?.flatMap((model, epoch) => (model ? [epoch] : []));
    // Every second batch brings the 20 points that a classifier needs, until there are 18.
    expect(trained).toEqual(Array.from({ length: 18 }, (_, k) => 2 * k + 1));
    expect(shac.classifiers.map(({ stage }) => stage)).toEqual(trained);
    expect(history.datasetIndex).toEqual(Array.from({ length: 40 }, (_, epoch) => 20 * Math.floor((epoch + 1) / 2)));
    expect(shac.trials).toHaveLength(400);
  });

  it('in one batch is a random search: all of the prior, no classifier', async () => {
    const options = { totalBudget: 50, objective: 'min', seed: 7 } as const;
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
