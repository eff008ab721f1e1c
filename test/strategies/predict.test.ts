import { beforeAll, describe, expect, it } from 'vitest';
import { loss, paperStudy, study } from '../support/studies.js';

describe('predict', () => {
  const shac = paperStudy();

  beforeAll(async () => {
    await shac.fit(loss);
    expect(shac.classifiers.length).toBeGreaterThanOrEqual(4);
  });

  it.each([
    // samples, batches, expected with M = 6
    [undefined, undefined, 1],
    [7, undefined, 7],
    [0, undefined, 0],
    [0, 2, 12],
    [5, 3, 23],
  ])('gives %s samples and %s batches: %i params', async (samples, numBatches, expected) => {
    const params = await shac.predict(samples, numBatches === undefined ? undefined : { numBatches });
    expect(params).toHaveLength(expected);
    for (const one of params) {
      expect(shac.accepts(one)).toBe(true);
      expect(Object.keys(one)).toEqual(['x', 'y', 'layers', 'act']);
    }
  });

  it('costs nothing of the budget and gives new candidates each time', async () => {
    const trials = shac.trials.length;
    const xs = new Set([...(await shac.predict(20)), ...(await shac.predict(20))].map(({ x }) => x));
    expect(xs.size).toBe(40);
    for (const trial of shac.trials) expect(xs).not.toContain(trial.params.x);
    expect(shac.trials).toHaveLength(trials);
  });

  it('passes only as many classifiers as are asked for', async () => {
    const prior = await shac.predict(300, { maxClassifiers: 0 });
    expect(prior.filter((params) => shac.accepts(params)).length).toBeLessThan(150);
    expect(new Set(prior.map(({ layers }) => layers)).size).toBe(8);
    const rates = [];
    for (let maxClassifiers = 0; maxClassifiers <= shac.classifiers.length; maxClassifiers++) {
      const params = await shac.predict(200, { maxClassifiers });
      rates.push(params.filter((one) => shac.accepts(one)).length / 200);
    }
    expect(rates.at(-1)).toBe(1);
    expect(rates[0]).toBeLessThan(0.5);
  });

  it('refuses more classifiers than there are', async () => {
    const there = shac.classifiers.length;
    const attempt = shac.predict(1, { maxClassifiers: there + 1 });
    await expect(attempt).rejects.toThrow(RangeError);
    await expect(attempt).rejects.toThrow(new RegExp(`${there + 1}\\b.*\\b${there}\\b`));
    await expect(study().predict(1, { maxClassifiers: 1 })).rejects.toThrow(RangeError);
  });

  it('works before anything was learned: the prior', async () => {
    const fresh = study();
    const params = await fresh.predict(50);
    expect(params).toHaveLength(50);
    expect(params.every((one) => fresh.accepts(one))).toBe(true);
  });

  it('works while fit is running, without changing it', async () => {
    const searched = paperStudy();
    const running = searched.fit(loss);
    const before = await searched.predict(2);
    await running;
    expect(before).toHaveLength(2);
    expect(searched.trials.map((trial) => trial.params)).toEqual(shac.trials.map((trial) => trial.params));
  });

  it('gives what concurrent calls would have given one by one', async () => {
    const [one, other] = [study(), study()];
    const together = await Promise.all([one.predict(3), one.predict(2), one.predict(1)]);
    expect(together).toEqual([await other.predict(3), await other.predict(2), await other.predict(1)]);
  });

  it('stops for a signal', async () => {
    const reason = new Error('enough');
    await expect(shac.predict(1, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    const prediction = shac.predict(2 ** 22, { signal: controller.signal });
    setTimeout(() => controller.abort(reason), 20);
    await expect(prediction).rejects.toBe(reason);
  });
});
