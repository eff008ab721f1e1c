/** `shac export` and `shac import`: studies leave for other programs, and come from them. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../support/database.js';
import { commandIn, jsonOf, lastLine, shac, shell, start, studyFile, until } from './shac.js';

const QUICK = 'if (id === 4) throw new Error("bad"); return (x - 1) ** 2 + (y - 2) ** 2;';

/** A directory in which a search has come to its end: for tests that only read, or that write to files of their own. */
let searched: { cwd: string; file: string };
let remove: () => void;

beforeAll(async () => {
  const cwd = mkdtempSync(join(tmpdir(), 'shac-test-'));
  remove = () => rmSync(cwd, { recursive: true, force: true });
  searched = studyFile(QUICK, { cwd });
  const { code, stderr } = await shac(cwd, 'run', searched.file, '--seed', '1');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});

afterAll(() => remove());

describe('export', () => {
  it.each([
    ['csv', /^id,x,y,scores\n0,/],
    ['jsonl', /^\{"id":0,"state":"COMPLETE","params":\{"x":/],
    ['optuna-journal', /^\{"op_code":0,"worker_id":"shac","study_name":"study","directions":\[1\]\}\n/],
  ])('--%s writes to standard output or to a file, which import reads', async (form, start) => {
    const { cwd, file } = searched;
    const forms = [[`--${form}`], [`--${form}`, form], ['--csv']];
    const [printed, written, csv] = await Promise.all(forms.map((args) => shac(cwd, 'export', ...args)));
    expect(printed).toMatchObject({ code: 0, stdout: expect.stringMatching(start), stderr: '' });
    expect(written).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(readFileSync(join(cwd, form), 'utf8')).toBe(printed?.stdout);

    const place = ['--db', `${form}.db`, '--study', 'copy'];
    const imported = await shac(cwd, 'import', form, file, ...place, '--no-presort');
    expect(imported).toMatchObject({ code: 0, stderr: '' });
    expect(imported.stdout).toMatch(/trials: 40 of 40\nfailed: 1; /);
    expect((await shac(cwd, 'export', '--csv', ...place)).stdout).toBe(csv?.stdout);
  });

  it('works while a search writes, and does not disturb it', async () => {
    const { cwd, file } = studyFile('await sleep(20); return x + y;');
    const { child, done } = start(cwd, ['run', file, '--evaluators', '1', '--json']);
    await until(() => child.exitCode !== null || existsSync(join(cwd, 'shac.db')));
    const counts: number[] = [];
    while (child.exitCode === null && counts.length < 3) {
      const { stdout, stderr } = await shac(cwd, 'export', '--csv');
      if (/no study|no tables/.test(stderr)) continue; // it has just begun
      expect(stderr).toBe('');
      counts.push(stdout.split('\n').length);
      await shac(cwd, 'export', '--snapshot', `snapshot-${counts.length}.db`);
    }
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
    expect(lastLine(await done)).toMatchObject({ trials: 40, failed: 0 });
    expect((await shac(cwd, 'export', '--csv', '--db', 'snapshot-1.db')).stdout).toMatch(/^id,x,y,scores\n/);
  });

  it('--snapshot is one file, without a write-ahead log, that a search can go on from', async () => {
    const { cwd, file } = studyFile('if (id === 22) await sleep(600_000); return x;');
    const { child, done } = start(cwd, ['run', file]);
    const exported = () => shac(cwd, 'export', '--csv');
    while ((await exported()).stdout.split('\n').length < 24) expect(child.exitCode).toBe(null);
    expect(await shac(cwd, 'export', '--snapshot', 'one.db')).toEqual({ code: 0, stdout: '', stderr: '' });
    const other = studyFile(QUICK);
    writeFileSync(join(other.cwd, 'shac.db'), readFileSync(join(cwd, 'one.db')));
    const database = openDatabase(join(other.cwd, 'shac.db'), { readonly: true });
    expect(database.pragma('journal_mode', { simple: true })).toBe('delete');
    database.close();
    // The search that the snapshot was taken from is still alive.
    const { code, stderr } = await shac(other.cwd, 'run', other.file, '--resume');
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/going on with study "study"/) });
    child.kill('SIGTERM');
    expect((await done).code).toBe(143);
  });

  it('--dir is what saveData writes, which restoreData reads', async () => {
    const report = `report: async (search) => {
      await search.saveData('saved');
      const fresh = new SHAC({ x: uniform(-5, 10), y: uniform(0, 15) },
        { totalBudget: 40, numBatches: 4, objective: 'min', classifier: { rounds: 20 } });
      await fresh.restoreData('exported').catch(() => {});
      console.log('restored', fresh.trials.length, fresh.classifiers.length > 0);
    },`;
    const { cwd, file } = studyFile(QUICK, { more: report });
    const path = join(cwd, file);
    writeFileSync(path, readFileSync(path, 'utf8').replace('{ defineStudy,', '{ defineStudy, SHAC,'));
    expect((await shac(cwd, 'run', file)).stdout).toMatch(/restored 0 false/);
    expect(await shac(cwd, 'export', '--dir', 'exported')).toEqual({ code: 0, stdout: '', stderr: '' });
    for (const name of ['study.json', 'datasets/dataset.csv', 'datasets/parameters.json', 'classifiers/000.ubj']) {
      expect(readFileSync(join(cwd, 'exported', name))).toEqual(readFileSync(join(cwd, 'saved', name)));
    }
    expect((await shac(cwd, 'run', file, '--resume')).stdout).toMatch(/restored 40 true/);
  });

  it('--dir has all options of the study, also of one that is too small for a classifier', async () => {
    const options = { data: 'all', elite: 2, recency: 0.5, local: { fraction: 0.25 } };
    for (const sizes of [
      { totalBudget: 8, numBatches: 4 },
      { totalBudget: 40, numBatches: 4 },
    ]) {
      const more = `...${JSON.stringify({ preset: 'paper', ...options, ...sizes })},`;
      const { cwd, file } = studyFile(QUICK, { more });
      await shac(cwd, 'run', file);
      expect(await shac(cwd, 'export', '--dir', 'exported')).toEqual({ code: 0, stdout: '', stderr: '' });
      const saved = JSON.parse(readFileSync(join(cwd, 'exported', 'study.json'), 'utf8'));
      expect(saved).toMatchObject({ preset: 'paper', ...options, budget: sizes, classifier: { rounds: 20, eta: 0.1 } });
    }
  });

  it('overwrites nothing', async () => {
    const { cwd } = searched;
    writeFileSync(join(cwd, 'kept'), 'mine');
    const forms = ['--csv', '--jsonl', '--optuna-journal', '--snapshot', '--dir'];
    for (const { code, stderr } of await Promise.all(forms.map((form) => shac(cwd, 'export', form, 'kept')))) {
      expect(code).toBe(1);
      expect(stderr).toMatch(/^shac: .*kept is there already; remove it, or choose another name\n$/);
    }
    expect(readFileSync(join(cwd, 'kept'), 'utf8')).toBe('mine');
  });

  it('ends quietly when its reader has seen enough', async () => {
    const { cwd } = searched;
    const result = await shell(
      cwd,
      'shac export --jsonl | head -n 1 && for i in 1 2 3; do shac export --jsonl | true; done',
    );
    expect(result).toEqual({ code: 0, stdout: expect.stringMatching(/^\{"id":0.*\n$/), stderr: '' });
  });

  it('says in one line what is wrong', async () => {
    const { cwd } = searched;
    const cases: [string[], RegExp][] = [
      [[], /say in which one form/],
      [['--csv', '--jsonl'], /say in which one form/],
      [['--snapshot'], /--snapshot needs the name/],
      [['--dir'], /--dir needs the name/],
      [['--snapshot', 'a', '--study', 'study'], /leave --study out/],
      [['--csv', '--study', 'other'], /there is no study "other" in .*shac\.db; there are "study"/],
      [['--csv', '--db', 'none.db'], /there is no database .*none\.db/],
      [['--csv', '--db', 'study.ts'], /study\.ts.*not an SQLite database/],
      [['--csv', 'no/such/place'], /no\/such\/place cannot be written/],
    ];
    const results = await Promise.all(cases.map(([args]) => shac(cwd, 'export', ...args)));
    results.forEach(({ code, stdout, stderr }, i) => {
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(/^shac: .*\n$/);
      expect(stderr).toMatch(cases[i]?.[1] as RegExp);
    });
  });
});

