/** The end of a search, near the best trials: what it finds, in spaces of every kind and whatever the objective does. */
import { custom, discrete, integer, normal, SHAC, type ShacOptions, uniform } from 'shac';
import { describe, expect, it } from 'vitest';
import { loss, type Params, study } from '../support/studies.js';

/** The trials from this one on are of the local phase. */
const LOCAL_FROM = 20;
/** Batches of 5; the last six are of the local phase. */
const five = { totalBudget: 50, numBatches: 10, local: { fraction: 0.6 } } as const;

const distinct = (values: readonly unknown[]) => new Set(values.map((value) => JSON.stringify(value))).size;
const paramsOf = (shac: { readonly trials: readonly { params: unknown }[] }) => shac.trials.map(({ params }) => params);
const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] as number;

describe('the local phase', () => {
  it('finds better values than a search without it, and much better ones than that of the paper', async () => {
    const space = { x: uniform(-5, 10), y: uniform(0.01, 100, { log: true }), z: normal(0, 1) };
    const smooth = ({ x, y, z }: { x: number; y: number; z: number }) =>
      (x - 2) ** 2 + Math.log10(y) ** 2 + (z - 0.5) ** 2;
    const best = async (options: Partial<ShacOptions>) => {
      const values = [];
      for (const seed of [1, 2, 3, 4, 5]) {
        const shac = new SHAC(space, { totalBudget: 60, numBatches: 12, objective: 'min', seed, ...options });
        await shac.fit(smooth, { skipCvChecks: true });
        values.push(shac.bestTrial?.value as number);
      }
      return median(values);
    };
    const found = await best({});
    expect(found).toBeLessThan((await best({ local: false })) / 2);
    expect(found).toBeLessThan((await best({ preset: 'paper' })) / 4);
  });

  it('gives as many candidates as are asked for, all different, before any of them is told', async () => {
    const shac = study(five);
    for (const { id, params } of await shac.ask(LOCAL_FROM)) await shac.tell(id, loss(params));
    const asked = [...(await shac.ask(1)), ...(await shac.ask(7)), ...(await shac.ask(22))];
    expect(asked.map(({ id }) => id)).toEqual(Array.from({ length: 30 }, (_, i) => LOCAL_FROM + i));
    expect(distinct(paramsOf(shac))).toBe(50);
    for (const { id, params } of asked.reverse()) await shac.tell(id, loss(params));
    expect(shac.trials.every(({ state }) => state === 'COMPLETE')).toBe(true);
  });

  it('begins without any result', async () => {
    const shac = study(five);
    await shac.ask(LOCAL_FROM);
    expect(await shac.ask(10)).toHaveLength(10);
    expect(distinct(paramsOf(shac))).toBe(30);
  });

  it('begins with failures alone, and with one result', async () => {
    const shac = study(five);
    for (const { id } of await shac.ask(LOCAL_FROM)) await shac.tell(id, { error: 'no luck' });
    for (const { id } of await shac.ask(5)) await shac.tell(id, id === 22 ? 1 : { error: 'no luck' });
    for (const { id } of await shac.ask(5)) await shac.tell(id, { error: 'no luck' });
    expect(await shac.ask(50)).toHaveLength(20);
    expect(distinct(paramsOf(shac))).toBe(50);
  });

  it('leaves out no trial after failures, and goes where there are none', async () => {
    const shac = study({ ...five, seed: 3 });
    // Beyond x = 3 everything fails; the best value is at x = 2.
    await shac.fit((params) => {
      if (params.x > 3) throw new Error('no value');
      return loss(params);
    });
    expect(shac.trials).toHaveLength(50);
    const failed = (from: number, to: number) =>
      shac.trials.slice(from, to).filter(({ state }) => state === 'FAIL').length / (to - from);
    expect(failed(30, 50)).toBeLessThan(failed(0, 10));
    expect(shac.bestTrial?.id).toBeGreaterThanOrEqual(LOCAL_FROM);
  });

  it.each([
    ['the same value everywhere', () => 1],
    ['values at the ends of their range', ({ x }: Params) => (x > 2 ? Number.MAX_VALUE : -Number.MAX_VALUE)],
    ['tiny values', (params: Params) => 1e-310 * loss(params)],
    ['one wild value', (params: Params) => (params.layers === 8 ? Number.MAX_VALUE : loss(params))],
  ])('comes to its end with %s', async (_, objective) => {
    const shac = study(five);
    await shac.fit(objective);
    expect(shac.trials.filter(({ state }) => state === 'COMPLETE')).toHaveLength(50);
    expect(distinct(paramsOf(shac))).toBe(50);
  });

  it('comes to its end in a search of any size', async () => {
    for (let totalBudget = 1; totalBudget <= 12; totalBudget++) {
      for (let numBatches = 1; numBatches <= totalBudget; numBatches++) {
        if (totalBudget % numBatches > 0) continue;
        for (const local of [{ fraction: 0.3 }, {}, { fraction: 0.99 }]) {
          const shac = study({ totalBudget, numBatches, local });
          await shac.fit(loss);
          expect(shac.trials.map(({ state }) => state)).toEqual(Array.from({ length: totalBudget }, () => 'COMPLETE'));
        }
      }
    }
  });
});

