/** Starting points: params that are evaluated before anything else is drawn. */
import fc from 'fast-check';
import {
  custom,
  defineStudy,
  discrete,
  integer,
  memory,
  multi,
  type PartialParamsOf,
  SearchSpace,
  SHAC,
  TensorflowSHAC,
  type Trial,
  uniform,
} from 'shac';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { findings, loss, outcome, type Params, space, study, temporaryDirectory } from '../support/studies.js';

const best: Params = { x: 2, y: 1, layers: 3, act: 'tanh' };
const other: Params = { x: 9, y: 50, layers: 8, act: null };
const some: PartialParamsOf<typeof space> = { layers: 5, act: null };

/** Those that were enqueued, by id: what was given. */
const enqueued = (trials: readonly Trial<Params>[]) =>
  trials.flatMap(({ id, fixedParams }) => (fixedParams === undefined ? [] : [[id, fixedParams]]));

/** Random params, each of which may be missing. */
const partial = fc.record(
  {
    x: fc.double({ min: -5, max: 10, noNaN: true }),
    y: fc.double({ min: 0.01, max: 100, noNaN: true }),
    layers: fc.integer({ min: 1, max: 8 }),
    act: fc.constantFrom('relu' as const, 'tanh' as const, null),
  },
  { requiredKeys: [] },
);

