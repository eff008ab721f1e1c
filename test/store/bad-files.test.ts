/** What is given as a database and is none, or is not ours to write. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { sqlite } from 'shac';
import { describe, expect, it } from 'vitest';
import { open, startVictim } from '../support/crash.js';
import { crashLoss } from '../support/crash-searches.js';
import { openDatabase } from '../support/database.js';
import { rejection } from '../support/processes.js';
import { savedModels, temporaryDirectory } from '../support/studies.js';

const file = () => join(temporaryDirectory(), 'study.db');
const small = (storage: string, studyName?: string) =>
  open({ storage, seed: 1, totalBudget: 10, numBatches: 1, ...(studyName !== undefined && { studyName }) });

/** A file with one finished study. */
async function finished(): Promise<string> {
  const storage = file();
  const shac = small(storage);
  await shac.fit(crashLoss);
  shac.close();
  return storage;
}

function change(storage: string, sql: string): void {
  const database = openDatabase(storage);
  database.pragma('foreign_keys = OFF'); // as in Optuna
  database.exec(sql);
  database.close();
}

const CALLS: Record<string, (storage: string) => unknown> = {
  'new SHAC': (storage) => small(storage),
  studies: (storage) => sqlite(storage).studies(),
  copyStudy: (storage) => sqlite(storage).copyStudy('shac', 'copy'),
  deleteStudy: (storage) => sqlite(storage).deleteStudy('shac'),
};

/** Every way to open it throws this, and leaves it as it is. */
function expectRefused(storage: string, code: string, message: RegExp): void {
  const before = readFileSync(storage);
  for (const [name, call] of Object.entries(CALLS)) {
    expect(() => call(storage), name).toThrow(
      expect.objectContaining({ name: 'ShacError', code, message: expect.stringMatching(message) }),
    );
  }
  expect(readFileSync(storage).equals(before)).toBe(true);
}

describe('what is no database', () => {
  it.each([
    ['a text', 'These are my notes.\n'.repeat(100)],
    ['a short text', 'x'],
    ['an image', Buffer.from('89504e470d0a1a0a0000000d49484452'.padEnd(2000, '7f'), 'hex')],
    ['one in name only', Buffer.concat([Buffer.from('SQLite format 3\0'), Buffer.alloc(5000, 7)])],
  ])('%s is refused, and left alone', (_, content) => {
    const storage = file();
    writeFileSync(storage, content);
    expectRefused(storage, 'ERR_STORAGE', /study\.db: file is not a database.*choose another file/);
  });

  it('a pipe is refused, without waiting for who writes to it', () => {
    const storage = file();
    execFileSync('mkfifo', [storage]);
    for (const call of Object.values(CALLS)) {
      expect(() => call(storage)).toThrow(expect.objectContaining({ code: 'ERR_STORAGE' }));
    }
  });

  it('an empty file becomes one', async () => {
    const storage = file();
    writeFileSync(storage, '');
    expect(sqlite(storage).studies()).toEqual([]);
    await small(storage).fit(crashLoss);
    expect(sqlite(storage).studies()).toMatchObject([{ name: 'shac', finished: 10 }]);
  });

  it.each([
    ['that is too long', `/${'long/'.repeat(2000)}x.db`],
    ['through a file', `${import.meta.filename ?? new URL(import.meta.url).pathname}/x.db`],
    ['into a directory that is not there', '/no/such/directory/x.db'],
    ['with a null character', 'study\0.db'],
  ])('a path %s is refused', (_, path) => {
    for (const call of Object.values(CALLS)) {
      expect(() => call(path)).toThrow(expect.objectContaining({ code: 'ERR_STORAGE' }));
    }
  });
});

describe('a database of others', () => {
  it('with other tables is refused by name, and left alone', () => {
    const storage = file();
    change(storage, 'CREATE TABLE notes (text TEXT); CREATE TABLE tags (tag TEXT); INSERT INTO notes VALUES (1)');
    expectRefused(storage, 'ERR_STORAGE', /database of another program, with the tables notes, tags; choose another/);
  });

  it.each([
    [
      "an older Optuna's",
      "UPDATE version_info SET schema_version = 11; UPDATE alembic_version SET version_num = 'v2.6.0.a'",
    ],
    [
      "a newer Optuna's",
      "UPDATE version_info SET schema_version = 13; UPDATE alembic_version SET version_num = 'v6.0.0.a'",
    ],
    ["an Optuna's that was half upgraded", "UPDATE alembic_version SET version_num = 'v3.0.0.d'"],
    ["an Optuna's that is not finished", 'DELETE FROM alembic_version; DELETE FROM version_info'],
  ])('%s is refused with the way out', async (_, sql) => {
    const storage = await finished();
    change(storage, sql);
    expectRefused(storage, 'ERR_STORAGE_VERSION', /optuna storage upgrade --storage sqlite:.*update shac/s);
  });

  it('a newer shac made is refused with the way out', async () => {
    const storage = await finished();
    change(storage, 'UPDATE shac_format SET version = 99');
    expectRefused(storage, 'ERR_STORAGE_VERSION', /of format 99, which a newer shac made.*update it/);
  });
});

