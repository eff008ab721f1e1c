import { custom, multi, SHAC, type Store, uniform } from 'shac';
import { expect, it } from 'vitest';
import { opened } from './store-searches.js';
import { findings, loss, outcome, type Params, study } from './studies.js';

const best: Params = { x: 2, y: 1, layers: 3, act: 'tanh' };
const points = [best, { layers: 5, act: null }, { x: 4.5 }, {}] as const;

/** The part of the contract of stores that says what becomes of params that are enqueued. */
export function queueContract(open: () => Store): void {
  it('keeps what is enqueued for a search that goes on, at any trial', async () => {
    const whole = study();
    await whole.enqueue(points);
    await whole.fit(loss);
    const expected = await findings(whole);
    for (const asked of [0, 1, 3, 4, 7]) {
      const storage = open();
      const first = await opened({ storage });
      await first.enqueue(points.slice(0, 2));
      await first.enqueue(points.slice(2));
      if (asked > 0) for (const { id, params } of await first.ask(asked)) await first.tell(id, loss(params));
      await first.close();
      const second = await opened({ storage });
      await second.fit(loss);
      expect(await findings(second)).toEqual(expected);
      expect(second.trials.map(({ fixedParams }) => fixedParams).slice(0, 5)).toEqual([...points, undefined]);
      await second.close();
      expect((await opened({ storage })).trials).toEqual(second.trials);
      await storage.close();
    }
  });

  it('keeps enqueued params of every kind as they are', async () => {
    const wide = {
      u: uniform(-5, 10),
      w: multi(uniform(0, 1), 3),
      c: custom({ name: 'size', decode: (u) => ({ size: Math.floor(u * 4) }), encode: ({ size }) => (size + 0.5) / 4 }),
    };
    const options = { totalBudget: 12, numBatches: 3, seed: 7, storage: open() };
    const given = [{ u: 0.1 + 0.2, w: [0.1, 1 / 3, 1] }, { c: { size: 3 } }, { u: -5 }];
    const first = await SHAC.open(wide, options);
    await first.enqueue(given);
    await first.close();
    const second = await SHAC.open(wide, options);
    await second.ask(2);
    await second.close();
    const third = await SHAC.open(wide, options);
    await third.fit(({ u }) => u);
    expect(third.trials.flatMap(({ fixedParams = [] }) => fixedParams)).toEqual(given);
  });

  it('has it in the copy of a study, and not in another one of its name', async () => {
    const storage = open();
    const first = await opened({ storage, studyName: 'a' });
    await first.enqueue(points);
    await first.ask(1);
    await first.close();
    await storage.copyStudy('a', 'b');
    const copy = await opened({ storage, studyName: 'b' });
    await copy.fit(loss);
    await copy.close();
    await storage.deleteStudy('b');
    await storage.renameStudy('a', 'c');
    const original = await opened({ storage, studyName: 'c' });
    await original.fit(loss);
    expect(outcome(copy.trials)).toEqual(outcome(original.trials));
    for (const name of ['a', 'b']) {
      const [trial] = await (await opened({ storage, studyName: name })).ask(1);
      expect(trial).not.toHaveProperty('fixedParams');
    }
  });

  it('lets two searches add to it in turn', async () => {
    const storage = open();
    const [first, second] = [await opened({ storage }), await opened({ storage })];
    await first.enqueue({ x: 1 });
    await second.enqueue({ x: 2 });
    await first.enqueue({ x: 3 });
    await second.enqueue([{ x: 1 }, { x: 4 }], { skipIfExists: true });
    expect((await first.ask(4)).map(({ params }) => params.x)).toEqual([1, 2, 3, 4]);
    await first.close();
    await second.fit(loss);
    expect(second.trials.filter(({ fixedParams }) => fixedParams !== undefined).map(({ id }) => id)).toEqual([
      0, 1, 2, 3,
    ]);
  });
}
