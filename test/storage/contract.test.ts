/** What every storage promises; each promise is tried on all of them. */
import { join } from 'node:path';
import fc from 'fast-check';
import {
  custom,
  discrete,
  integer,
  memory,
  multi,
  normal,
  SHAC,
  type ShacOptions,
  type Storage,
  sqlite,
  uniform,
} from 'shac';
import { describe, expect, it } from 'vitest';
import { findings, loss, outcome, type Params, study, temporaryDirectory } from '../support/studies.js';

const STORAGES: Record<string, () => Storage> = {
  memory,
  'an SQLite file': () => sqlite(join(temporaryDirectory(), 'study.db')),
  'an SQLite file, each commit synchronised': () =>
    sqlite(join(temporaryDirectory(), 'study.db'), { synchronous: 'FULL' }),
};

/** Every kind of parameter, with values that a database could mix up. */
const everything = {
  u: uniform(-5, 10),
  lr: uniform(1e-8, 1, { log: true }),
  n: normal(-1, 3),
  i: integer(-3, 2 ** 40),
  l: integer(1, 1000, { log: true }),
  d: discrete(['1', 1, true, 'true', null, 'null', 0.1, '', -3]),
  w: multi(uniform(0, 1), 3),
  c: custom({ name: 'size', decode: (u) => ({ size: Math.floor(u * 4) }), encode: ({ size }) => (size + 0.5) / 4 }),
};
const wide = (options: Partial<ShacOptions> = {}) =>
  new SHAC(everything, {
    totalBudget: 40,
    numBatches: 4,
    objective: 'min',
    seed: 7,
    classifier: { rounds: 10 },
    ...options,
  });

/** Runs a search until trial `id` is begun, and stops it there. */
async function cutAt(shac: ReturnType<typeof study>, id: number): Promise<void> {
  const controller = new AbortController();
  const objective = (params: Params, { trialId }: { trialId: number }) => {
    if (trialId === id) controller.abort(new Error('cut'));
    return loss(params);
  };
  await expect(shac.fit(objective, { signal: controller.signal })).rejects.toThrow('cut');
}