describe('a study of that name', () => {
  it('that is not there is told, with those that are', async () => {
    const storage = sqlite(await finished());
    for (const call of [
      () => storage.copyStudy('x', 'y'),
      () => storage.renameStudy('x', 'y'),
      () => storage.deleteStudy('x'),
    ]) {
      expect(call).toThrow(
        expect.objectContaining({ code: 'ERR_STUDY_NOT_FOUND', message: expect.stringContaining('it has "shac"') }),
      );
    }
  });

  it('that is there already is not overwritten', async () => {
    const path = await finished();
    await small(path, 'b').fit(crashLoss);
    const storage = sqlite(path);
    for (const call of [() => storage.copyStudy('shac', 'b'), () => storage.renameStudy('shac', 'b')]) {
      expect(call).toThrow(expect.objectContaining({ code: 'ERR_STUDY_EXISTS' }));
    }
    expect(storage.studies()).toMatchObject([
      { name: 'b', finished: 10 },
      { name: 'shac', finished: 10 },
    ]);
  });
});

/** As another program deletes all studies: it knows nothing of our tables. */
const DELETION = ['trial_params', 'trial_values', 'trial_user_attributes', 'trials', 'study_directions']
  .concat('study_user_attributes', 'studies')
  .map((table) => `DELETE FROM ${table};`)
  .join('');

function replace(path: string): void {
  copyFileSync(path, `${path}.new`);
  renameSync(`${path}.new`, path);
}

describe('what goes away while it is searched', () => {
  /** A search in the middle of which `harm` is done to its file. */
  async function harmed(harm: (storage: string) => void | Promise<void>) {
    const storage = file();
    const shac = open({ storage, seed: 1 });
    const attempt = shac.fit(
      async (params, { trialId }) => {
        if (trialId === 25) await harm(storage);
        return crashLoss(params);
      },
      { skipCvChecks: true },
    );
    const error = await rejection(attempt);
    expect(shac.trials.filter(({ state }) => state === 'COMPLETE' || state === 'FAIL').length).toBeGreaterThanOrEqual(
      25,
    );
    const dir = temporaryDirectory();
    await shac.saveData(dir);
    expect(savedModels(dir)).toHaveLength(2);
    expect(await rejection(shac.fit(crashLoss))).toMatchObject({ code: expect.stringMatching(/^ERR_ST/) }); // it does not begin anew
    shac.close();
    return { error, storage };
  }

  it('a study is told to be deleted', async () => {
    const { error, storage } = await harmed((path) => change(path, DELETION));
    expect(error).toMatchObject({
      code: 'ERR_STUDY_NOT_FOUND',
      message: expect.stringMatching(/was deleted.*saveData/),
    });
    expect(sqlite(storage).studies()).toEqual([]);
  });

  it('a study is told when another one has its place', async () => {
    const { error, storage } = await harmed(async (path) => {
      change(path, DELETION);
      const other = small(path, 'other');
      await other.ask(1);
      other.close();
    });
    expect(error.code).toMatch(/^ERR_STUDY_(LOCKED|NOT_FOUND)$/);
    expect(sqlite(storage).studies()).toMatchObject([{ name: 'other', totalBudget: 10 }]);
  });

  it.each([
    ['deleted', (path: string) => rmSync(path)],
    ['moved', (path: string) => renameSync(path, `${path}.old`)],
    ['replaced', replace],
  ])('a file is told to be %s', async (_, harm) => {
    const { error } = await harmed(harm);
    expect(error).toMatchObject({
      code: 'ERR_STORAGE',
      message: expect.stringMatching(/was deleted or replaced while it was open.*saveData/),
    });
  });
});

describe('a user who may not write', () => {
  it('is told so before anything is evaluated, and nothing is changed', async () => {
    const dir = temporaryDirectory();
    chmodSync(dir, 0o755);
    const places = ['file', 'directory', 'closed', 'empty'].map((name) => join(dir, name));
    const source = await finished();
    for (const place of places) {
      mkdirSync(place);
      if (!place.endsWith('empty')) copyFileSync(source, join(place, 'shac.db'));
    }
    const [readOnlyFile, readOnlyDirectory, closed, empty] = places as [string, string, string, string];
    chmodSync(join(readOnlyFile, 'shac.db'), 0o444);
    chmodSync(readOnlyFile, 0o777);
    for (const place of [readOnlyDirectory, empty]) chmodSync(place, 0o555);
    chmodSync(closed, 0o000);
    const cases = [
      ['read-only file', readOnlyFile],
      ['read-only directory', readOnlyDirectory],
      ['closed directory', closed],
      ['new file', empty],
      ['new file in a closed directory', join(closed, 'new.db')],
    ];
    const victim = startVictim('nobody.mjs', { dir, cases });
    let said = '';
    victim.child.stdout?.on('data', (chunk: Buffer) => {
      said += chunk;
    });
    expect(await victim.ended).toEqual({ code: 0, stderr: '' });
    const results = JSON.parse(said) as Record<string, Record<'fit' | 'studies', object>>;
    for (const place of places) chmodSync(place, 0o755);
    for (const [name, { fit, studies }] of Object.entries(results)) {
      expect({ place: name, ...fit }).toMatchObject({ place: name, code: 'ERR_STORAGE', calls: 0 });
      if (!('value' in studies)) expect(studies).toMatchObject({ code: 'ERR_STORAGE' });
    }
    for (const place of places.slice(0, 3)) {
      expect(readFileSync(join(place, 'shac.db')).equals(readFileSync(source))).toBe(true);
    }
    expect(existsSync(join(empty, 'shac.db'))).toBe(false);
  });
});