describe('the local phase in a space of', () => {
  const options = { objective: 'min', seed: 5 } as const;

  it('few values tries each before any is tried again', async () => {
    const space = {
      act: discrete(['relu', 'tanh', null]),
      layers: integer(1, 3, { log: true }),
      width: custom({ decode: (u) => 2 ** Math.floor(u * 4), encode: (value) => (Math.log2(value) + 0.5) / 4 }),
    };
    const shac = new SHAC(space, { totalBudget: 50, numBatches: 50, ...options });
    await shac.fit(({ act, layers, width }) => (act === 'tanh' ? 0 : 1) + layers + width / 8);
    expect(distinct(paramsOf(shac))).toBe(36);
  });

  it.each([
    ['uniform', uniform(0, 1)],
    ['log-uniform', uniform(1e-5, 1, { log: true })],
    ['normal', normal(0, 1)],
    ['integer', integer(1, 2 ** 16)],
    ['log-integer', integer(1, 1e6, { log: true })],
  ])('%s parameters tries a corner once', async (_, parameter) => {
    for (const sign of [1, -1]) {
      const shac = new SHAC({ a: parameter, b: parameter }, { totalBudget: 40, numBatches: 40, ...options });
      await shac.fit(({ a, b }) => sign * (a + b));
      expect(distinct(paramsOf(shac))).toBe(40);
    }
  });

  it('one value goes on', async () => {
    const shac = new SHAC({ only: discrete(['this']) }, { totalBudget: 20, numBatches: 4, ...options });
    await shac.fit(() => 1);
    expect(shac.trials).toHaveLength(20);
  });

  it('custom and log-integer parameters finds the best of them', async () => {
    const space = {
      share: custom({ decode: (u) => [u ** 2], encode: ([value]) => Math.sqrt(value as number) }),
      units: integer(1, 4096, { log: true }),
      many: integer(1, 1e9),
    };
    const shac = new SHAC(space, { totalBudget: 60, numBatches: 12, ...options });
    await shac.fit(({ share: [share], units, many }) => {
      if (!Number.isInteger(units) || !Number.isInteger(many)) throw new Error('not an integer');
      return ((share as number) - 0.3) ** 2 + Math.log2(units / 64) ** 2 / 100 + (many / 1e9 - 0.6) ** 2;
    });
    expect(shac.trials.every(({ state }) => state === 'COMPLETE')).toBe(true);
    expect(shac.bestTrial?.value).toBeLessThan(0.01);
    expect(shac.bestTrial?.id).toBeGreaterThanOrEqual(LOCAL_FROM);
  });

  it('one coordinate, and of forty', async () => {
    const one = new SHAC({ x: uniform(0, 1) }, { totalBudget: 30, numBatches: 10, ...options });
    await one.fit(({ x }) => (x - 0.3) ** 2);
    expect(one.bestTrial?.value).toBeLessThan(1e-4);
    const wide = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`x${i}`, uniform(0, 1)]));
    const forty = new SHAC(wide, { totalBudget: 60, numBatches: 12, ...options });
    await forty.fit((params) => Object.values(params).reduce((sum, x) => sum + (x - 0.5) ** 2, 0));
    expect(forty.bestTrial?.id).toBeGreaterThanOrEqual(LOCAL_FROM);
  });
});
