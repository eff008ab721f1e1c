import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { shac, studyFile } from '../cli/shac.js';
import { open } from '../support/crash.js';
import { expectSound, reading } from '../support/crash-checks.js';
import { crashLoss, expectAsUninterrupted } from '../support/crash-searches.js';
import { rejection } from '../support/processes.js';
import { fill, noSmallDisk, smallDisk } from '../support/small-disk.js';

const finishedIn = (storage: string) =>
  reading(storage, (database) => {
    expectSound(database);
    const query =
      "SELECT id FROM shac_trials JOIN trials USING (trial_id) WHERE state IN ('COMPLETE', 'FAIL') ORDER BY id";
    return database.prepare(query).pluck().all();
  });

describe.skipIf(noSmallDisk !== undefined)(`a full disk${noSmallDisk === undefined ? '' : `: ${noSmallDisk}`}`, () => {
  it('ends the run, which keeps its results in memory and goes on when there is room', async () => {
    const disk = smallDisk(8192);
    const storage = join(disk, 'study.db');
    const search = open({ storage, seed: 4 });
    search.setNumParallelEvaluators(1);
    let makeRoom = () => {};
    const attempt = search.fit(
      (params, { trialId }) => {
        if (trialId === 17) makeRoom = fill(disk);
        return crashLoss(params);
      },
      { skipCvChecks: true },
    );
    const { code, message } = await rejection(attempt);
    expect(code).toBe('ERR_STORAGE');
    const [, kept] =
      /\(SQLITE_\w+\).* ([1-9]\d*) finished trials are in memory only: fit saves them/.exec(message) ?? [];
    const finished = search.trials.filter(({ state }) => state === 'COMPLETE' || state === 'FAIL').map(({ id }) => id);
    expect(finishedIn(storage)).toHaveLength(finished.length - Number(kept));

    // Still full: nothing is evaluated that could not be kept.
    let calls = 0;
    const count = () => ++calls;
    expect(await rejection(search.fit(count))).toMatchObject({ code: 'ERR_STORAGE' });
    expect(calls).toBe(0);

    makeRoom();
    const evaluated: number[] = [];
    await search.fit(
      (params, { trialId }) => {
        evaluated.push(trialId);
        return crashLoss(params);
      },
      { skipCvChecks: true },
    );
    expect(evaluated.filter((id) => finished.includes(id))).toEqual([]);
    expect(finishedIn(storage)).toHaveLength(60);
    await expectAsUninterrupted(search);
    search.close();
    const again = open({ storage, seed: 4 });
    await expectAsUninterrupted(again);
    again.close();
  });

  it('is told before anything is evaluated when there is no room for the study', async () => {
    const disk = smallDisk(64);
    const search = open({ storage: join(disk, 'study.db'), seed: 4 });
    let calls = 0;
    const error = await rejection(search.fit(() => ++calls));
    expect(error).toMatchObject({ code: 'ERR_STORAGE', message: expect.stringContaining('SQLITE_') });
    expect(calls).toBe(0);
    search.close();
  });

  it('makes ask give nothing that it could not keep, and tell keep its result', async () => {
    const disk = smallDisk(8192);
    const search = open({ storage: join(disk, 'study.db'), seed: 4 });
    const ids = async () => (await search.ask(1)).map(({ id }) => id);
    expect(await ids()).toEqual([0]);
    const makeRoom = fill(disk);
    let asked = 1;
    for (;;) {
      // There may be some room left in the file itself.
      const given = await ids().catch((error: { code?: string }) => error.code);
      if (given === 'ERR_STORAGE') break;
      expect(given).toEqual([asked++]);
    }
    const told = await rejection(search.tell(0, 1));
    expect(told).toMatchObject({
      code: 'ERR_STORAGE',
      message: expect.stringContaining('1 finished trials are in memory'),
    });
    expect(search.trials[0]).toMatchObject({ state: 'COMPLETE', value: 1 });
    makeRoom();
    expect(await ids()).toEqual([asked]);
    expect(finishedIn(join(disk, 'study.db'))).toEqual([0]);
    search.close();
  });

  it('makes shac run save what it has elsewhere, and say where', async () => {
    const disk = smallDisk(8192);
    const db = join(disk, 'study.db');
    const filler = `
      if (id === 12) {
        const chunk = Buffer.alloc(4096);
        try { for (;;) appendFileSync(${JSON.stringify(join(disk, 'ballast'))}, chunk); } catch {}
      }
      return x * x + y * y;`;
    const { cwd, file } = studyFile(filler, { more: 'seed: 1,' });
    const { code, stderr } = await shac(cwd, 'run', file, '--db', db);
    expect(code).toBe(1);
    expect(stderr).toMatch(/finished trials are in memory only/);
    const [, dir] = /the trials that are finished are saved in (\S+)/.exec(stderr) ?? [];
    const saved = join(cwd, dir as string, 'datasets', 'dataset.csv');
    expect(existsSync(saved)).toBe(true);
    const rows = readFileSync(saved, 'utf8').trim().split('\n').slice(1);
    expect(rows.length).toBeGreaterThan(finishedIn(db).length);
  });
});
