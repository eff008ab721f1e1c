import { defineStudy, type SamplerOption, SHAC } from 'shac';
import { describe, expect, it } from 'vitest';
import { findings, loss, outcome, space, study, temporaryDirectory } from '../support/studies.js';

const smc = (options: Parameters<typeof study>[0] = {}) => study({ sampler: 'smc', ...options });

describe("sampler: 'smc'", () => {
  it('searches: every trial passes the classifiers that were there, and the best is good', async () => {
    const shac = smc({ preset: 'paper' });
    const seen: number[] = [];
    await shac.fit(loss, { callbacks: [{ onEpochEnd: (_, { acceptance }) => void seen.push(acceptance as number) }] });
    expect(shac.trials).toHaveLength(60);
    expect(shac.classifiers.length).toBeGreaterThanOrEqual(4);
    const drawn = shac.trials.filter(({ stage }) => stage > (shac.classifiers.at(-1)?.stage as number));
    for (const { params } of drawn) expect(shac.accepts(params)).toBe(true);
    expect(shac.trials.every(({ rejections }) => rejections === 0)).toBe(true);
    expect(new Set(shac.trials.map(({ params }) => params.x)).size).toBe(60);
    expect(seen[0]).toBe(1);
    expect(seen.at(-1)).toBeLessThan(0.5);
    expect(shac.bestTrial?.value).toBeLessThan(10);
  });

  it('predicts what passes, new candidates each time', async () => {
    const shac = smc();
    await shac.fit(loss);
    const params = [...(await shac.predict(40)), ...(await shac.predict(1500))];
    expect(params.every((one) => shac.accepts(one))).toBe(true);
    expect(new Set(params.map(({ x }) => x)).size).toBe(1540);
    const some = await shac.predict(200, { maxClassifiers: 1 });
    expect(some.some((one) => !shac.accepts(one))).toBe(true);
  });

  it.each([1, 2, 3, 8])('gives the same trials with %i generator threads', async (threads) => {
    const [one, other] = [smc(), smc()];
    one.setNumParallelGenerators(1);
    await one.fit(loss);
    other.setNumParallelGenerators(threads);
    await other.fit(loss);
    expect(await findings(other)).toEqual(await findings(one));
  });

  it('draws other trials than the exact sampler, apart from the first batch', async () => {
    const [exact, approximate] = [study(), smc()];
    await Promise.all([exact.fit(loss), approximate.fit(loss)]);
    expect(outcome(approximate.trials).slice(0, 10)).toEqual(outcome(exact.trials).slice(0, 10));
    expect(outcome(approximate.trials).slice(40)).not.toEqual(outcome(exact.trials).slice(40));
  });

  it('makes 5 sweeps unless told otherwise', async () => {
    const found = async (sampler: SamplerOption) => {
      const shac = study({ sampler });
      await shac.fit(loss);
      return outcome(shac.trials);
    };
    const usual = await found('smc');
    expect(await found({ method: 'smc' })).toEqual(usual);
    expect(await found({ method: 'smc', sweeps: 5 })).toEqual(usual);
    expect(await found({ method: 'smc', sweeps: 6 })).not.toEqual(usual);
  });

  it('goes on as before after it was saved, and only with the same sampler', async () => {
    const whole = smc();
    await whole.fit(loss);
    const dir = temporaryDirectory();
    const begun = smc({ storage: dir });
    for (let batch = 0; batch < 7; batch++) {
      for (const { id, params } of await begun.ask(5)) await begun.tell(id, loss(params));
    }
    const back = smc({ storage: dir });
    await back.fit(loss);
    expect(await findings(back)).toEqual(await findings(whole));
    for (const sampler of ['exact', { method: 'smc', sweeps: 6 }] as const) {
      expect(() => study({ storage: dir, sampler })).toThrow(
        expect.objectContaining({ code: 'ERR_RESTORE_MISMATCH', message: expect.stringMatching(/sampler.*"smc"/) }),
      );
    }
  });

  it('is refused together with relaxChecks, before any work', async () => {
    const shac = smc();
    const expected = { name: 'ShacTypeError', code: 'ERR_INVALID_ARGUMENT', message: /relaxChecks.*"smc"/ };
    const error = expect.objectContaining({ ...expected, message: expect.stringMatching(expected.message) });
    await expect(shac.fit(loss, { relaxChecks: true })).rejects.toEqual(error);
    await expect(shac.ask(1, { relaxChecks: true })).rejects.toEqual(error);
    await expect(shac.predict(1, { relaxChecks: true })).rejects.toEqual(error);
    expect(shac.trials).toEqual([]);
    const definition = { space, totalBudget: 60, numBatches: 6, sampler: 'smc', evaluate: loss } as const;
    expect(() => defineStudy({ ...definition, relaxChecks: true })).toThrow(error);
    const { options } = defineStudy(definition);
    expect(options.sampler).toBe('smc');
    await expect(new SHAC(space, options).predict(2)).resolves.toHaveLength(2);
  });

  it('stops for a signal', async () => {
    const shac = study({ sampler: { method: 'smc', sweeps: 1000 } });
    await shac.fitDataset((await smc().ask(20)).map(({ params }) => ({ params, value: loss(params) })));
    const reason = new Error('enough');
    const controller = new AbortController();
    const prediction = shac.predict(2 ** 22, { signal: controller.signal });
    setTimeout(() => controller.abort(reason), 20);
    await expect(prediction).rejects.toBe(reason);
  });
});
