import { discrete, multi, SHAC, uniform } from 'shac';
import { describe, expect, it } from 'vitest';

/** PySHAC's largest example has 600 coordinates. */
const space = {
  w: multi(uniform(-1, 1), 300),
  rates: multi(uniform(1e-6, 1, { log: true }), 298),
  table: discrete(Array.from({ length: 10_000 }, (_, i) => `row ${i}`)),
  size: discrete(Array.from({ length: 10_000 }, (_, i) => i * i)),
};
const POINTS = 5000;

describe('600 coordinates, 5,000 points a stage, discrete parameters of 10,000 values', () => {
  it('work, with the same trials for 1 and 64 generator threads', async () => {
    const found = [];
    for (const threads of [1, 64]) {
      const search = new SHAC(space, {
        totalBudget: 2 * POINTS,
        preset: 'paper',
        numBatches: 2,
        objective: 'min',
        seed: 7,
        classifier: { rounds: 5 },
      });
      search.setNumParallelGenerators(threads);
      // The first coordinates decide, and the table's rows by their number.
      await search.fit(({ w, table }) => (w[0] as number) ** 2 + Number(table.slice(4)) / 20_000, {
        skipCvChecks: true,
      });
      expect(search.classifiers).toHaveLength(1);
      expect(search.trials).toHaveLength(2 * POINTS);
      const [first, second] = [0, POINTS].map((begin) => search.trials.slice(begin, begin + POINTS));
      expect(mean(second)).toBeLessThan(mean(first) * 0.8);
      const values = new Set(search.trials.map(({ params }) => params.size));
      expect(values.size).toBeGreaterThan(5000); // of 10,000, drawn 10,000 times: about 6,300
      const one = search.trials[POINTS];
      expect(one?.params.w).toHaveLength(300);
      found.push({ values: search.trials.map(({ value }) => value), one: one?.params, next: await search.predict(3) });
    }
    expect(found[1]).toEqual(found[0]);
  }, 120_000);
});

function mean(trials: readonly { value: number | null }[] | undefined = []): number {
  return trials.reduce((sum, { value }) => sum + (value as number), 0) / trials.length;
}
