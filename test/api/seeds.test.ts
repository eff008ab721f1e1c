import { describe, expect, it } from 'vitest';
import { loss, outcome, study } from '../support/studies.js';

const started = async () => {
  const shac = study();
  const trials = await shac.ask(10);
  for (const { id, params } of trials) await shac.tell(id, loss(params));
  return shac;
};

describe('setSeed', () => {
  it('is refused while a search runs: it would change what that draws', async () => {
    const shac = study({ totalBudget: 12, numBatches: 2 });
    const tried: unknown[] = [];
    const onTrialEnd = ({ id }: { id: number }) => {
      if (id !== 3) return;
      for (const call of [() => shac.setSeed(1), () => shac.asDeterministic(1, () => {})]) {
        tried.push((async () => call())().catch((error: unknown) => error));
      }
    };
    await shac.fit(loss, { callbacks: [{ onTrialEnd }] });
    expect(await Promise.all(tried)).toEqual([
      expect.objectContaining({ code: 'ERR_STUDY_BUSY' }),
      expect.objectContaining({ code: 'ERR_STUDY_BUSY' }),
    ]);
    expect(shac.seed).toBe(42);
  });

  it('decides what is drawn from then on', async () => {
    const [one, other, unchanged] = [await started(), await started(), await started()];
    one.setSeed(7);
    other.setSeed(7);
    expect(one.seed).toBe(7);
    await one.fit(loss);
    await other.fit(loss);
    await unchanged.fit(loss);
    expect(outcome(one.trials)).toEqual(outcome(other.trials));
    expect(outcome(one.trials).slice(0, 10)).toEqual(outcome(unchanged.trials).slice(0, 10));
    expect(one.trials[10]?.params).not.toEqual(unchanged.trials[10]?.params);
  });

  it('starts predictions again', async () => {
    const shac = await started();
    shac.setSeed(7);
    const [first, second] = [await shac.predict(3), await shac.predict(3)];
    expect(second).not.toEqual(first);
    shac.setSeed(7);
    expect([await shac.predict(3), await shac.predict(3)]).toEqual([first, second]);
  });

  it('takes a random seed for null', async () => {
    const shac = await started();
    const seeds = new Set([shac.seed]);
    for (let i = 0; i < 4; i++) {
      shac.setSeed(null);
      seeds.add(shac.seed);
    }
    expect(seeds.size).toBe(5);
    for (const seed of seeds) expect(Number.isSafeInteger(seed) && seed >= 0).toBe(true);
  });

  it.each([-1, 1.5, 2 ** 53, Number.NaN, '7'])('refuses %s and keeps the seed of before', (seed) => {
    const shac = study();
    expect(() => shac.setSeed(seed as number)).toThrow(String(seed));
    expect(shac.seed).toBe(42);
  });
});

describe('asDeterministic', () => {
  it('gives the same inside whatever came before, and goes on as if it had not been there', async () => {
    const [plain, wrapped] = [await started(), await started()];
    await wrapped.predict(2);
    const inside = await wrapped.asDeterministic(5, async () => [wrapped.seed, await wrapped.predict(3)]);
    expect(wrapped.seed).toBe(42);
    expect(await wrapped.asDeterministic(5, async () => [wrapped.seed, await wrapped.predict(3)])).toEqual(inside);
    expect(inside[0]).toBe(5);
    await plain.predict(2);
    expect(await wrapped.predict(3)).toEqual(await plain.predict(3));
    await plain.fit(loss);
    await wrapped.fit(loss);
    expect(outcome(wrapped.trials)).toEqual(outcome(plain.trials));
  });

  it('runs a whole fit under its seed', async () => {
    const [direct, wrapped] = [study({ seed: 5 }), study()];
    await direct.fit(loss);
    const history = await wrapped.asDeterministic(5, () => wrapped.fit(loss));
    expect(outcome(wrapped.trials)).toEqual(outcome(direct.trials));
    expect(history.epochs).toHaveLength(6);
    expect(wrapped.seed).toBe(42);
  });

  it('restores the seed when the action throws, with its error', async () => {
    const [plain, shac] = [study(), study()];
    const broken = new Error('broken');
    const actions = [
      () => Promise.reject(broken),
      () => {
        throw broken;
      },
    ];
    for (const action of actions) await expect(shac.asDeterministic(5, action)).rejects.toBe(broken);
    expect(shac.seed).toBe(42);
    expect(await shac.predict(2)).toEqual(await plain.predict(2));
  });

  it('takes actions that are not async, and refuses a bad seed without calling them', async () => {
    const shac = study();
    expect(await shac.asDeterministic(5, () => shac.seed)).toBe(5);
    let called = false;
    const attempt = shac.asDeterministic(-1, () => {
      called = true;
    });
    await expect(attempt).rejects.toThrow(RangeError);
    expect(called).toBe(false);
    expect(shac.seed).toBe(42);
  });
});
