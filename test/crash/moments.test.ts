import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SHAC, sqlite } from 'shac';
import { describe, expect, it } from 'vitest';
import { crashPlan, killAfter, open, randomNumbers, startVictim } from '../support/crash.js';
import { expectNothingLost, expectSound, reading } from '../support/crash-checks.js';
import { crashLoss, expectAsUninterrupted } from '../support/crash-searches.js';
import { outcome, space, temporaryDirectory } from '../support/studies.js';

const KILLS = Math.ceil(Number(process.env.SHAC_CRASH_KILLS ?? 200) / 4);

const CHANGES = ['copyStudy', 'renameStudy', 'deleteStudy'] as const;
type Change = (typeof CHANGES)[number];
/** Rows of a study that is gone have no place in them. */
const TABLES = ['trials', 'shac_trials', 'shac_candidates', 'shac_studies', 'study_directions', 'shac_classifiers'];

describe('a process that is killed', () => {
  it('while it makes the file leaves one that a search can begin in', async () => {
    const random = randomNumbers(21);
    let made = 0;
    for (let round = 0; round < KILLS; round++) {
      const plan = crashPlan({ backend: 'inline', batches: 'sync', seed: round });
      if (!(await killAfter(startVictim('search.mjs', plan), random() * 120))) throw new Error('it was not killed');
      if (existsSync(plan.storage)) made++;
      expectNothingLost(plan, new Map());
      const shac = open({ storage: plan.storage, seed: round });
      await shac.fit(crashLoss, { skipCvChecks: true });
      await expectAsUninterrupted(shac);
      shac.close();
    }
    console.log(`${KILLS} kills at the beginning, ${made} of them with a file`);
  });

  it('while it learns from a data set goes on with it', async () => {
    const random = randomNumbers(22);
    const drawn = await open({ seed: 6 }).predict(40);
    const rows = drawn.map((params) => ({ params, value: params.layers === 8 ? null : crashLoss(params) }));
    const whole = open({ seed: 5 });
    await whole.fitDataset(rows, { presort: false, skipCvChecks: true });
    await whole.fit(crashLoss, { relaxChecks: true, skipCvChecks: true });
    let [kills, files, inside] = [0, 0, 0];
    while (kills < KILLS) {
      const { storage } = crashPlan({ backend: 'inline', batches: 'sync', seed: 5 });
      files++;
      for (let killed = true; killed; ) {
        const ms = kills < KILLS ? random() * 400 : 2 ** 31 - 1;
        killed = await killAfter(startVictim('dataset.mjs', { storage, seed: 5, rows }), ms);
        if (killed) kills++;
        if (!existsSync(storage)) continue;
        reading(storage, expectSound);
        const partly = open({ storage, seed: 5 });
        const { length } = partly.trials;
        if (length > 0 && length < rows.length) inside++;
        partly.close();
      }
      const shac = open({ storage, seed: 5 });
      expect(outcome(shac.trials)).toEqual(outcome(whole.trials));
      expect(shac.classifiers).toEqual(whole.classifiers);
      shac.close();
    }
    console.log(`${kills} kills over ${files} data sets, ${inside} of them inside the data set`);
  });

  it('while it copies, renames or deletes a study has done all of it or nothing', async () => {
    const random = randomNumbers(23);
    const file = join(temporaryDirectory(), 'studies.db');
    const storage = sqlite(file);
    const plan = { totalBudget: 4000, numBatches: 1, objective: 'min', seed: 6, storage } as const;
    const large = (studyName: string) => new SHAC(space, { ...plan, studyName });
    const first = large('first');
    await first.fit(crashLoss);
    const trials = outcome(first.trials);
    const names = () => storage.studies().map(({ name }) => name);
    const counts: Record<string, number> = {};
    let current = 'first';
    for (let round = 0; round < KILLS * 3; round++) {
      const change = CHANGES[round % 3] as Change;
      const isThere = names().includes('copy');
      if (change === 'copyStudy' && isThere) storage.deleteStudy('copy');
      if (change === 'deleteStudy' && !isThere) storage.copyStudy(current, 'copy');
      const to = change === 'renameStudy' ? `name ${round}` : 'copy';
      const given = change === 'deleteStudy' ? [to] : [current, to];
      const victim = startVictim('dataset.mjs', { storage: file, change, names: given });
      const killed = await killAfter(victim, random() * 160);
      const after = names();
      const done = after.includes(to) === (change !== 'deleteStudy');
      if (!killed) expect(done).toBe(true);
      if (change === 'renameStudy' && done) current = to;
      for (const name of after) expect(outcome(large(name).trials)).toEqual(trials);
      reading(file, (database) => {
        expectSound(database);
        for (const table of TABLES) {
          const stray = `SELECT count(*) FROM ${table} WHERE study_id NOT IN (SELECT study_id FROM studies)`;
          expect({ table, stray: database.prepare(stray).pluck().get() }).toEqual({ table, stray: 0 });
        }
      });
      const key = `${change} ${killed ? 'killed' : 'ended'}, ${done ? 'done' : 'not done'}`;
      counts[key] = (counts[key] ?? 0) + 1;
    }
    console.log(counts);
  });
});
