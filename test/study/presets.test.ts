/** What a preset decides: each option with any preset, kept with the study. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineStudy, memory, type PresetOptions, SHAC, type ShacOptions } from 'shac';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../support/database.js';
import { findings, loss, noise, outcome, paperStudy, space, study, temporaryDirectory } from '../support/studies.js';

type Study = ReturnType<typeof study>;

const studyJson = (dir: string) => JSON.parse(readFileSync(join(dir, 'study.json'), 'utf8')) as Record<string, unknown>;

/** The options as they are saved with the study. */
async function kept(options: Partial<ShacOptions>): Promise<Record<string, unknown>> {
  const dir = temporaryDirectory();
  await new SHAC(space, { totalBudget: 60, numBatches: 6, ...options }).saveData(dir);
  const { preset, classifier, data, elite, recency, local } = studyJson(dir);
  return { preset, classifier, data, elite, recency, local };
}

const DEFAULT = {
  preset: 'default',
  classifier: { rounds: 50, maxDepth: 3, eta: 0.3, lambda: 0.1, minChildWeight: 0.3, subsample: 1 },
  data: 'all',
  elite: 3,
  recency: 1,
  local: { fraction: 0.7 },
};
const PAPER = {
  preset: 'paper',
  classifier: { rounds: 200, maxDepth: 3, eta: 0.1, lambda: 1, minChildWeight: 1, subsample: 1 },
  data: 'stage',
  elite: 0,
  recency: 1,
  local: false as const,
};

/** Of each option, values other than those of `study` in test/support. */
const CHANGES: PresetOptions[] = [
  { preset: 'paper' },
  { classifier: { rounds: 21 } },
  { data: 'stage' },
  { elite: 0 },
  { elite: 7 },
  { recency: 0.8 },
  { local: false },
  { local: { fraction: 0.4 } },
];

describe('a preset', () => {
  it('is the default one unless another is asked for', async () => {
    expect(await kept({})).toEqual(DEFAULT);
    expect(await kept({ preset: 'default' })).toEqual(DEFAULT);
    expect(await kept({ preset: 'paper' })).toEqual(PAPER);
  });

  it('gives what the options leave open', async () => {
    for (const preset of [DEFAULT, PAPER]) {
      const { classifier } = preset;
      const base = { preset: preset.preset as 'default' | 'paper' };
      const rounds = { classifier: { rounds: 7 } };
      expect(await kept({ ...base, ...rounds })).toEqual({ ...preset, classifier: { ...classifier, rounds: 7 } });
      expect(await kept({ ...base, elite: 100 })).toEqual({ ...preset, elite: 100 });
      expect(await kept({ ...base, local: { fraction: 0.25 } })).toEqual({ ...preset, local: { fraction: 0.25 } });
      expect(await kept({ ...base, local: {} })).toEqual({ ...preset, local: { fraction: 0.7 } });
      expect(await kept({ ...base, local: false })).toEqual({ ...preset, local: false });
      const weighted = { data: 'all', recency: 0.5 } as const;
      expect(await kept({ ...base, ...weighted })).toEqual({ ...preset, ...weighted });
    }
  });

  it("with all values of the paper's searches as the paper's", async () => {
    const { preset: _, ...options } = { ...PAPER, data: 'stage' as const };
    const [own, paper] = [study({ ...options }), paperStudy({ classifier: options.classifier })];
    await Promise.all([own.fit(loss), paper.fit(loss)]);
    expect(own.budget).toEqual(paper.budget);
    expect(await findings(own)).toEqual(await findings(paper));
  });

  it('can be that of a study file, with all its options', () => {
    const options = { ...PAPER, data: 'all', recency: 0.5, preset: 'paper' } as const;
    const sizes = { totalBudget: 4, numBatches: 2 };
    expect(defineStudy({ space, evaluate: loss, ...sizes, ...options }).options).toEqual({ ...sizes, ...options });
    expect(() => defineStudy({ space, evaluate: loss, ...sizes, elite: -1 })).toThrow(/elite.*got -1/);
  });
});

