import { join } from 'node:path';
import fc from 'fast-check';
import { memory, SHAC, type ShacOptions, type Store, sqlite, uniform } from 'shac';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../support/database.js';
import { promising } from '../support/promising-store.js';
import { findings, loss, outcome, space, study, studyOptions, temporaryDirectory } from '../support/studies.js';

const stores: [string, () => Store][] = [
  ['memory', memory],
  ['an SQLite file', () => sqlite(join(temporaryDirectory(), 'study.db'))],
];
const open = (options: Partial<ShacOptions>) => SHAC.open(space, studyOptions(options));

/** Runs a search until trial `id` is begun, and stops it there. */
async function cutAt(shac: SHAC<typeof space>, id: number): Promise<void> {
  const controller = new AbortController();
  const stopped = shac.fit(
    (params, { trialId }) => {
      if (trialId === id) controller.abort(new Error('cut'));
      return loss(params);
    },
    { signal: controller.signal },
  );
  await expect(stopped).rejects.toThrow('cut');
}

describe.each(stores)('a study in %s', (_, store) => {
  it.each([
    ['the same numBatches', 6],
    ['the numBatches that keep the batches', 12],
  ])('goes on after its end, given %s', async (_, numBatches) => {
    const storage = store();
    const first = study({ storage });
    await first.fit(loss);
    const before = outcome(first.trials);
    const grown = study({ storage, totalBudget: 120, numBatches });
    expect(grown.budget).toMatchObject({ totalBudget: 120, numBatches: 12, batchSize: 10 });
    const history = await grown.fit(loss);
    expect(history.stopReason).toBe('budget');
    expect(grown.trials).toHaveLength(120);
    expect(outcome(grown.trials.slice(0, 60))).toEqual(before);
    expect(grown.trials.map(({ stage }) => stage)).toEqual(grown.trials.map(({ id }) => Math.floor(id / 10)));
    expect((await storage.studies())[0]).toMatchObject({ totalBudget: 120, finished: 120, batchSize: 10 });
    // Whoever has the same options again means the same study.
    const again = study({ storage, totalBudget: 120, numBatches });
    expect(again.budget).toEqual(grown.budget);
    expect((await again.fit(loss)).stopReason).toBe('nothing-to-do');
  });

  it('is refused with less than it has, and loses nothing', async () => {
    const storage = store();
    await study({ storage }).fit(loss);
    await study({ storage, totalBudget: 120 }).fit(loss);
    expect(() => study({ storage })).toThrow(
      expect.objectContaining({
        code: 'ERR_RESTORE_MISMATCH',
        message: expect.stringMatching(/has 120 trials in batches of 10.*60 is too few; give totalBudget 120/),
      }),
    );
    expect(study({ storage, totalBudget: 120, numBatches: 12 }).trials).toHaveLength(120);
  });

  it('says which budgets and batches would do', async () => {
    const storage = store();
    await cutAt(study({ storage }), 15);
    const refused = (totalBudget: number, numBatches: number) => () => study({ storage, totalBudget, numBatches });
    expect(refused(125, 25)).toThrow(/batches of 10.*125 is no multiple of 10; totalBudget 120 or 130 is/);
    expect(refused(62, 31)).toThrow(/totalBudget 60 or 70 is/);
    expect(refused(120, 20)).toThrow(/give numBatches 12, or leave the 6 of before/);
    expect(refused(60, 10)).toThrow(/budget.*is not that of this study/);
    expect(() => study({ storage, totalBudget: 120, elite: 1 })).toThrow(/option elite.*is not that of this study/);
    const other = { ...space, x: uniform(0, 1) };
    expect(() => new SHAC(other, studyOptions({ storage, totalBudget: 120 }))).toThrow(/the search space in/);
    expect((await storage.studies())[0]).toMatchObject({ totalBudget: 60 });
  });

  it('grows by its first write, and is what it was until then', async () => {
    const storage = store();
    await study({ storage }).fit(loss);
    const grown = study({ storage, totalBudget: 120 });
    expect(study({ storage }).trials).toHaveLength(60);
    await grown.ask(1);
    await grown.close();
    expect(() => study({ storage })).toThrow(/60 is too few/);
  });

  it('grows again and again, by the options that were given last', async () => {
    const storage = store();
    for (const [totalBudget, numBatches] of [
      [60, 6],
      [80, 8],
      [120, 8],
      [120, 8],
      [180, 12],
      [180, 12],
      [180, 6],
      [240, 12],
    ] as const) {
      const shac = study({ storage, totalBudget, numBatches });
      await shac.fit(loss);
      expect(shac.trials).toHaveLength(totalBudget);
    }
  });

  it.each(['default', 'paper'] as const)('goes on deterministically, wherever it was stopped (%s)', async (preset) => {
    const grow = async (from: number | undefined, cuts: readonly number[]) => {
      const storage = store();
      const begun = await open({ storage, preset });
      if (from === undefined) await begun.fit(loss);
      else await cutAt(begun, from);
      for (const id of cuts) await cutAt(await open({ storage, preset, totalBudget: 120, numBatches: 12 }), id);
      const last = await open({ storage, preset, totalBudget: 120 });
      last.setNumParallelEvaluators(cuts.length + 1);
      await last.fit(loss);
      return findings(last);
    };
    const whole = await grow(undefined, []);
    expect(await grow(undefined, [75, 101])).toEqual(whole);
    const early = await grow(25, []);
    expect(early.trials.slice(0, 20)).toEqual(whole.trials.slice(0, 20));
    expect(await grow(25, [59, 60])).toEqual(early);
  });

  it('of preset paper keeps its stages, and draws what follows from the classifiers that there are', async () => {
    const storage = store();
    const paper = { storage, preset: 'paper' } as const;
    const first = study(paper);
    await first.fit(loss);
    const { pointsPerClassifier, totalClassifiers } = first.budget;
    const grown = study({ ...paper, totalBudget: 120 });
    expect(grown.budget).toMatchObject({ pointsPerClassifier, totalClassifiers, numBatches: 12 });
    await grown.fit(loss);
    expect(grown.classifiers).toEqual(first.classifiers);
    expect(grown.trials.slice(60).every(({ params }) => grown.accepts(params))).toBe(true);
  });

  it('of the default preset learns from more than before', async () => {
    const storage = store();
    const first = study({ storage });
    await first.fit(loss);
    const grown = study({ storage, totalBudget: 600 });
    await grown.fit(loss);
    expect(grown.classifiers.length).toBeGreaterThan(first.classifiers.length);
    expect(grown.classifiers.slice(0, first.classifiers.length)).toEqual(first.classifiers);
    expect(grown.bestTrial?.value).toBeLessThan(first.bestTrial?.value as number);
  });
});

