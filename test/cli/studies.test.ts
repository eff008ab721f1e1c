/** What `shac studies` and `shac export` do with studies that others have a hand in. */
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startVictim } from '../support/crash.js';
import { openDatabase } from '../support/database.js';
import { loss, study, temporaryDirectory } from '../support/studies.js';
import { shac, studyFile } from './shac.js';

describe('shac studies unlock', () => {
  it('frees a study, says from whom, and ends a search that lives after all', async () => {
    const cwd = temporaryDirectory();
    const storage = join(cwd, 'shac.db');
    const victim = startVictim('holder.mjs', { storage });
    onTestFinished(() => void victim.child.kill('SIGKILL'));
    await victim.going;
    const { code, stdout } = await shac(cwd, 'studies', 'unlock', 'shac');
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(`"shac" was searched by process ${victim.child.pid}`),
    });
    expect((await shac(cwd, 'studies', 'unlock', 'shac')).stdout).toBe('nobody searches "shac"\n');
    expect((await shac(cwd, 'studies', 'unlock', 'other')).stderr).toMatch(/there is no study "other".*"shac"/);
  });
});

describe('a damaged study', () => {
  it.each([
    ['a value', 'UPDATE trial_values SET value = -value WHERE trial_id = 3'],
    ['a param', 'UPDATE trial_params SET param_value = param_value + 0.01 WHERE param_id = 5'],
    ['a state', "UPDATE trials SET state = 'FAIL' WHERE trial_id = 3"],
    ['the direction', "UPDATE study_directions SET direction = 'MAXIMIZE'"],
    ['a trial', 'PRAGMA foreign_keys = OFF; DELETE FROM trials WHERE trial_id = 3'],
  ])('is told by whatever looks at its results: %s', async (_, sql) => {
    const cwd = temporaryDirectory();
    const search = study({ storage: join(cwd, 'shac.db') });
    await search.fit(loss);
    search.close();
    for (const command of [['best'], ['show'], ['export', '--csv'], ['export', '--jsonl']]) {
      expect((await shac(cwd, ...command)).code).toBe(0);
    }
    const database = openDatabase(join(cwd, 'shac.db'));
    database.exec(sql);
    database.close();
    for (const command of [['best'], ['show'], ['export', '--csv'], ['export', '--jsonl']]) {
      const { code, stdout, stderr } = await shac(cwd, ...command);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(/"shac" is damaged: .*(checksum|direction)/);
    }
  });
});

describe('a study file whose name looks like the next study of another', () => {
  it('keeps its study to itself', async () => {
    const cwd = temporaryDirectory();
    const [a, a2] = [
      studyFile('return x ** 2;', { cwd, name: 'a.ts' }).file,
      studyFile('return 1000 + x ** 2;', { cwd, name: 'a-2.ts' }).file,
    ];
    const names = [];
    for (const file of [a2, a, a, a2]) {
      const { stdout } = await shac(cwd, 'run', file, '--json');
      const { studyName, best } = JSON.parse(stdout);
      names.push(studyName);
      expect(best.value >= 1000).toBe(file === a2);
    }
    expect(names).toEqual(['a-2', 'a', 'a-3', 'a-2-2']);
  });
});

describe('shac export --csv', () => {
  it('goes on beside a trial of another program that has fewer params, and says that it is left out', async () => {
    const cwd = temporaryDirectory();
    const storage = join(cwd, 'shac.db');
    const search = study({ storage });
    await search.fit(loss);
    search.close();
    const database = openDatabase(storage);
    database.exec(`
      INSERT INTO trials (trial_id, number, study_id, state) VALUES (1000, 60, 1, 'COMPLETE');
      INSERT INTO trial_values (trial_id, objective, value, value_type) VALUES (1000, 0, 2, 'FINITE');
      INSERT INTO trial_params (trial_id, param_name, param_value, distribution_json)
        SELECT 1000, param_name, param_value, distribution_json FROM trial_params LIMIT 1`);
    database.close();
    const { code, stdout, stderr } = await shac(cwd, 'export', '--csv');
    expect(code).toBe(0);
    expect(stdout.trim().split('\n')).toHaveLength(61);
    expect(stderr).toMatch(
      /^shac: trials that are left out: 1\. The first: trial 60 has no value of ".*--jsonl has all of them\n$/,
    );
  });
});