describe('an option that a preset decides', () => {
  it.each(CHANGES)('%j changes the trials, not those of the first batch', async (change) => {
    const same = { totalBudget: 120, numBatches: 12 };
    // Classifiers that are too simple for what there is to learn: some of them would reject the best.
    const simple = { rounds: 5, maxDepth: 2 };
    const [usual, other] = [{}, change].map(({ classifier, ...more }: PresetOptions) =>
      study({ ...same, ...more, classifier: { ...simple, ...classifier } }),
    ) as [Study, Study];
    for (const shac of [usual, other]) await shac.fit(noise, { skipCvChecks: true, relaxChecks: true });
    expect(outcome(other.trials).slice(0, 10)).toEqual(outcome(usual.trials).slice(0, 10));
    expect(outcome(other.trials)).not.toEqual(outcome(usual.trials));
  });

  it.each(CHANGES)('%j is part of what a study is, wherever it is kept', async (change) => {
    const [name] = Object.keys(change) as [string];
    const mismatch = expect.objectContaining({
      code: 'ERR_RESTORE_MISMATCH',
      message: expect.stringMatching(new RegExp(`the (option )?${name}\\b.*stored: .*; given: `)),
    });
    const storages = [memory(), join(temporaryDirectory(), 'study.db')];
    for (const storage of storages) {
      const first = study({ storage, ...change });
      await first.ask(3);
      first.close();
      expect(() => study({ storage })).toThrow(mismatch);
      expect(study({ storage, ...change }).trials).toHaveLength(3);
    }
    const dir = temporaryDirectory();
    await study(change).saveData(dir);
    await expect(study().restoreData(dir)).rejects.toEqual(mismatch);
    await study(change).restoreData(dir);
  });

  it('local of N is at an end whatever the preset: classifiers of the trials before it alone', async () => {
    for (const preset of ['default', 'paper'] as const) {
      const shac = study({ preset, totalBudget: 100, numBatches: 10, local: { fraction: 0.5 } });
      const { history } = await shac.fit(loss, { skipCvChecks: true });
      expect(history.datasetIndex).toEqual([10, 20, 30, 40, 50, 50, 50, 50, 50, 50]);
      expect(shac.classifiers.every(({ stage }) => stage < 5)).toBe(true);
      expect(shac.trials).toHaveLength(100);
    }
  });
});

describe('a study of before there were presets', () => {
  const NEW = ['data', 'elite', 'recency', 'local'];
  const without = (identity: Record<string, unknown>) =>
    Object.fromEntries(Object.entries(identity).filter(([key]) => !NEW.includes(key)));

  it('goes on from its database', async () => {
    const whole = paperStudy();
    await whole.fit(loss);
    const storage = join(temporaryDirectory(), 'old.db');
    const begun = paperStudy({ storage });
    for (const count of [10, 10, 5]) {
      for (const { id, params } of await begun.ask(count)) await begun.tell(id, loss(params));
    }
    begun.close();
    const database = openDatabase(storage);
    const identity = database.prepare('SELECT identity FROM shac_studies').pluck().get() as string;
    expect(Object.keys(JSON.parse(identity))).toEqual(expect.arrayContaining(NEW));
    database.prepare('UPDATE shac_studies SET identity = ?').run(JSON.stringify(without(JSON.parse(identity))));
    database.close();
    expect(() => study({ storage })).toThrow(/preset.*stored: "paper"; given: "default"/);
    expect(() => paperStudy({ storage, elite: 1 })).toThrow(/elite.*stored: 0; given: 1/);
    const resumed = paperStudy({ storage });
    await resumed.fit(loss);
    expect(await findings(resumed)).toEqual(await findings(whole));
  });

  it('goes on from its directory', async () => {
    const whole = paperStudy();
    await whole.fit(loss);
    const dir = temporaryDirectory();
    await whole.saveData(dir);
    writeFileSync(join(dir, 'study.json'), JSON.stringify(without(studyJson(dir))));
    const restored = paperStudy();
    await restored.restoreData(dir);
    expect(await findings(restored)).toEqual(await findings(whole));
    await expect(study().restoreData(dir)).rejects.toThrow(/preset.*stored: "paper"; given: "default"/);
    await expect(paperStudy({ recency: 0.5, data: 'all' }).restoreData(dir)).rejects.toMatchObject({
      code: 'ERR_RESTORE_MISMATCH',
    });
  });
});