it('grows in a store that answers by promises', async () => {
  const storage = promising(memory());
  await (await open({ storage })).fit(loss);
  const grown = await open({ storage, totalBudget: 120 });
  await grown.fit(loss);
  expect(grown.trials).toHaveLength(120);
  await expect(open({ storage })).rejects.toThrow(/60 is too few/);
});

it('has grown in a file if and only if the first thing that follows is there', async () => {
  const file = join(temporaryDirectory(), 'study.db');
  const storage = sqlite(file);
  await study({ storage }).fit(loss);
  const database = openDatabase(file);
  database.exec("CREATE TRIGGER refusal BEFORE INSERT ON shac_candidates BEGIN SELECT RAISE(ABORT, 'refused'); END");
  const grown = study({ storage, totalBudget: 120 });
  await expect(grown.ask(1)).rejects.toThrow(/refused/);
  expect(storage.studies()).toMatchObject([{ totalBudget: 60, finished: 60 }]);
  expect(study({ storage }).trials).toHaveLength(60);
  database.exec('DROP TRIGGER refusal');
  database.close();
  await grown.ask(1);
  expect(storage.studies()).toMatchObject([{ totalBudget: 120, finished: 60 }]);
});

it('is told by the first write of another search that it has grown meanwhile', async () => {
  const storage = memory();
  const [one, other] = [study({ storage }), study({ storage })];
  await one.fit(loss);
  await study({ storage, totalBudget: 120 }).fit(loss);
  await expect(other.fit(loss)).rejects.toMatchObject({ code: 'ERR_RESTORE_MISMATCH' });
});

describe('a directory', () => {
  it.each(['default', 'paper'] as const)('is restored by a search that goes on after its end (%s)', async (preset) => {
    const dir = temporaryDirectory();
    const first = study({ preset });
    await first.fit(loss);
    await first.saveData(dir);
    const storage = memory();
    await study({ preset, storage }).fit(loss);
    const stored = study({ preset, storage, totalBudget: 120 });
    await stored.fit(loss);

    const grown = study({ preset, totalBudget: 120 });
    await grown.restoreData(dir);
    await grown.fit(loss);
    expect(await findings(grown)).toEqual(await findings(stored));
    await grown.saveData(dir);
    const again = study({ preset, totalBudget: 120 });
    await again.restoreData(dir);
    expect(outcome(again.trials)).toEqual(outcome(grown.trials));
    await expect(study({ preset }).restoreData(dir)).rejects.toThrow(/60 is too few/);
    expect(again.budget).toEqual(grown.budget);
  });

  it('is restored into a storage whose study has the same batches', async () => {
    const dir = temporaryDirectory();
    const first = study();
    await first.fit(loss);
    await first.saveData(dir);
    const storage = memory();
    const other = study({ storage, totalBudget: 120 });
    await expect(other.restoreData(dir)).rejects.toThrow(/give numBatches 12/);
    expect(other.trials).toEqual([]);
    const same = study({ storage: memory(), totalBudget: 120, numBatches: 12 });
    await same.restoreData(dir);
    await same.fit(loss);
    expect(same.trials).toHaveLength(120);
  });
});

it('any budget that the batches divide goes on', async () => {
  const sizes = fc.record({
    w: fc.integer({ min: 1, max: 6 }),
    begun: fc.integer({ min: 1, max: 6 }),
    more: fc.integer({ min: 1, max: 8 }),
    preset: fc.constantFrom('default' as const, 'paper' as const),
    keeps: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(sizes, async ({ w, begun, more, preset, keeps }) => {
      const storage = memory();
      const first = study({ storage, preset, totalBudget: w * begun, numBatches: begun });
      await first.fit(loss);
      const totalBudget = w * (begun + more);
      const numBatches = keeps && totalBudget % begun === 0 ? begun : begun + more;
      const grown = study({ storage, preset, totalBudget, numBatches });
      await grown.fit(loss);
      expect(grown.trials).toHaveLength(totalBudget);
      expect(outcome(grown.trials.slice(0, w * begun))).toEqual(outcome(first.trials));
      expect(grown.budget).toMatchObject({ totalBudget, batchSize: w, numBatches: begun + more });
    }),
    { seed: 3, numRuns: 25 },
  );
});