describe('params that are enqueued', () => {
  it('are the first trials, in order, and count against the budget', async () => {
    const search = study();
    expect(await search.enqueue([best, other])).toBe(2);
    expect(await search.enqueue(some)).toBe(1);
    expect(search.trials).toEqual([]);
    await search.fit(loss);
    expect(search.trials).toHaveLength(60);
    expect(search.trials.slice(0, 2).map(({ params }) => params)).toEqual([best, other]);
    expect(search.trials[2]?.params).toMatchObject(some);
    expect(enqueued(search.trials)).toEqual([
      [0, best],
      [1, other],
      [2, some],
    ]);
    expect(search.bestTrial).toMatchObject({ id: 0, value: 0 });
  });

  it('are completed by a draw, the same for the same seed, and stay exactly what was given', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(partial, { minLength: 1, maxLength: 12 }), fc.nat(1000), async (given, seed) => {
        const searches = await Promise.all(
          [1, 3].map(async (at) => {
            const search = study({ seed });
            search.setNumParallelGenerators(at);
            await search.enqueue(given);
            const asked: Trial<Params>[] = [];
            while (asked.length < given.length)
              asked.push(...(await search.ask(Math.min(at, given.length - asked.length))));
            return asked.map(({ params }) => params);
          }),
        );
        const [one, another] = searches as [Params[], Params[]];
        expect(another).toEqual(one);
        one.forEach((params, i) => {
          expect(params).toEqual({ ...params, ...given[i] });
          expect(new SearchSpace(space).encode(params)).toHaveLength(4); // it throws for what is not in the space
        });
      }),
      { seed: 3, numRuns: 25 },
    );
  });

  it('are completed differently each time', async () => {
    const search = study();
    await search.enqueue(Array.from({ length: 8 }, () => some));
    const trials = await search.ask(8);
    expect(new Set(trials.map(({ params }) => params.x)).size).toBe(8);
  });

  it('are completed by what classifiers accept, where they accept what was given', async () => {
    const search = study({ totalBudget: 200, numBatches: 20, local: false });
    for (let i = 0; i < 4; i++) for (const { id, params } of await search.ask(10)) await search.tell(id, loss(params));
    expect(search.classifiers.length).toBeGreaterThan(2); // one draw in ten from the whole space passes all of them
    await search.enqueue(Array.from({ length: 10 }, () => ({ act: 'tanh' as const })));
    const trials = await search.ask(10);
    expect(enqueued(trials)).toHaveLength(10);
    expect(trials.map(({ rejections }) => rejections)).toEqual(new Array(10).fill(0));
    for (const { params } of trials) expect(search.accepts(params)).toBe(true);
  });

  it('say how many classifiers reject them', async () => {
    const search = study({ local: false });
    for (const { id, params } of await search.ask(50)) await search.tell(id, loss(params));
    expect(search.classifiers.length).toBeGreaterThan(0);
    await search.enqueue([best, { ...other, y: 100 }]);
    const [good, bad] = (await search.ask(2)) as [Trial<Params>, Trial<Params>];
    expect(good.rejections === 0).toBe(search.accepts(best));
    expect(bad.rejections).toBeGreaterThan(0);
  });

  it('are learned from like any other trial, in the local phase too', async () => {
    const search = study();
    for (let i = 0; i < 3; i++) for (const { id, params } of await search.ask(10)) await search.tell(id, loss(params));
    expect(search.bestTrial?.value).toBeGreaterThan(0.01);
    await search.enqueue(best);
    await search.fit(loss);
    const near = search.trials.filter(({ id, params }) => id > 35 && params.layers === 3 && params.act === 'tanh');
    expect(near.length).toBeGreaterThan(10);
    expect(search.trials.slice(31).some(({ params }) => Math.abs(params.x - 2) < 0.5 && params.x !== 2)).toBe(true);
  });

  it('leave a search without any as it was', async () => {
    const [plain, empty] = [study(), study()];
    expect(await empty.enqueue([])).toBe(0);
    for (const search of [plain, empty]) await search.fit(loss);
    expect(await findings(empty)).toEqual(await findings(plain));
    expect(plain.trials.some((trial) => 'fixedParams' in trial)).toBe(false);
  });

  it('may be as many as the budget, and need no other', async () => {
    const search = study();
    await search.enqueue(Array.from({ length: 60 }, (_, i) => ({ ...best, x: i / 10 })));
    await search.fit(loss);
    expect(search.trials.map(({ params }) => params.x)).toEqual(Array.from({ length: 60 }, (_, i) => i / 10));
    expect(search.history.stopReason).toBe('budget');
  });

  it('are nobody else’s', async () => {
    const wide = { w: multi(uniform(0, 1), 2), c: custom({ decode: (u) => ({ u }), encode: ({ u }) => u }) };
    const search = new SHAC(wide, { totalBudget: 10, numBatches: 2 });
    const given = { w: [0.25, 0.5], c: { u: 0.125 } };
    await search.enqueue(given);
    given.w[0] = 9;
    given.c.u = 9;
    const [asked] = await search.ask(1);
    expect(asked?.params).toEqual({ w: [0.25, 0.5], c: { u: 0.125 } });
    expect(Object.isFrozen(search.trials[0]?.fixedParams)).toBe(true);
  });
});