describe.each(Object.entries(STORAGES))('%s', (_, open) => {
  it('goes on from any trial to what an uninterrupted search finds', async () => {
    const whole = study();
    await whole.fit(loss);
    const expected = await findings(whole);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 59 }), { minLength: 1, maxLength: 3 }), async (cuts) => {
        const storage = open();
        for (const id of cuts.sort((a, b) => a - b)) {
          const part = study({ storage });
          if (id > part.trials.filter(({ state }) => state === 'COMPLETE').length) await cutAt(part, id);
        }
        const last = study({ storage, seed: null }); // the seed is the stored one
        if (last.trials.length === 0) last.setSeed(42);
        await last.fit(loss);
        expect(await findings(last)).toEqual(expected);
        storage.close();
      }),
      { seed: 5, numRuns: 12 },
    );
  });

  it('keeps params of every kind as they are, values and failures', async () => {
    const storage = open();
    const first = wide({ storage });
    await first.fit(({ u }, { trialId }) => {
      if (trialId % 7 === 3) throw new TypeError(`no luck with ${trialId}`);
      return trialId === 5 ? Number.POSITIVE_INFINITY : u;
    });
    const again = wide({ storage });
    expect(again.trials).toEqual(first.trials);
    expect(again.bestTrial).toEqual(first.bestTrial);
    expect(again.trials[5]?.error?.message).toMatch(/finite.*Infinity/);
    expect(again.trials[3]?.error).toMatchObject({ name: 'TypeError', message: 'no luck with 3' });
    expect(await again.predict(2)).toEqual(await wide({ storage }).predict(2));
  });

  it('queues again what was asked and never told', async () => {
    const storage = open();
    const first = study({ storage });
    const asked = await first.ask(4);
    await first.tell(1, 5);
    const second = study({ storage });
    expect(second.trials.map(({ state }) => state)).toEqual(['WAITING', 'COMPLETE', 'WAITING', 'WAITING']);
    const ids = (await second.ask(3)).map(({ id }) => id);
    expect(ids).toEqual([0, 2, 3]);
    expect(outcome(second.trials.filter(({ id }) => id !== 1)).map(({ params }) => params)).toEqual(
      asked.filter(({ id }) => id !== 1).map(({ params }) => params),
    );
  });

  it('holds several studies, which are listed, copied, renamed and deleted', async () => {
    const storage = open();
    await study({ storage, studyName: 'b' }).fit(loss);
    await cutAt(study({ storage, studyName: 'a' }), 25);
    storage.copyStudy('a', 'c');
    storage.renameStudy('b', 'd');
    expect(storage.studies().map(({ name, finished }) => [name, finished])).toEqual([
      ['a', expect.any(Number)],
      ['c', expect.any(Number)],
      ['d', 60],
    ]);
    expect(storage.studies()[2]).toMatchObject({
      objective: 'min',
      totalBudget: 60,
      trials: { COMPLETE: 60, RUNNING: 0, WAITING: 0, FAIL: 0, PRUNED: 0 },
      best: study({ storage, studyName: 'd' }).bestTrial?.value,
      owner: undefined,
    });
    const copy = study({ storage, studyName: 'c' });
    await copy.fit(loss);
    const original = study({ storage, studyName: 'a' });
    expect(original.trials.some(({ state }) => state === 'WAITING')).toBe(true);
    await original.fit(loss);
    expect(await findings(copy)).toEqual(await findings(original));
    storage.deleteStudy('a');
    expect(storage.studies().map(({ name }) => name)).toEqual(['c', 'd']);
    expect(study({ storage, studyName: 'a' }).trials).toEqual([]);
  });

  it('says which names there are, and does not overwrite one', async () => {
    const storage = open();
    for (const studyName of ['one', 'two']) await study({ storage, studyName }).ask(1);
    const missing = { code: 'ERR_STUDY_NOT_FOUND', message: expect.stringContaining('"one", "two"') };
    expect(() => storage.copyStudy('three', 'four')).toThrow(expect.objectContaining(missing));
    expect(() => storage.renameStudy('three', 'four')).toThrow(expect.objectContaining(missing));
    expect(() => storage.deleteStudy('three')).toThrow(expect.objectContaining(missing));
    const taken = { code: 'ERR_STUDY_EXISTS', message: expect.stringContaining('"two"') };
    expect(() => storage.copyStudy('one', 'two')).toThrow(expect.objectContaining(taken));
    expect(() => storage.renameStudy('one', 'two')).toThrow(expect.objectContaining(taken));
  });

  it('is written by one search at a time', async () => {
    const storage = open();
    const first = study({ storage });
    const second = study({ storage });
    let tried: unknown;
    await first.fit(async (params, { trialId }) => {
      if (trialId === 12) tried = await second.fit(loss).catch((error: unknown) => error);
      if (trialId === 13)
        expect(() => storage.deleteStudy('shac')).toThrow(expect.objectContaining({ code: 'ERR_STUDY_LOCKED' }));
      return loss(params);
    });
    expect(tried).toMatchObject({ code: 'ERR_STUDY_LOCKED', message: expect.stringContaining('"shac"') });
    // Afterwards it is free, and what the first one left is what the second one has.
    await second.fit(() => {
      throw new Error('called');
    });
    expect(second.trials).toEqual(first.trials);
  });

  it('lets a search go on from what another has told since', async () => {
    const storage = open();
    const [first, second] = [study({ storage }), study({ storage })];
    for (let round = 0; round < 3; round++) {
      for (const shac of [first, second]) {
        for (const { id, params } of await shac.ask(10)) await shac.tell(id, loss(params));
      }
    }
    const whole = study();
    await whole.fit(loss);
    expect(outcome(second.trials)).toEqual(outcome(whole.trials));
    await expect(first.tell(59, 1)).rejects.toMatchObject({ code: 'ERR_TRIAL_FINISHED' });
  });

  it('refuses a search whose turn was taken, and keeps what the other one writes', async () => {
    const storage = open();
    const first = study({ storage });
    const [trial] = await first.ask(1);
    await study({ storage }).fit(loss);
    await expect(first.tell(trial?.id ?? -1, 1)).rejects.toMatchObject({ code: 'ERR_TRIAL_FINISHED' });
    expect(study({ storage }).trials[0]?.value).toBe(loss(trial?.params as Params));
  });

  it('takes a study that is restored from a directory', async () => {
    const dir = temporaryDirectory();
    const source = study();
    await source.fit(loss);
    await source.saveData(dir);
    const storage = open();
    const target = study({ storage });
    await target.ask(3);
    await target.restoreData(dir);
    expect(outcome(study({ storage }).trials)).toEqual(outcome(source.trials));
    expect(await findings(study({ storage }))).toEqual(await findings(source));
  });

  it.each([
    [{ totalBudget: 120 }, /budget.*60.*120/],
    [{ objective: 'max' }, /objective.*min.*max/],
    [{ classifier: { rounds: 21 } }, /classifier.*20.*21/],
  ] as const)('refuses a study that does not match: %j', async (options, message) => {
    const storage = open();
    await study({ storage }).ask(1);
    expect(() => study({ storage, ...options })).toThrow(
      expect.objectContaining({ code: 'ERR_RESTORE_MISMATCH', message: expect.stringMatching(message) }),
    );
  });

  it('refuses another space, and shows what differs', async () => {
    const storage = open();
    await wide({ storage }).ask(1);
    const options = { totalBudget: 40, numBatches: 4, objective: 'min', classifier: { rounds: 10 }, storage } as const;
    const { u: _, ...rest } = everything;
    for (const [space, message] of [
      [{ ...everything, u: uniform(-5, 11) }, /stored: \{"u":.*"max":10.*given: \{"u":.*"max":11/],
      [rest, /stored: \{"u":.*given: \{\}/],
      [{ ...rest, u: everything.u }, /stored: the order u, lr.*given: the order lr,/],
    ] as const) {
      expect(() => new SHAC(space as typeof everything, options)).toThrow(
        expect.objectContaining({ code: 'ERR_RESTORE_MISMATCH', message: expect.stringMatching(message) }),
      );
    }
  });
});

describe.each(['sync', 'async'] as const)('a search in %s batches', (batches) => {
  it('is found in its file at any moment as it is in memory', async () => {
    const file = join(temporaryDirectory(), 'study.db');
    const shac = study({ storage: file });
    shac.setNumParallelEvaluators(3);
    let checks = 0;
    const onTrialEnd = ({ id }: { id: number }) => {
      if (id % 7 !== 0) return;
      const other = study({ storage: file });
      const finished = shac.trials.filter(({ state }) => state === 'COMPLETE');
      expect(other.trials.filter(({ state }) => state === 'COMPLETE')).toEqual(finished);
      expect(other.classifiers).toEqual(shac.classifiers);
      other.close();
      checks++;
    };
    await shac.fit(loss, { batches, callbacks: [{ onTrialEnd }] });
    expect(checks).toBe(9);
    expect(study({ storage: file }).trials).toEqual(shac.trials);
  });
});
