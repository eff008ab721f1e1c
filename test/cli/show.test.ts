/** `shac show` and `shac best`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../support/database.js';
import { jsonOf, lastLine, shac, start, studyFile, until } from './shac.js';

const VALUE = "if (id % 10 === 3) throw new Error('no\\nsecond line'); return (x - 1) ** 2 + (y - 2) ** 2;";

describe('a finished study', () => {
  let searched: { cwd: string; file: string };
  let result: ReturnType<typeof lastLine>;

  beforeAll(async () => {
    searched = studyFile(VALUE, { cwd: mkdtempSync(join(tmpdir(), 'shac-test-')) });
    result = lastLine(await shac(searched.cwd, 'run', searched.file, '--seed', '3', '--json'));
  });

  afterAll(() => rmSync(searched.cwd, { recursive: true, force: true }));

  it('is shown', async () => {
    const { code, stdout, stderr } = await shac(searched.cwd, 'show');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { id, value } = result.best as { id: number; value: number };
    const lines = stdout.split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        `study: study, in ${join(searched.cwd, 'shac.db')}`,
        'state: finished',
        'objective: min',
        'trials: 40 of 40 finished; 36 COMPLETE, 4 FAIL',
        'failed: the first, trial 3, with Error: no',
        'batches: 4',
        'classifiers: 2',
        'preset: default',
        'seed: 3',
        '  x  uniform(-5, 10)',
        '  y  uniform(0, 15)',
        `best: ${value} (trial ${id})`,
      ]),
    );
    expect(stdout).toMatch(/\nnewest trials:\n {2}35 {2}COMPLETE .*\n[\s\S]*\n {2}39 {2}COMPLETE .*\{"x":.*\}\n$/);
  });

  it('is shown as JSON', async () => {
    expect(jsonOf(await shac(searched.cwd, 'show', 'study', '--json'))).toMatchObject({
      name: 'study',
      state: 'finished',
      objective: 'min',
      totalBudget: 40,
      numBatches: 4,
      finished: 40,
      trials: { COMPLETE: 36, FAIL: 4 },
      classifiers: 2,
      preset: 'default',
      seed: 3,
      space: { x: { kind: 'uniform', min: -5, max: 10 } },
      best: result.best,
      newest: [{ id: 35 }, { id: 36 }, { id: 37 }, { id: 38 }, { id: 39, state: 'COMPLETE' }],
    });
  });

  it('has a best trial', async () => {
    const { stdout } = await shac(searched.cwd, 'best');
    const { id, value, params } = result.best as { id: number; value: number; params: { x: number; y: number } };
    expect(stdout).toBe(`best: ${value} (trial ${id})\n  x  ${params.x}\n  y  ${params.y}\n`);
    expect(jsonOf(await shac(searched.cwd, 'best', '--json'))).toEqual(result.best);
  });

  it('is found by its name, its study file, or alone', async () => {
    const named = await Promise.all([[], ['study'], ['study.ts']].map((name) => shac(searched.cwd, 'best', ...name)));
    expect(new Set(named.map(({ stdout }) => stdout)).size).toBe(1);
    const { code, stderr } = await shac(searched.cwd, 'best', 'other');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^shac: there is no study "other" in .*; there are "study"\n$/);
  });
});

it('one of several studies has to be named', async () => {
  const { cwd, file } = studyFile(VALUE);
  await shac(cwd, 'run', file, '--study', 'a');
  await shac(cwd, 'run', file, '--study', 'b');
  expect((await shac(cwd, 'show')).stderr).toMatch(/has 2 studies; say which of them is meant: "a", "b"\n$/);
  expect(jsonOf(await shac(cwd, 'show', 'b', '--json'))).toMatchObject({ name: 'b' });
});

it('a study that is being searched is shown, with who searches', async () => {
  const { cwd, file } = studyFile("appendFileSync('noted', ''); while (!existsSync('go')) await sleep(10); return x;");
  const { child, done } = start(cwd, ['run', file]);
  const shown = await until(async () => {
    const result = await shac(cwd, 'show', '--json');
    return result.code === 0 && jsonOf(result).state === 'running' && jsonOf(result);
  });
  expect(shown).toMatchObject({ best: null, finished: 0, owner: expect.stringContaining(`process ${child.pid} on`) });
  const { code, stderr } = await shac(cwd, 'best');
  expect({ code, stderr }).toEqual({ code: 1, stderr: 'shac: no trial of the study "study" is complete yet\n' });
  child.kill('SIGKILL');
  await done;
  expect(jsonOf(await shac(cwd, 'show', '--json'))).toMatchObject({ state: 'unfinished' });
});

it("another program's study is shown as far as it is known", async () => {
  const { cwd, file } = studyFile('return x;');
  await shac(cwd, 'run', file);
  const database = openDatabase(join(cwd, 'shac.db'));
  const ours = database
    .prepare("SELECT type, name FROM sqlite_schema WHERE name LIKE 'shac_%' AND sql IS NOT NULL")
    .all();
  for (const { type, name } of ours as { type: string; name: string }[])
    database.exec(`DROP ${type} IF EXISTS ${name}`);
  database.exec('DELETE FROM study_user_attributes');
  database.close();
  const { code, stdout } = await shac(cwd, 'show');
  expect(code).toBe(0);
  expect(stdout).toContain("state: another program's\nobjective: min\ntrials: 40 COMPLETE\nbest: ");
});
