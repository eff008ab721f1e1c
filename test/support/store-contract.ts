import fc from 'fast-check';
import {
  custom,
  discrete,
  integer,
  multi,
  normal,
  SHAC,
  type ShacOptions,
  type Store,
  type StudyKey,
  type StudyView,
  uniform,
} from 'shac';
import { describe, expect, it } from 'vitest';
import { listeningStore } from './listening-store.js';
import { holdingContract } from './store-holding.js';
import { queueContract } from './store-queue.js';
import { opened, thrownBy } from './store-searches.js';
import { findings, loss, outcome, type Params, type space, study, temporaryDirectory } from './studies.js';

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
  SHAC.open(everything, {
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

/**
 * What every store promises, tried through searches that use it.
 *
 * @param open Makes an empty one.
 */
export function storeContract(name: string, open: () => Store): void {
  describe(name, () => {
    it('goes on from any trial to what an uninterrupted search finds', async () => {
      const whole = study();
      await whole.fit(loss);
      const expected = await findings(whole);
      await fc.assert(
        fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 59 }), { minLength: 1, maxLength: 3 }), async (cuts) => {
          const storage = open();
          for (const id of cuts.sort((a, b) => a - b)) {
            const part = await opened({ storage });
            if (id > part.trials.filter(({ state }) => state === 'COMPLETE').length) await cutAt(part, id);
          }
          const last = await opened({ storage, seed: null }); // the seed is the stored one
          if (last.trials.length === 0) last.setSeed(42);
          await last.fit(loss);
          expect(await findings(last)).toEqual(expected);
          await storage.close();
        }),
        { seed: 5, numRuns: 12 },
      );
    });

    it('keeps params of every kind as they are, values and failures', async () => {
      const storage = open();
      const first = await wide({ storage });
      await first.fit(({ u }, { trialId }) => {
        if (trialId % 7 === 3) throw new TypeError(`no luck with ${trialId}`);
        return trialId === 5 ? Number.POSITIVE_INFINITY : u;
      });
      const again = await wide({ storage });
      expect(again.trials).toEqual(first.trials);
      expect(again.bestTrial).toEqual(first.bestTrial);
      expect(again.trials[5]?.error?.message).toMatch(/finite.*Infinity/);
      expect(again.trials[3]?.error).toMatchObject({ name: 'TypeError', message: 'no luck with 3' });
      expect(await again.predict(2)).toEqual(await (await wide({ storage })).predict(2));
    });

    it('keeps what evaluations printed, whatever characters it has', async () => {
      const storage = open();
      const printed = ['', 'a\0b', '\0', '\u{1f600}\r\n'];
      const first = await wide({ storage });
      const createDispatcher = () => ({
        prepare: async () => {},
        submit: async ({ trialId }: { trialId: number }) => ({
          ...{ type: 'told' as const, values: [trialId] },
          stderr: printed[trialId % printed.length] as string,
        }),
        close: async () => {},
      });
      await first.fit({ createDispatcher });
      const again = await wide({ storage });
      expect(again.trials.slice(0, 4).map(({ stderr }) => stderr)).toEqual(printed);
      expect(again.trials).toEqual(first.trials);
    });

    it('queues again what was asked and never told', async () => {
      const storage = open();
      const first = await opened({ storage });
      const asked = await first.ask(4);
      await first.tell(1, 5);
      await first.close();
      const second = await opened({ storage });
      expect(second.trials.map(({ state }) => state)).toEqual(['WAITING', 'COMPLETE', 'WAITING', 'WAITING']);
      const ids = (await second.ask(3)).map(({ id }) => id);
      expect(ids).toEqual([0, 2, 3]);
      expect(outcome(second.trials.filter(({ id }) => id !== 1)).map(({ params }) => params)).toEqual(
        asked.filter(({ id }) => id !== 1).map(({ params }) => params),
      );
    });

    it('holds several studies, which are listed, copied, renamed and deleted', async () => {
      const storage = open();
      await (await opened({ storage, studyName: 'b' })).fit(loss);
      await cutAt(await opened({ storage, studyName: 'a' }), 25);
      await storage.copyStudy('a', 'c');
      await storage.renameStudy('b', 'd');
      expect((await storage.studies()).map(({ name, finished }) => [name, finished])).toEqual([
        ['a', expect.any(Number)],
        ['c', expect.any(Number)],
        ['d', 60],
      ]);
      expect((await storage.studies())[2]).toMatchObject({
        objective: 'min',
        totalBudget: 60,
        trials: { COMPLETE: 60, RUNNING: 0, WAITING: 0, FAIL: 0, PRUNED: 0 },
        best: (await opened({ storage, studyName: 'd' })).bestTrial?.value,
        owner: undefined,
      });
      const copy = await opened({ storage, studyName: 'c' });
      await copy.fit(loss);
      const original = await opened({ storage, studyName: 'a' });
      expect(original.trials.some(({ state }) => state === 'WAITING')).toBe(true);
      await original.fit(loss);
      expect(await findings(copy)).toEqual(await findings(original));
      await storage.deleteStudy('a');
      expect((await storage.studies()).map(({ name }) => name)).toEqual(['c', 'd']);
      expect((await opened({ storage, studyName: 'a' })).trials).toEqual([]);
    });

    it('says which names there are, and does not overwrite one', async () => {
      const storage = open();
      for (const studyName of ['one', 'two']) await (await opened({ storage, studyName })).ask(1);
      const missing = { code: 'ERR_STUDY_NOT_FOUND', message: expect.stringContaining('"one", "two"') };
      expect(await thrownBy(() => storage.copyStudy('three', 'four'))).toMatchObject(missing);
      expect(await thrownBy(() => storage.renameStudy('three', 'four'))).toMatchObject(missing);
      expect(await thrownBy(() => storage.deleteStudy('three'))).toMatchObject(missing);
      const taken = { code: 'ERR_STUDY_EXISTS', message: expect.stringContaining('"two"') };
      expect(await thrownBy(() => storage.copyStudy('one', 'two'))).toMatchObject(taken);
      expect(await thrownBy(() => storage.renameStudy('one', 'two'))).toMatchObject(taken);
    });

    holdingContract(open);

    queueContract(open);

    it('takes a study that is restored from a directory', async () => {
      const dir = temporaryDirectory();
      const source = study();
      await source.fit(loss);
      await source.saveData(dir);
      const storage = open();
      const target = await opened({ storage });
      await target.ask(3);
      await target.restoreData(dir);
      expect(outcome((await opened({ storage })).trials)).toEqual(outcome(source.trials));
      expect(await findings(await opened({ storage }))).toEqual(await findings(source));
    });

    it.each([
      [{ totalBudget: 30 }, /60.*30/],
      [{ totalBudget: 120, numBatches: 24 }, /(batches of 10|60).*24/],
      [{ objective: 'max' }, /objective.*min.*max/],
      [{ classifier: { rounds: 21 } }, /classifier.*20.*21/],
    ] as const)('refuses a study that does not match: %j', async (options, message) => {
      const storage = open();
      await (await opened({ storage })).ask(1);
      expect(await thrownBy(() => opened({ storage, ...options }))).toMatchObject({
        code: 'ERR_RESTORE_MISMATCH',
        message: expect.stringMatching(message),
      });
    });

    it('lets a study grow, by its first write', async () => {
      const storage = open();
      const first = await opened({ storage });
      await first.fit(loss);
      const before = outcome(first.trials);
      const grown = await opened({ storage, totalBudget: 90, numBatches: 9 });
      expect(await storage.studies()).toMatchObject([{ totalBudget: 60 }]);
      await cutAt(grown, 75);
      expect(await storage.studies()).toMatchObject([{ totalBudget: 90, batchSize: 10 }]);
      const again = await opened({ storage, totalBudget: 90 });
      await again.fit(loss);
      expect(outcome(again.trials).slice(0, 60)).toEqual(before);
      expect(again.trials).toHaveLength(90);
      expect(await thrownBy(() => opened({ storage }))).toMatchObject({ code: 'ERR_RESTORE_MISMATCH' });
      await storage.close();
    });

    it('refuses another space, and shows what differs', async () => {
      const storage = open();
      await (await wide({ storage })).ask(1);
      const options = {
        totalBudget: 40,
        numBatches: 4,
        objective: 'min',
        classifier: { rounds: 10 },
        storage,
      } as const;
      const { u: _, ...rest } = everything;
      for (const [space, message] of [
        [{ ...everything, u: uniform(-5, 11) }, /stored: \{"u":.*"max":10.*given: \{"u":.*"max":11/],
        [rest, /stored: \{"u":.*given: \{\}/],
        [{ ...rest, u: everything.u }, /stored: the order u, lr.*given: the order lr,/],
      ] as const) {
        expect(await thrownBy(() => SHAC.open(space as typeof everything, options))).toMatchObject({
          code: 'ERR_RESTORE_MISMATCH',
          message: expect.stringMatching(message),
        });
      }
    });

    it('takes events from the one search that has acquired it, each append whole and at its revision', async () => {
      const storage = open();
      const { key, study: view } = await keyAndStudy();
      const log = await storage.openStudy(key);
      expect(await log.read(0)).toBeUndefined();
      expect(await log.acquire()).toBe(0);
      const first = await log.append([{ type: 'created', seed: 3 }], 0, view);
      expect(first).toBeGreaterThan(0);
      expect(
        await thrownBy(() => log.append([{ type: 'seeded', seed: 4, predictions: 0 }], first + 1, view)),
      ).toMatchObject({ code: 'ERR_STUDY_LOCKED' });
      const second = await log.append([{ type: 'seeded', seed: 3, predictions: 1 }], first, view);
      expect(second).toBeGreaterThan(first);
      const other = await storage.openStudy(key);
      expect(await thrownBy(() => other.acquire())).toMatchObject({ code: 'ERR_STUDY_LOCKED' });
      expect(await other.read(0)).toMatchObject({ revision: second, after: 0 });
      await log.release(false);
      expect(await other.acquire()).toBe(second);
      await other.close();
      await log.close();
      expect((await opened({ storage, seed: null })).seed).toBe(3);
    });
  });
}

/** What a search asks of a store, and the study that it has then. */
async function keyAndStudy(): Promise<{ key: StudyKey<typeof space>; study: StudyView<typeof space> }> {
  const heard = listeningStore();
  await study({ storage: heard.storage, seed: 3 }).ask(1);
  return { key: heard.key as never, study: heard.study as never };
}