describe('params that are enqueued later', () => {
  it('are the next trial of ask, before candidates that were drawn already', async () => {
    const search = study();
    const first = await search.ask(3); // of a batch of 10
    await search.enqueue([best, some]);
    const next = await search.ask(9);
    expect([...first, ...next].map(({ id }) => id)).toEqual(Array.from({ length: 12 }, (_, id) => id));
    expect(next[0]?.params).toEqual(best);
    expect(next[1]?.params).toMatchObject(some);
    expect(enqueued(search.trials).map(([id]) => id)).toEqual([3, 4]);
    for (const { id, params } of [...first, ...next]) await search.tell(id, loss(params));
    await search.fit(loss);
    expect(search.trials).toHaveLength(60);
    expect(search.trials.every(({ state }) => state === 'COMPLETE')).toBe(true);
  });

  it('come behind those that were enqueued before', async () => {
    const search = study();
    await search.enqueue([{ x: 0 }, { x: 1 }]);
    await search.ask(1);
    await search.enqueue([{ x: 2 }]);
    const next = await search.ask(3);
    expect(next.map(({ params }) => params.x).slice(0, 2)).toEqual([1, 2]);
    expect(enqueued(search.trials).map(([id]) => id)).toEqual([0, 1, 2]);
  });

  it.each(['sync', 'async'] as const)('while a %s run is under way are the next that it draws', async (batches) => {
    const search = study();
    search.setNumParallelEvaluators(2);
    let added: Promise<number> | undefined;
    await search.fit(
      async (params, { trialId }) => {
        if (trialId === 12) added = search.enqueue([best, other]);
        await new Promise((resolve) => setTimeout(resolve, 1));
        return loss(params);
      },
      { batches },
    );
    expect(await added).toBe(2);
    const ids = enqueued(search.trials).map(([id]) => id as number);
    expect(ids).toEqual([ids[0], (ids[0] as number) + 1]);
    if (batches === 'sync') expect(ids[0]).toBe(20);
    else expect(ids[0]).toBeLessThan(20);
    expect(search.trials).toHaveLength(60);
  });

  it('while the last batch is drawn still have their places', async () => {
    const search = study({ totalBudget: 10, numBatches: 1 });
    const asking = search.ask(10);
    const adding = search.enqueue([best]);
    expect(await asking).toHaveLength(10);
    await expect(adding).rejects.toMatchObject({ code: 'ERR_INVALID_BUDGET' }); // all are handed out by then

    const running = study({ totalBudget: 10, numBatches: 1 });
    const calls: Promise<number>[] = [];
    const onProgress = () => {
      if (calls.length === 0) calls.push(running.enqueue([best]));
    };
    await running.fit(loss, { callbacks: [{ onProgress }] });
    expect(await calls[0]).toBe(1);
    expect(running.trials.map(({ params }) => params)).toContainEqual(best);
    expect(running.trials).toHaveLength(10);
  });

  it('need not be awaited before fit', async () => {
    const search = study();
    const adding = search.enqueue(best);
    await search.fit(loss);
    expect(await adding).toBe(1);
    expect(search.trials[0]?.params).toEqual(best);
  });
});

describe('a data set', () => {
  const rows = Array.from({ length: 20 }, (_, i) => ({ params: { ...best, x: i / 4 }, value: i }));

  it('comes before what is enqueued, which is evaluated next', async () => {
    const search = study();
    await search.enqueue([best, some]);
    await search.fitDataset(rows);
    expect(enqueued(search.trials)).toEqual([]);
    await search.fit(loss);
    expect(enqueued(search.trials)).toEqual([
      [20, best],
      [21, some],
    ]);
  });

  it('has no more rows than what is enqueued leaves', async () => {
    const search = study({ totalBudget: 20, numBatches: 2 });
    await search.enqueue(best);
    await expect(search.fitDataset(rows)).rejects.toMatchObject({
      code: 'ERR_DATASET_MISMATCH',
      message: expect.stringMatching(/20 rows, and totalBudget 20 has room for 19 beside the 1 params/),
    });
  });

  it('is not added to meanwhile', async () => {
    const search = study();
    const onEpochBegin = () => search.enqueue(best).then(() => {});
    await expect(search.fitDataset(rows, { callbacks: [{ onEpochBegin }] })).rejects.toMatchObject({
      code: 'ERR_STUDY_BUSY',
    });
  });
});

describe('skipIfExists', () => {
  it('leaves out what a trial has, or was enqueued with, and what waits', async () => {
    const search = study();
    const [drawn] = await search.ask(1);
    expect(await search.enqueue([best, some], { skipIfExists: true })).toBe(2);
    const again = [drawn?.params ?? {}, best, some, { ...best, x: 2.5 }, { ...best, x: 2.5 }];
    expect(await search.enqueue(again, { skipIfExists: true })).toBe(1);
    await search.ask(4);
    expect(await search.enqueue(again, { skipIfExists: true })).toBe(0);
    expect(await search.enqueue(search.trials[2]?.params ?? {}, { skipIfExists: true })).toBe(0); // as it was completed
    expect(await search.enqueue({ act: null }, { skipIfExists: true })).toBe(1); // what fits is not the same
    expect(await search.enqueue([best, best])).toBe(2);
  });

  it('does not need room for what it leaves out', async () => {
    const search = study({ totalBudget: 2, numBatches: 1 });
    await search.enqueue([best, other]);
    expect(await search.enqueue([best, other], { skipIfExists: true })).toBe(0);
    await search.fit(loss);
    expect(await search.enqueue([best, other], { skipIfExists: true })).toBe(0);
  });
});

