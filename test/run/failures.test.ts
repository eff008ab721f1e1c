import { describe, expect, it } from 'vitest';
import { loss, type Params, sleep, study } from '../support/studies.js';

const small = { totalBudget: 20, numBatches: 2 };
const hang = () => new Promise<number>(() => {});

describe('an evaluation that fails', () => {
  it.each([
    ['throws an Error', () => Promise.reject(new RangeError('too big')), /^too big$/],
    ['throws a string', () => Promise.reject('no luck'), /^no luck$/],
    ['throws nothing', () => Promise.reject(undefined), /undefined/],
    ['throws an object without a prototype', () => Promise.reject(Object.create(null)), /./],
    ['returns NaN', () => Number.NaN, /finite number.*NaN/],
    ['returns Infinity', () => Number.POSITIVE_INFINITY, /finite number.*Infinity/],
    ['returns a string', () => '0.5' as unknown as number, /finite number.*"0\.5"/],
    ['returns nothing', () => undefined as unknown as number, /finite number.*undefined/],
    ['returns an array', () => [1] as unknown as number, /finite number.*\[1\]/],
    ['returns a BigInt', () => 1n as unknown as number, /finite number.*1n/],
    ['throws at once', () => JSON.parse('{'), /JSON/],
  ] as const)('because the objective %s is a trial in state FAIL', async (_, fail, message) => {
    const shac = study(small);
    await shac.fit((params, { trialId }) => (trialId === 3 ? fail() : loss(params)));
    const failed = shac.trials.filter((trial) => trial.state === 'FAIL');
    expect(failed).toHaveLength(1);
    expect(failed[0]).toMatchObject({ id: 3, value: null, error: { message: expect.stringMatching(message) } });
    expect(shac.history.history.evaluations?.[0]?.[3]).toBeNull();
    expect(shac.trials.filter((trial) => trial.state === 'COMPLETE')).toHaveLength(19);
    expect(shac.bestTrial?.id).not.toBe(3);
  });

  it('is tried again as often as retries says', async () => {
    const shac = study(small);
    const calls = new Map<number, number>();
    const objective = (params: Params, { trialId }: { trialId: number }) => {
      const call = (calls.get(trialId) ?? 0) + 1;
      calls.set(trialId, call);
      if (trialId === 2 && call <= 3) throw new Error('flaky');
      if (trialId === 4) throw new Error(`broken ${call}`);
      return loss(params);
    };
    await shac.fit(objective, { retries: 3 });
    expect(shac.trials[2]).toMatchObject({ state: 'COMPLETE', attempts: 4 });
    expect(shac.trials[2]?.error).toBeUndefined();
    expect(shac.trials[4]).toMatchObject({ state: 'FAIL', attempts: 4, error: { message: 'broken 4' } });
    expect(shac.trials[0]).toMatchObject({ state: 'COMPLETE', attempts: 1 });
    expect(calls.get(4)).toBe(4);
  });

  it('sees the same params in every try, whatever the objective did to them', async () => {
    const shac = study(small);
    const drawn = await study(small).ask(10);
    const seen: Params[] = [];
    const objective = (params: Params, { trialId }: { trialId: number }) => {
      if (trialId === 0) seen.push({ ...params });
      params.x = 1e9;
      delete (params as Partial<Params>).act;
      if (trialId === 0 && seen.length < 3) throw new Error('again');
      return trialId;
    };
    await shac.fit(objective, { retries: 2 });
    const first = drawn[0]?.params;
    expect(seen).toEqual([first, first, first]);
    expect(shac.trials.slice(0, 10).map(({ params }) => params)).toEqual(drawn.map(({ params }) => params));
  });

  it('counts as not good: it is labelled 0 and never enters the median', async () => {
    // Were failures counted as good, or as infinitely bad values in the median, the classifier would be another one.
    const shac = study({ totalBudget: 80, numBatches: 2 });
    await shac.fit((params) => (params.x > 5 ? Number.NaN : params.x));
    const predictions = await shac.predict(200);
    // Of the values -5 to 5 the better half is below 0.
    expect(predictions.filter(({ x }) => x > 2).length).toBeLessThan(10);
    expect(predictions.filter(({ x }) => x < 0).length).toBeGreaterThan(150);
  });
});

