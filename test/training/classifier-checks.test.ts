import { describe, expect, it } from 'vitest';
import { Cascade } from '../../dist/native/cascade.js';
import { trainClassifier } from '../../dist/native/train.js';
import { loss, noise, outcome, paperStudy } from '../support/studies.js';

const rejected = (shac: ReturnType<typeof paperStudy>) => shac.history.history.rejected;

describe('a stage with one class only', () => {
  it('gives no classifier, and the run goes on', async () => {
    const shac = paperStudy();
    const history = await shac.fit(() => 1);
    expect(shac.classifiers).toEqual([]);
    expect(rejected(shac)).toEqual(['one-class', 'one-class', 'one-class', 'one-class', 'one-class', 'one-class']);
    expect(history.history.model).toEqual([null, null, null, null, null, null]);
    expect(history.stoppedEarly).toBe(false);
    expect(shac.trials).toHaveLength(60);
    expect(shac.bestTrial?.id).toBe(0);
  });

  it('ends a run with earlyStop', async () => {
    const shac = paperStudy();
    const history = await shac.fit(() => 1, { earlyStop: true });
    expect(history.stoppedEarly).toBe(true);
    expect(history.epochs).toEqual([0]);
    expect(shac.trials).toHaveLength(10);
  });

  it('ends a run with earlyStop at the stage it happens, and the next run goes on', async () => {
    const shac = paperStudy();
    const flat = 3;
    const constant = await shac.fit((params, { trialId }) => (trialId < 10 * flat ? loss(params) : 1), {
      earlyStop: true,
      skipCvChecks: true,
    });
    expect(constant.stoppedEarly).toBe(true);
    expect(rejected(shac)).toEqual([null, null, null, 'one-class']);
    expect(shac.trials).toHaveLength(40);

    const more = await shac.fit(loss, { skipCvChecks: true });
    expect(more.stoppedEarly).toBe(false);
    expect(shac.trials).toHaveLength(60);
  });

  it('ends a run with earlyStop when it was cut before that training', async () => {
    const shac = paperStudy();
    const broken = new Error('broken callback');
    const callbacks = [{ onDatasetChanged: () => Promise.reject(broken) }];
    await expect(shac.fit(() => 1, { earlyStop: true, callbacks })).rejects.toBe(broken);
    const history = await shac.fit(loss, { earlyStop: true });
    expect(history.stoppedEarly).toBe(true);
    expect(shac.trials).toHaveLength(10);
    await shac.fit(loss, { skipCvChecks: true });
    expect(shac.trials).toHaveLength(60);
  });

  it('is what failures with one value make', async () => {
    const shac = paperStudy({ totalBudget: 20, numBatches: 2 });
    await shac.fit((_, { trialId }) => (trialId % 10 === 0 ? 1 : Number.NaN));
    expect(rejected(shac)).toEqual(['one-class', 'one-class']);
  });

  it('goes on to the next trials for the next classifier', async () => {
    const shac = paperStudy();
    await shac.fit((params, { trialId }) => (trialId < 10 ? 1 : loss(params)), { skipCvChecks: true });
    expect(shac.classifiers.map(({ stage }) => stage)).toEqual([1, 2, 3, 4, 5]);
    expect(shac.history.history.datasetIndex).toEqual([10, 20, 30, 40, 50, 60]);
  });
});

