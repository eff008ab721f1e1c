/** Starting points in spaces with conditions. */
import { choice, discrete, integer, SearchSpace, SHAC, uniform, when } from 'shac';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../support/studies.js';

describe('params that are enqueued in a space with conditions', () => {
  const tree = {
    optimizer: discrete(['sgd', 'adam']),
    momentum: when('optimizer', 'sgd', uniform(0, 0.99)),
    head: choice({ linear: {}, mlp: { width: integer(8, 64), act: discrete(['relu', 'tanh']) } }),
    rate: uniform(1e-5, 1e-1, { log: true }),
  };
  const make = () => new SHAC(tree, { totalBudget: 40, numBatches: 4, seed: 5, objective: 'min' });

  it('what is missing is drawn where the given params make it active, and is left out elsewhere', async () => {
    const search = make();
    const given = [
      ...Array.from({ length: 8 }, () => ({ optimizer: 'sgd' as const })),
      ...Array.from({ length: 8 }, () => ({ optimizer: 'adam' as const, rate: 0.001 })),
      ...Array.from({ length: 8 }, () => ({ head: { kind: 'mlp' as const, width: 16 } })),
    ];
    await search.enqueue(given);
    const trials = [...(await search.ask(10)), ...(await search.ask(10)), ...(await search.ask(4))];
    const space = new SearchSpace(tree);
    trials.forEach(({ params, fixedParams }, i) => {
      expect(() => space.encode(params)).not.toThrow(); // active where it has to be, and nowhere else
      expect(params).toMatchObject(given[i] as object);
      expect(fixedParams).toEqual(given[i]);
    });
    const momenta = trials.slice(0, 8).map(({ params }) => params.momentum);
    expect(new Set(momenta).size).toBe(8);
    expect(momenta).not.toContain(undefined);
    for (const { params } of trials.slice(8, 16)) expect(params).not.toHaveProperty('momentum');
  });

  it('goes on from a store, a directory and text', async () => {
    const dir = temporaryDirectory();
    const options = { totalBudget: 40, numBatches: 4, seed: 5, storage: `${dir}/study.db` };
    const given = [
      { optimizer: 'sgd', momentum: 0.5 },
      { head: { kind: 'mlp' } },
      { head: { kind: 'linear' } },
    ] as const;
    const first = new SHAC(tree, options);
    await first.enqueue(given);
    await first.ask(1);
    await first.close();
    const second = new SHAC(tree, options);
    await second.fit(({ rate }) => rate);
    expect(second.trials.slice(0, 4).map(({ fixedParams }) => fixedParams)).toEqual([...given, undefined]);
    second.close();
    const third = new SHAC(tree, options);
    expect(third.trials).toEqual(second.trials);
    third.close();
  });

  it.each([
    [{ optimizer: 'adam', momentum: 0.5 }, /"momentum", which is there only where .*optimizer.* "sgd"; leave it out/],
    [{ momentum: 0.5 }, /"momentum", which is there only where .*; add "optimizer"/],
    [{ head: { kind: 'linear', width: 9 } }, /params\.head has the key "width", which is not in the branch "linear"/],
    [{ head: { width: 9 } }, /params\.head\.kind is undefined; it must be one of "linear", "mlp"/],
    [{ head: { kind: 'mlp', width: 99 } }, /"head\.width": 99 is out of range/],
  ])('%j is refused', async (params, message) => {
    await expect(make().enqueue(params as never)).rejects.toMatchObject({
      code: 'ERR_INVALID_VALUE',
      message: expect.stringMatching(message),
    });
  });
});
