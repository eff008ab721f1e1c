import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { addon } from '../../dist/native/addon.js';
import { Cascade, MAX_DRAWS } from '../../dist/native/cascade.js';
import { randomCodes, trainRequest } from '../support/codes.js';
import {
  cascadeOf,
  contradiction,
  loss,
  outcome,
  paperStudy,
  savedModels,
  temporaryDirectory,
} from '../support/studies.js';

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

  it.each([1, 16])('does not end the local phase: %i pairs of classifiers, 1 or 3 threads', async (pairs) => {
    const ends = await Promise.all(
      [1, 3].map(async (threads) => {
        const options = { maxClassifiers: 2 * pairs, local: { fraction: 1 / (2 * pairs + 1) } };
        const shac = await contradiction(options, pairs);
        shac.setNumParallelGenerators(threads);
        await shac.fit(loss);
        return outcome(shac.trials.slice(40 * pairs));
      }),
    );
    expect(ends[0]).toHaveLength(20);
    expect(ends[0]?.every(({ state, rejections }) => state === 'COMPLETE' && rejections > 0)).toBe(true);
    expect(ends[1]).toEqual(ends[0]);
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

  it('ends every call with the typed error, and the proof, when nothing may be overruled', async () => {
    const shac = await contradiction();
    const calls = [() => shac.fit(loss), () => shac.ask(1), () => shac.predict(5)];
    for (const call of calls) {
      const attempt = call();
      await expect(attempt).rejects.toBeInstanceOf(RangeError);
      await expect(attempt).rejects.toMatchObject({ code: 'ERR_EMPTY_REGION' });
      await expect(attempt).rejects.toThrow(/2 classifiers \(0 of \d+ candidates.*at most 0 % .* proven.*relaxChecks/s);
    }
    expect(shac.trials).toHaveLength(40);
  });

  it('counts the draws since the last candidate, not all of them', async () => {
    const shac = paperStudy();
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

describe('a region of which a partition that is too small leaves a part', () => {
  it('is given up after a bounded number of draws, with the bound that is proven', async () => {
    // Labels without a rule make classifiers of many pieces; the second one rejects what the first one accepts.
    const levels = [32768, 32768];
    const codes = randomCodes(levels, 150, 5);
    const labels = Uint8Array.from({ length: 150 }, (_, row) => ((codes[2 * row + 1] as number) >> 3) & 1);
    const cascade = new Cascade({ levels: Uint32Array.from(levels), snaps: [undefined, undefined] });
    for (const target of [labels, labels.map((label) => 1 - label)]) {
      cascade.append((await addon.train(trainRequest(codes, target))).model);
    }
    const request = { seed: 1, stream: 0, count: 3, classifiers: 2, threads: 2, relax: false };
    const attempt = cascade.sample({ ...request, memory: 1 / 128, maxDraws: 500_000 });
    await expect(attempt).rejects.toMatchObject({ code: 'ERR_EMPTY_REGION' });
    const message = await attempt.then(String, (error: Error) => error.message);
    const [, draws, bound] = message.match(/no candidate in (\d+) draws .* at most ([\d.e-]+) % of the space/) ?? [];
    expect(Number(draws)).toBeGreaterThanOrEqual(500_000);
    expect(Number(bound)).toBeGreaterThan(0);
    expect(Number(bound)).toBeLessThan(100);
    const relaxed = await cascade.sample({ ...request, relax: true });
    expect([...relaxed.rejections]).toEqual([1, 1, 1]);
  });
});

describe('relaxChecks', () => {
  it('lets a classifier be overruled only where nothing was found in time', async () => {
    const strict = paperStudy({ maxClassifiers: 1, seed: 3 });
    await strict.fit(loss);
    const relaxed = paperStudy({ maxClassifiers: 1, seed: 3 });
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
    const back = paperStudy({ totalBudget: 60, numBatches: 3 });
    await back.restoreData(copy);
    expect(back.trials.map((trial) => trial.rejections)).toEqual(shac.trials.map((trial) => trial.rejections));
  });
});