describe('cross-validation', () => {
  // Noise over many short stages: some of them look learnable by chance, others do not within 12 attempts.
  const noisy = (seed: number) => paperStudy({ totalBudget: 140, numBatches: 14, maxClassifiers: 7, seed });

  it('keeps only classifiers of at least one half accuracy, after up to 12 attempts', async () => {
    const attempts = new Set<number>();
    const reasons = new Set<unknown>();
    for (const seed of [1, 3, 7]) {
      const shac = noisy(seed);
      const { history } = await shac.fit(noise);
      for (const { cvAccuracy } of shac.classifiers) {
        expect(cvAccuracy).toBeGreaterThanOrEqual(0.5);
        expect(cvAccuracy).toBeLessThanOrEqual(1);
      }
      for (const reason of history.rejected ?? []) reasons.add(reason);
      for (const model of history.model ?? []) if (model) attempts.add(model.attempts);
      expect(shac.trials).toHaveLength(140);
    }
    expect(reasons).toContain('cv-accuracy');
    expect(reasons).toContain(null);
    expect(Math.min(...attempts)).toBe(1);
    expect(Math.max(...attempts)).toBeGreaterThan(1);
    expect(Math.max(...attempts)).toBeLessThanOrEqual(12);
  });

  it('ends a run with earlyStop at the first refusal', async () => {
    const whole = noisy(3);
    const first = (await whole.fit(noise)).history.rejected?.indexOf('cv-accuracy') as number;
    expect(first).toBeGreaterThanOrEqual(0);

    const shac = noisy(3);
    const history = await shac.fit(noise, { earlyStop: true });
    expect(history.stoppedEarly).toBe(true);
    expect(history.epochs.at(-1)).toBe(first);
    expect(outcome(shac.trials)).toEqual(outcome(whole.trials).slice(0, 10 * (first + 1)));
  });

  it('is left out by skipCvChecks', async () => {
    const shac = paperStudy({ totalBudget: 120, numBatches: 12 });
    const { history } = await shac.fit(noise, { skipCvChecks: true });
    expect(history.rejected?.every((reason) => reason === null)).toBe(true);
    expect(shac.classifiers.map(({ cvAccuracy }) => cvAccuracy)).toEqual(Array.from({ length: 11 }, () => null));
    expect(history.model?.slice(0, 11).every((model) => model?.attempts === 1)).toBe(true);
  });

  it('measures held-out accuracy: near 1 for a clear rule', async () => {
    const shac = paperStudy({ totalBudget: 400, numBatches: 2 });
    await shac.fit(({ x }) => x);
    expect(shac.classifiers[0]?.cvAccuracy).toBeGreaterThan(0.95);
  });
});

describe('training a classifier', () => {
  const params = { rounds: 20, maxDepth: 3, eta: 0.1, lambda: 1, minChildWeight: 1, subsample: 1 };
  const cascade = new Cascade({ levels: Uint32Array.of(100), snaps: [undefined] });
  const options = { params, cascade, skipCvChecks: false, seed: 1, index: 0, threads: 2 };

  it('is tried 12 times when cross-validation says no', async () => {
    // Labels that alternate along the only coordinate: what is held out is the opposite of its neighbours.
    const codes = Uint16Array.from({ length: 40 }, (_, i) => i);
    const labels = Uint8Array.from({ length: 40 }, (_, i) => i % 2);
    const set = { codes, columns: 1, labels };
    expect(await trainClassifier(set, options)).toEqual({ rejected: 'cv-accuracy', attempts: 12 });
    expect(await trainClassifier(set, { ...options, skipCvChecks: true })).toMatchObject({ cvAccuracy: null });
  });

  it('refuses a classifier that says the same of all its points', async () => {
    // All rows alike: nothing to split on.
    const set = { codes: new Uint16Array(20), columns: 1, labels: Uint8Array.from({ length: 20 }, (_, i) => i % 2) };
    const outcomes = [
      await trainClassifier(set, { ...options, skipCvChecks: true }),
      await trainClassifier(set, { ...options, skipCvChecks: true, params: { ...params, subsample: 0.5 } }),
    ];
    expect(outcomes).toEqual([
      { rejected: 'constant', attempts: 1 }, // another seed would give the same classifier
      { rejected: 'constant', attempts: 12 },
    ]);
  });

  it('refuses one class without training', async () => {
    for (const label of [0, 1]) {
      const set = { codes: new Uint16Array(5), columns: 1, labels: new Uint8Array(5).fill(label) };
      expect(await trainClassifier(set, options)).toEqual({ rejected: 'one-class', attempts: 0 });
    }
  });
});
