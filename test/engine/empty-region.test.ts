import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MAX_DRAWS } from '../../dist/cascade/cascade.js';
import { cascadeOf, loss, outcome, type Params, savedModels, study, temporaryDirectory } from '../support/studies.js';

/** A study of two classifiers that contradict each other: one wants x below 0, the other x above 5. */
async function contradiction() {
  const shac = study({ totalBudget: 60, numBatches: 3 });
  const row = (x: number, i: number): Params => ({ x, y: 1 + i / 10, layers: 1 + (i % 8), act: 'relu' });
  const low = Array.from({ length: 20 }, (_, i) => ({ params: row(-5 + (i * 10) / 20, i), value: i < 10 ? 0 : 1 }));
  const high = Array.from({ length: 20 }, (_, i) => ({ params: row((i * 10) / 20, i), value: i < 10 ? 1 : 0 }));
  await shac.fitDataset([...low, ...high], { presort: false, skipCvChecks: true });
  expect(shac.classifiers).toHaveLength(2);
  return shac;
}

describe('a region that no classifier leaves open', () => {
  it('ends a search with relaxChecks, which says how many classifiers reject', async () => {
    const shac = await contradiction();
    await shac.fit(loss, { relaxChecks: true });
    const relaxed = shac.trials.slice(40);
    expect(relaxed).toHaveLength(20);
    expect(relaxed.every((trial) => trial.rejections === 1)).toBe(true);
    expect(relaxed.some((trial) => shac.accepts(trial.params))).toBe(false);
    expect(shac.trials.slice(0, 40).every((trial) => trial.rejections === 0)).toBe(true);
  });

  it('gives predictions and asked trials with relaxChecks', async () => {
    const shac = await contradiction();
    expect(await shac.predict(5, { relaxChecks: true })).toHaveLength(5);
    expect(await shac.predict(5, { maxClassifiers: 1 })).toHaveLength(5);
    const asked = await shac.ask(3, { relaxChecks: true });
    expect(asked.map((trial) => trial.rejections)).toEqual([1, 1, 1]);
  });

  it('is found out after a bounded number of draws', async () => {
    const shac = await contradiction();
    const dir = temporaryDirectory();
    await shac.saveData(dir);
    const cascade = cascadeOf(savedModels(dir));
    const options = { seed: 1, stream: 0, count: 1, classifiers: 2, threads: 2, relax: false };
    const attempt = cascade.sample({ ...options, memory: 0, maxDraws: 100_000 });
    await expect(attempt).rejects.toThrow(RangeError);
    await expect(attempt).rejects.toMatchObject({ code: 'ERR_EMPTY_REGION' });
    await expect(attempt).rejects.toThrow(
      /no candidate in \d+ draws through 2 classifiers.*relaxChecks.*maxClassifiers/s,
    );
    // The partition of the space proves it, without that many draws.
    await expect(cascade.sample(options)).rejects.toThrow(/nothing that all classifiers accept.*at most 0 %/s);
    const approximate = cascade.sample({ ...options, sampler: { method: 'smc', sweeps: 1 }, maxDraws: 100_000 });
    await expect(approximate).rejects.toMatchObject({ name: 'ShacRangeError', code: 'ERR_EMPTY_REGION' });
    await expect(approximate).rejects.toThrow(/classifier 1 accepted none of \d+ draws.*sampler: 'exact'/s);
    // What fit, ask and predict use is bounded as well.
    expect(MAX_DRAWS).toBeLessThanOrEqual(2 ** 30);
    await expect(cascade.sample({ ...options, classifiers: 1, maxDraws: 100_000 })).resolves.toBeDefined();
  });

  it('counts the draws since the last candidate, not all of them', async () => {
    const shac = study();
    await shac.fit(loss);
    const dir = temporaryDirectory();
    await shac.saveData(dir);
    const cascade = cascadeOf(savedModels(dir));
    const sample = (count: number) =>
      cascade.sample({
        seed: 1,
        stream: 0,
        count,
        classifiers: cascade.size,
        threads: 1,
        relax: false,
        memory: 0,
        maxDraws: 16_384,
      });
    const { draws } = await sample(2000);
    expect(draws).toBeGreaterThan(16_384);
  });
});

describe('relaxChecks', () => {
  it('lets a classifier be overruled only where nothing was found in time', async () => {
    const strict = study({ maxClassifiers: 1, seed: 3 });
    await strict.fit(loss);
    const relaxed = study({ maxClassifiers: 1, seed: 3 });
    await relaxed.fit(loss, { relaxChecks: true });
    expect(relaxed.classifiers).toMatchObject([{ stage: 2 }]);
    expect(outcome(relaxed.trials).slice(0, 30)).toEqual(outcome(strict.trials).slice(0, 30));
    // One classifier that accepts about half: most candidates are found within 2 draws, the others may be relaxed.
    const later = relaxed.trials.slice(30);
    for (const trial of later) expect(relaxed.accepts(trial.params)).toBe(trial.rejections === 0);
    expect(new Set(later.map((trial) => trial.rejections))).toEqual(new Set([0, 1]));
  });

  it('survives saving', async () => {
    const shac = await contradiction();
    await shac.ask(20, { relaxChecks: true });
    const dir = temporaryDirectory();
    await shac.saveData(dir);
    const copy = join(temporaryDirectory(), 'copy');
    cpSync(dir, copy, { recursive: true });
    const back = study({ totalBudget: 60, numBatches: 3 });
    await back.restoreData(copy);
    expect(back.trials.map((trial) => trial.rejections)).toEqual(shac.trials.map((trial) => trial.rejections));
  });
});