describe('an evaluation that takes too long', () => {
  it('fails after timeoutMs, and its signal is aborted', async () => {
    const shac = study(small);
    const aborted: unknown[] = [];
    const objective = (params: Params, { trialId, signal }: { trialId: number; signal: AbortSignal }) => {
      if (trialId !== 1) {
        expect(signal.aborted).toBe(false);
        return loss(params);
      }
      signal.addEventListener('abort', () => aborted.push(signal.reason));
      return hang();
    };
    await shac.fit(objective, { timeoutMs: 30 });
    expect(shac.trials[1]).toMatchObject({ state: 'FAIL', error: { message: expect.stringMatching(/30 ms/) } });
    expect(shac.trials[1]?.duration).toBeGreaterThanOrEqual(25);
    expect(aborted).toHaveLength(1);
    expect(aborted[0]).toMatchObject({ code: 'ERR_OBJECTIVE_FAILED' });
  });

  it('is tried again, each time with its own time and signal', async () => {
    const shac = study(small);
    const signals = new Set<AbortSignal>();
    const objective = (params: Params, { trialId, signal }: { trialId: number; signal: AbortSignal }) => {
      if (trialId !== 1) return loss(params);
      signals.add(signal);
      return signals.size < 3 ? hang() : loss(params);
    };
    await shac.fit(objective, { timeoutMs: 20, retries: 2 });
    expect(shac.trials[1]).toMatchObject({ state: 'COMPLETE', attempts: 3 });
    expect([...signals].map(({ aborted }) => aborted)).toEqual([true, true, false]);
  });

  it('does not get in the way of a result that comes in time', async () => {
    const shac = study(small);
    await shac.fit((params) => sleep(1).then(() => loss(params)), { timeoutMs: 10_000 });
    expect(shac.trials.every(({ state }) => state === 'COMPLETE')).toBe(true);
  });

  it('has its late result ignored', async () => {
    const shac = study(small);
    shac.setNumParallelEvaluators(1);
    await shac.fit(
      async (params, { trialId }) => {
        await sleep(trialId === 0 ? 60 : 5);
        return trialId === 0 ? -1e9 : loss(params);
      },
      { timeoutMs: 30 },
    );
    expect(shac.trials[0]).toMatchObject({ state: 'FAIL', value: null });
    expect(shac.bestTrial?.value).toBeGreaterThanOrEqual(0);
  });
});

describe("onFailure: 'stop'", () => {
  it('ends the run at the first failure, tells the others, and keeps what is finished', async () => {
    const shac = study(small);
    shac.setNumParallelEvaluators(3);
    const aborted: number[] = [];
    const objective = (params: Params, { trialId, signal }: { trialId: number; signal: AbortSignal }) => {
      if (trialId === 4) throw new TypeError('first failure');
      if (trialId < 3) return loss(params);
      signal.addEventListener('abort', () => aborted.push(trialId));
      return hang();
    };
    const attempt = shac.fit(objective, { onFailure: 'stop' });
    await expect(attempt).rejects.toMatchObject({ code: 'ERR_OBJECTIVE_FAILED', name: 'ShacError' });
    await expect(attempt).rejects.toThrow(/trial 4 failed: first failure/);
    expect(aborted).toContain(3);
    const states = shac.trials.map(({ state }) => state);
    expect(states.slice(0, 5)).toEqual(['COMPLETE', 'COMPLETE', 'COMPLETE', 'WAITING', 'FAIL']);
    expect(new Set(states.slice(5))).toEqual(new Set(['WAITING']));

    await shac.fit(loss, { onFailure: 'stop' });
    expect(shac.trials.filter(({ state }) => state === 'COMPLETE')).toHaveLength(19);
  });

  it('waits for the retries', async () => {
    const shac = study(small);
    const seen = new Set<number>();
    const flaky = (params: Params, { trialId }: { trialId: number }) => {
      if (seen.has(trialId)) return loss(params);
      seen.add(trialId);
      throw new Error('once');
    };
    await shac.fit(flaky, { onFailure: 'stop', retries: 1 });
    expect(shac.trials.every(({ state, attempts }) => state === 'COMPLETE' && attempts === 2)).toBe(true);
  });
});

describe('a batch of failures only', () => {
  it('ends the run with the first reason, and the run can go on', async () => {
    const shac = study(small);
    const attempt = shac.fit((_, { trialId }) => {
      throw new SyntaxError(`broken ${trialId}`);
    });
    await expect(attempt).rejects.toMatchObject({
      code: 'ERR_ALL_TRIALS_FAILED',
      cause: { name: expect.any(String), message: expect.any(String) },
    });
    await expect(attempt).rejects.toThrow(/all 10 trials of batch 0.*SyntaxError: broken 0/);
    expect(shac.trials).toHaveLength(10);
    await shac.fit(loss);
    expect(shac.trials).toHaveLength(20);
  });

  it('does not hide that one trial had a value', async () => {
    const shac = study(small);
    await shac.fit((_, { trialId }) => (trialId % 10 === 9 ? 1 : Number.NaN));
    expect(shac.trials).toHaveLength(20);
  });

  it('is ten in a row where a batch is one trial', async () => {
    const alone = { totalBudget: 40, numBatches: 40 };
    const some = study(alone);
    await some.fit((params, { trialId }) => (trialId % 11 > 1 ? Number.NaN : loss(params)));
    expect(some.trials.map(({ state }) => state)).toEqual(
      Array.from({ length: 40 }, (_, id) => (id % 11 > 1 ? 'FAIL' : 'COMPLETE')),
    );
    const broken = study(alone);
    const attempt = broken.fit((params, { trialId }) => (trialId > 12 ? Number.NaN : loss(params)));
    await expect(attempt).rejects.toThrow(/the last 10 trials, one a batch, all failed/);
    await expect(attempt).rejects.toMatchObject({ code: 'ERR_ALL_TRIALS_FAILED' });
    expect(broken.trials).toHaveLength(23);
  });
});