describe('import', () => {
  const csv = (count: number) =>
    `id,x,y,scores\n${Array.from({ length: count }, (_, i) => `${i},${i / 10},1,${i * i}\n`).join('')}`;

  it('makes a study that the command it prints goes on with', async () => {
    const { cwd, file } = studyFile(QUICK.replace('id === 4', 'id === 30'));
    writeFileSync(join(cwd, 'data.csv'), csv(25));
    const { code, stdout, stderr } = await shac(cwd, 'import', 'data.csv', file, '--db', 'a b.db');
    expect(code).toBe(0);
    expect(stdout).toMatch(/trials: 25 of 40\nclassifiers: [12]\n/);
    expect(stderr).toMatch(/^study "study" is in .*a b\.db; to go on:\n.* run study\.ts --db 'a b\.db' --resume\n$/);
    const resumed = await shell(cwd, `${stderr.trim().split('\n')[1]} --json`);
    expect(lastLine(resumed)).toMatchObject({ trials: 40, failed: 1, best: { value: 0 } });
  });

  it('leaves studies alone that are there', async () => {
    const { cwd, file } = searched;
    writeFileSync(join(cwd, 'data.csv'), csv(25));
    const before = (await shac(cwd, 'export', '--csv')).stdout;
    const { code, stderr } = await shac(cwd, 'import', 'data.csv', file);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^shac: .*shac\.db has a study "study" already; choose another name with --study.*\n$/);
    expect((await shac(cwd, 'export', '--csv')).stdout).toBe(before);
  });

  it('takes over what fits of a study whose space was another one, and says what does not', async () => {
    const { cwd, file } = studyFile('return x + y;');
    await shac(cwd, 'run', file, '--seed', '1');
    const source = readFileSync(join(cwd, file), 'utf8');
    const narrower = 'space: { x: uniform(-5, 5), y: uniform(0, 15), z: uniform(0, 1) }';
    writeFileSync(join(cwd, 'next.ts'), source.replace(/space: \{.*?\}/, narrower));
    const refused = await shac(cwd, 'import', 'shac.db', 'next.ts', '--fitting');
    expect(refused.stderr).toMatch(/no trial of shac\.db fits the space: .*"z" is missing \(40\)/);
    writeFileSync(join(cwd, 'z.json'), '{ "z": 0.5 }');
    const imported = await shac(cwd, 'import', 'shac.db', 'next.ts', '--missing', 'z.json');
    const left = Number(/^shac: left out: "x" is outside the space \((\d+)\)\n/.exec(imported.stderr)?.[1]);
    expect(imported.stdout).toContain(`trials: ${40 - left} of 40\n`);
    const { stdout } = await shac(cwd, 'export', '--jsonl', '--study', 'next');
    const params = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).params);
    expect(params.every(({ x, z }: { x: number; z: number }) => x <= 5 && z === 0.5)).toBe(true);
    expect((await shell(cwd, commandIn(imported))).stdout).toMatch(/trials: 40 of 40\n/);
    writeFileSync(join(cwd, 'z.json'), '{ z: ');
    const bad = await shac(
      cwd,
      'import',
      'shac.db',
      'next.ts',
      '--missing',
      'z.json',
      '--study',
      'b',
      '--from',
      'study',
    );
    expect(bad).toMatchObject({ code: 1, stderr: expect.stringMatching(/z\.json cannot be read/) });
  });

  it('gives what a branch lacks, by the name that the message says', async () => {
    const { cwd } = studyFile(QUICK);
    const study = (branch: string) => `
      import { choice, defineStudy, integer } from 'shac';
      export default defineStudy({
        totalBudget: 20, numBatches: 2, objective: 'min',
        space: { h: choice({ m: { w: integer(1, 3) ${branch} } }) },
        evaluate: ({ h }) => h.w,
      });
    `;
    writeFileSync(join(cwd, 'old.mjs'), study(''));
    writeFileSync(join(cwd, 'new.mjs'), study(', z: integer(1, 2)'));
    await shac(cwd, 'run', 'old.mjs');
    const refused = await shac(cwd, 'import', 'shac.db', 'new.mjs', '--fitting', '--from', 'old');
    expect(refused.stderr).toMatch(/"h\.z" is missing \(20\); --missing gives values for what is missing\n/);
    writeFileSync(join(cwd, 'z.json'), '{ "h.z": 2 }');
    const { code, stdout } = await shac(cwd, 'import', 'shac.db', 'new.mjs', '--missing', 'z.json', '--from', 'old');
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/trials: 20 of 20\n/) });
    expect(jsonOf(await shac(cwd, 'best', 'new', '--json'))).toMatchObject({
      params: { h: { kind: 'm', w: 1, z: 2 } },
    });
  });

  it('makes nothing of what does not fit', async () => {
    const { cwd, file } = studyFile(QUICK);
    const cases: [string, string[], RegExp][] = [
      ['x,y,scores\n1,1,1\n1,99,1\n', [], /row 2 of data0: parameter "y"/],
      ['{"params": {"x": 1, "y": 1}, "value": 1, "objective": "max"}\n', [], /line 1 of data1: its objective is "max"/],
      [csv(41), [], /41 rows, expected 1 to totalBudget 40/],
      [
        csv(1),
        ['--fitting'],
        /data3 is CSV, which must have all columns of the space, and no others: leave --fitting out/,
      ],
      [csv(1), ['--from', 'other'], /"other" is for a file with studies, but the data set is csv/],
    ];
    const results = await Promise.all(
      cases.map(([data, flags], i) => {
        writeFileSync(join(cwd, `data${i}`), data);
        return shac(cwd, 'import', `data${i}`, file, ...flags);
      }),
    );
    results.forEach(({ code, stderr }, i) => {
      expect(code).toBe(1);
      expect(stderr).toMatch(cases[i]?.[2] as RegExp);
    });
    expect((await shac(cwd, 'studies')).stdout).toBe('no studies in shac.db\n');
  });

  it('makes nothing when it is interrupted', async () => {
    // The study file lends a hand: it sends the signal once there is something to take back.
    const signal = `if (process.argv[2] === 'import') { const timer = setInterval(() => {
      if (existsSync('shac.db')) { process.kill(process.pid, 'SIGINT'); clearInterval(timer); } }, 1); }\n`;
    const { cwd, file } = studyFile(QUICK, { more: "preset: 'paper'," });
    const path = join(cwd, file);
    const many = readFileSync(path, 'utf8').replace(
      'totalBudget: 40, numBatches: 4',
      'totalBudget: 40000, numBatches: 400',
    );
    writeFileSync(path, `${many}${signal}`);
    writeFileSync(join(cwd, 'data'), csv(20_000).replaceAll(/\n(\d+),[\d.]+,/g, '\n$1,0.5,'));
    const { code, stdout, stderr } = await shac(cwd, 'import', 'data', file);
    expect(stderr).toMatch(/interrupted by SIGINT; nothing is imported\n$/);
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
    expect((await shac(cwd, 'studies')).stdout).toBe('no studies in shac.db\n');
  });
});