describe('the option initial', () => {
  it('is enqueued when the study is made, and not when it goes on', async () => {
    const storage = memory();
    const initial = [best, some];
    const first = study({ storage, initial });
    for (const { id, params } of await first.ask(5)) await first.tell(id, loss(params));
    first.close();
    const second = study({ storage, initial });
    await second.fit(loss);
    expect(enqueued(second.trials)).toEqual([
      [0, best],
      [1, some],
    ]);
    const anew = study({ storage, initial, ifExists: 'new' });
    expect((await anew.ask(1))[0]?.params).toEqual(best);
  });

  it('is evaluated once, whichever of two searches begins the study', async () => {
    const storage = memory();
    const searches = [study({ storage, initial: [best] }), study({ storage, initial: [best] })];
    for (const search of searches) {
      for (const { id, params } of await search.ask(10)) await search.tell(id, loss(params));
    }
    expect(enqueued(searches[1]?.trials ?? [])).toEqual([[0, best]]);
  });

  it('is checked with the study', () => {
    const definition = { space, totalBudget: 1, numBatches: 1, evaluate: loss } as const;
    const bad = [{ ...best, x: 99 }];
    for (const make of [() => study({ initial: bad }), () => defineStudy({ ...definition, initial: bad })]) {
      expect(make).toThrow(
        expect.objectContaining({ code: 'ERR_INVALID_VALUE', message: expect.stringMatching(/initial\[0\].*"x": 99/) }),
      );
    }
    expect(() => study({ initial: best as never })).toThrow(/initial must be an array.*got \{"x":2/);
    expect(() => defineStudy({ ...definition, initial: [best, other] })).toThrow(/2 params .* room for 1/);
    expect(defineStudy({ ...definition, initial: [some] }).options.initial).toEqual([some]);
  });

  it('is there for managed engines', async () => {
    const search = new TensorflowSHAC(space, { totalBudget: 10, numBatches: 2, initial: [best] });
    await search.enqueue(some);
    const trials = await search.ask(2);
    expect(trials[0]?.params).toEqual(best);
    expect(trials[1]?.params).toMatchObject(some);
  });
});

it('what was enqueued is in a directory that is saved, done or not', async () => {
  const dir = temporaryDirectory();
  const first = study();
  await first.enqueue([best, some, other]);
  for (const { id, params } of await first.ask(1)) await first.tell(id, loss(params));
  await first.enqueue({ x: 4.5 });
  await first.saveData(dir);
  const again = study();
  await again.restoreData(dir);
  for (const search of [first, again]) await search.fit(loss);
  expect(outcome(again.trials)).toEqual(outcome(first.trials));
  expect(enqueued(again.trials)).toEqual([
    [0, best],
    [1, some],
    [2, other],
    [3, { x: 4.5 }],
  ]);
});

it('its types are those of the space', () => {
  const search = new SHAC({ n: integer(1, 3), s: discrete(['a', 'b']) }, { totalBudget: 10, numBatches: 2 });
  type Given = Parameters<typeof search.enqueue>[0];
  expectTypeOf<{ n: number }>().toExtend<Given>();
  expectTypeOf<{ s: 'a' }[]>().toExtend<Given>();
  expectTypeOf<{ s: 'c' }>().not.toExtend<Given>();
  expectTypeOf(search.trials[0]?.fixedParams).toEqualTypeOf<Partial<{ n: number; s: 'a' | 'b' }> | undefined>();
});
