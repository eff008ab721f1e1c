/** Interrupted and continued: nothing is lost, nothing is overwritten, and the end is that of an uninterrupted run. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../support/database.js';
import { type CliResult, commandIn, lastLine, shac, shell, start, stored, studyFile, until } from './shac.js';

/** Notes the trials that it evaluates in a file, so that a test knows how far a run is. */
const NOTED = "appendFileSync('noted', id + '\\n'); return (x - 1) ** 2 + (y - 2) ** 2;";
const SLOW = `await sleep(30); ${NOTED}`;

const noted = (cwd: string) =>
  (existsSync(join(cwd, 'noted')) ? readFileSync(join(cwd, 'noted'), 'utf8') : '').split('\n');

/** Runs until about `trials` trials are evaluated, and sends the signal. */
async function interrupted(
  cwd: string,
  args: readonly string[],
  { signal = 'SIGINT', trials = 15 }: { signal?: NodeJS.Signals; trials?: number } = {},
): Promise<CliResult> {
  const { child, done } = start(cwd, args);
  await until(() => child.exitCode !== null || noted(cwd).length > trials);
  child.kill(signal);
  return done;
}

async function uninterrupted(evaluate: string, ...flags: string[]): Promise<string[]> {
  const { cwd, file } = studyFile(evaluate);
  await shac(cwd, 'run', file, ...flags);
  return stored(join(cwd, 'shac.db'));
}

describe.each(['waits', 'never waits'])('a run whose objective %s', (kind) => {
  // The second kind gives the event loop no turn of its own, and is heard all the same.
  const busy = `const end = Date.now() + 30; while (Date.now() < end); ${NOTED}`;
  const evaluate = kind === 'waits' ? SLOW : busy;

  it('is interrupted by SIGINT, and continued by the command that it prints', async () => {
    const { cwd, file } = studyFile(evaluate);
    const result = await interrupted(cwd, ['run', file, '--seed', '9', '--json']);
    expect(result.code).toBe(130);
    const { interrupted: flagged, trials, seed } = lastLine(result);
    expect({ flagged, seed }).toEqual({ flagged: true, seed: 9 });
    expect(trials).toBeGreaterThanOrEqual(14);
    expect(trials).toBeLessThan(40);
    const kept = `${trials} of 40 trials are kept in ${join(cwd, 'shac.db')}, study "study"; to continue:\n`;
    expect(result.stderr).toContain(kept);
    expect(result.stderr).toContain('shac: interrupted by SIGINT\n');

    const command = commandIn(result);
    expect(command).toMatch(/ run study\.ts --seed 9 --json --resume$/);
    const resumed = await shell(cwd, command);
    const goingOn = `shac: going on with study "study" in ${join(cwd, 'shac.db')}: ${trials} of 40 trials are there\n`;
    expect(resumed).toMatchObject({ code: 0, stderr: goingOn });
    expect(lastLine(resumed)).toMatchObject({ trials: 40, seed: 9 });
    expect(stored(join(cwd, 'shac.db'))).toEqual(await uninterrupted(NOTED, '--seed', '9'));
  });
});

it('keeps a seed that was drawn, and can be interrupted again and again', async () => {
  const { cwd, file } = studyFile(SLOW);
  const first = await interrupted(cwd, ['run', file, '--db', 'my data.db'], { trials: 5 });
  expect(commandIn(first)).toMatch(/ run study\.ts --db 'my data\.db' --resume$/);
  const again = ['run', file, '--db', 'my data.db', '--resume', '--json'];
  const second = await interrupted(cwd, again, { trials: 25 });
  expect(second.code).toBe(130);
  expect(commandIn(second)).toMatch(/ run study\.ts --db 'my data\.db' --resume --json$/);
  const { seed, trials } = lastLine(await shell(cwd, commandIn(second)));
  expect(trials).toBe(40);
  expect(stored(join(cwd, 'my data.db'))).toEqual(await uninterrupted(NOTED, '--seed', String(seed)));
});

it.each([
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)('after %s exits with %i', async (signal, code) => {
  const { cwd, file } = studyFile(SLOW);
  const result = await interrupted(cwd, ['run', file], { signal });
  expect(result.code).toBe(code);
  expect(result.stderr).toContain(`interrupted by ${signal}`);
  expect(result.stdout).toMatch(/\ntrials: \d+ of 40, interrupted\n/);
});

it('does not wait for what is being evaluated', async () => {
  const { cwd, file } = studyFile(`${NOTED.replace('return', 'if (id >= 4) await sleep(600_000); return')}`);
  const { code, stderr } = await interrupted(cwd, ['run', file], { trials: 5 });
  expect(code).toBe(130);
  expect(stderr).toContain('4 of 40 trials are kept');
});

it('exits at once on the second signal', async () => {
  // The study passes the program a SIGTERM just before the SIGINT: no time to save lies between the two.
  const evaluate = `${NOTED.replace('return', 'if (id === 3) process.prependListener("SIGINT", () => process.emit("SIGTERM")); return')}`;
  const { cwd, file } = studyFile(`await sleep(30); ${evaluate}`);
  const { code, stderr, stdout } = await interrupted(cwd, ['run', file], { trials: 6 });
  expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
  expect(stderr).toMatch(/^shac: ended by a second signal, SIGINT\n\d+ of 40 trials are kept in .*; to continue:\n/);
});

describe('a database that holds the study', () => {
  it('goes on with it without being asked, when it is not finished', async () => {
    const { cwd, file } = studyFile(SLOW);
    const first = await interrupted(cwd, ['run', file, '--seed', '5'], { trials: 12 });
    expect(first.code).toBe(130);
    const second = await shac(cwd, 'run', file, '--seed', '5', '--json');
    expect(lastLine(second)).toMatchObject({ trials: 40, studyName: 'study' });
    expect(noted(cwd).length).toBeLessThan(50);
    expect(stored(join(cwd, 'shac.db'))).toEqual(await uninterrupted(NOTED, '--seed', '5'));
  });

  it('begins another beside it, when it is finished', async () => {
    const { cwd, file } = studyFile(NOTED);
    await shac(cwd, 'run', file, '--seed', '1');
    const before = stored(join(cwd, 'shac.db'));
    const names: string[] = [];
    for (const seed of ['2', '3']) {
      const { stderr, ...result } = await shac(cwd, 'run', file, '--seed', seed, '--json');
      expect(stderr).toMatch(/^shac: study "study(-2)?" in .*shac\.db is finished; this is study "study-[23]"\n$/);
      names.push(lastLine({ stderr, ...result }).studyName);
    }
    expect(names).toEqual(['study-2', 'study-3']);
    expect(stored(join(cwd, 'shac.db'))).toEqual(before);
    const listed = await shac(cwd, 'studies', '--json');
    expect(JSON.parse(listed.stdout).map(({ name }: { name: string }) => name)).toEqual([
      'study',
      'study-2',
      'study-3',
    ]);
  });

  it('gives a finished study back at once with --resume', async () => {
    const { cwd, file } = studyFile(NOTED);
    const [first, second] = [
      await shac(cwd, 'run', file, '--json'),
      await shac(cwd, 'run', file, '--json', '--resume'),
    ];
    expect(lastLine(second).best).toEqual(lastLine(first).best);
    expect(noted(cwd)).toHaveLength(41);
  });

  it('does not overwrite a finished study that is named', async () => {
    const { cwd, file } = studyFile(NOTED);
    await shac(cwd, 'run', file, '--study', 'mine');
    const { code, stderr } = await shac(cwd, 'run', file, '--study', 'mine');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^shac: study "mine" in .*shac\.db is finished; --resume shows .*\n$/);
  });

  it('goes on with a finished one for a larger budget, in batches of the same size', async () => {
    const { cwd, file } = studyFile(NOTED);
    await shac(cwd, 'run', file, '--seed', '1');
    const before = stored(join(cwd, 'shac.db'));
    const flagged = await shac(cwd, 'run', file, '--budget', '60', '--json');
    expect(flagged.stderr).toMatch(
      /^shac: going on with study "study" .*: 40 of 40 trials are there; its budget grows to 60\n$/,
    );
    expect(lastLine(flagged)).toMatchObject({ trials: 60, studyName: 'study', seed: 1 });
    // The study file says more now; its batches are as many as before.
    writeFileSync(join(cwd, file), readFileSync(join(cwd, file), 'utf8').replace('totalBudget: 40', 'totalBudget: 80'));
    const edited = await shac(cwd, 'run', file, '--json');
    expect(lastLine(edited)).toMatchObject({ trials: 80, studyName: 'study' });
    expect(stored(join(cwd, 'shac.db')).slice(0, 40)).toEqual(before);
    expect(noted(cwd)).toHaveLength(81);
    const shown = JSON.parse((await shac(cwd, 'show', '--json')).stdout);
    expect(shown).toMatchObject({ finished: 80, totalBudget: 80, numBatches: 8, seed: 1, state: 'finished' });
    expect(await shac(cwd, 'export', '--dir', 'out')).toEqual({ code: 0, stdout: '', stderr: '' });
    const refused = await shac(cwd, 'run', file, '--budget', '85', '--resume');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/85 is no multiple of 10; totalBudget 80 or 90 is/);
    expect(refused.stderr).toMatch(/to begin anew, choose another --study or --db\n$/);
    const less = await shac(cwd, 'run', file, '--budget', '40', '--resume');
    expect(less.stderr).toMatch(/40 is too few; give totalBudget 80/);
  });

  it('goes on with one that was stopped for a larger budget', async () => {
    const { cwd, file } = studyFile(SLOW);
    await interrupted(cwd, ['run', file, '--seed', '5'], { trials: 12 });
    const result = await interrupted(cwd, ['run', file, '--budget', '60'], { trials: 30 });
    expect(result.stderr).toMatch(/its budget grows to 60/);
    const resumed = await shell(cwd, commandIn(result));
    expect(resumed.stdout).toMatch(/trials: 60 of 60/);
  });

  it('lets one search at a time have a study', async () => {
    const evaluate = `while (id === 5 && !(await import('node:fs')).existsSync('go')) await sleep(10); ${NOTED}`;
    const { cwd, file } = studyFile(evaluate);
    const { child, done } = start(cwd, ['run', file, '--evaluators', '1']);
    await until(() => noted(cwd).length > 5);
    const { code, stderr } = await shac(cwd, 'run', file);
    const message = `^shac: the study "study" in .*shac\\.db is being searched by process ${child.pid} on .*\n$`;
    expect(stderr).toMatch(new RegExp(message)); // and says nothing else
    expect(code).toBe(1);
    writeFileSync(join(cwd, 'go'), '');
    const other = await shac(cwd, 'run', file, '--study', 'other', '--json');
    expect(lastLine(other)).toMatchObject({ trials: 40, studyName: 'other' });
    expect((await done).code).toBe(0);
  });

  it.each([
    [['--budget', '20'], /has 40 trials in batches of 10.*20 is too few/],
    [['--seed', '6'], /the seed of the study "study" is 5, and 6 was given/],
  ])('is not resumed with %j', async (flags, message) => {
    const { cwd, file } = studyFile(NOTED);
    await shac(cwd, 'run', file, '--seed', '5');
    const { code, stderr } = await shac(cwd, 'run', file, '--resume', ...flags);
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain('    at ');
  });
});

it('refuses to resume where there is nothing', async () => {
  const { cwd, file } = studyFile(NOTED);
  const [standard, given] = await Promise.all([
    shac(cwd, 'run', file, '--resume'),
    shac(cwd, 'run', file, '--resume', '--db', 'empty.db', '--study', 'mine'),
  ]);
  expect(standard.stderr).toMatch(/^shac: there is no study "study" to resume in .*shac\.db; .*\n$/);
  expect(given.stderr).toMatch(/^shac: there is no study "mine" to resume in .*empty\.db; .*\n$/);
  expect([standard.code, given.code]).toEqual([1, 1]);
});

it('says first that another program keeps the database locked, and saves nothing that is there', async () => {
  const more = "storage: sqlite('shac.db', { busyTimeoutMs: 3000 }),";
  const { cwd, file } = studyFile(SLOW, { more });
  await interrupted(cwd, ['run', file]);
  const database = openDatabase(join(cwd, 'shac.db'));
  database.exec('BEGIN IMMEDIATE');
  const { code, stdout, stderr } = await shac(cwd, 'run', file);
  database.close();
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  const locked = 'shac: .*shac\\.db: database is locked .*';
  expect(stderr).toMatch(new RegExp(`^${locked}; the search waits for it, at most 3 s\n${locked}\n$`));
  expect(readdirSync(cwd).filter((name) => name.endsWith('.shac'))).toEqual([]);
  expect((await shac(cwd, 'run', file, '--json')).code).toBe(0);
});

describe('--if-exists', () => {
  const numbers = (cwd: string) =>
    shac(cwd, 'studies', '--json').then(({ stdout }) => JSON.parse(stdout) as { name: string }[]);
  const names = async (cwd: string) => (await numbers(cwd)).map(({ name }) => name);
  const run = (cwd: string, ...flags: string[]) => shac(cwd, 'run', 'study.ts', '--json', ...flags);

  it('says what becomes of a finished study', async () => {
    const { cwd } = studyFile(NOTED);
    expect(lastLine(await run(cwd, '--if-exists', 'error', '--seed', '1'))).toMatchObject({ trials: 40, seed: 1 });
    const refused = await run(cwd, '--if-exists', 'error');
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/^shac: there is a study "study" in /) });
    const { stderr, ...result } = await run(cwd, '--if-exists', 'resume');
    expect(stderr).toMatch(/^shac: study "study" in .* is finished\n$/);
    expect(lastLine({ stderr, ...result })).toMatchObject({ seed: 1 });
    expect(lastLine(await run(cwd, '--if-exists', 'new', '--study', 'study'))).toMatchObject({ studyName: 'study-2' });
    expect(await names(cwd)).toEqual(['study', 'study-2']);
    expect(lastLine(await run(cwd, '--if-exists', 'replace', '--seed', '2'))).toMatchObject({ seed: 2, trials: 40 });
    expect(await names(cwd)).toEqual(['study', 'study-2']);
  });

  it.each(['new', 'replace', 'error'])(
    '%s is continued by the command that an interrupted run prints',
    async (what) => {
      const { cwd, file } = studyFile(SLOW);
      if (what !== 'error') await shac(cwd, 'run', file, '--study', 'mine');
      const before = noted(cwd).length;
      const result = await interrupted(cwd, ['run', file, '--json', '--study', 'mine', '--if-exists', what], {
        trials: before + 5,
      });
      expect(result.code).toBe(130);
      const { trials, studyName } = lastLine(result);
      const resumed = await shell(cwd, commandIn(result));
      expect(resumed.stderr).toContain(`: ${trials} of 40 trials are there\n`);
      expect(lastLine(resumed)).toMatchObject({ trials: 40, studyName });
      expect(studyName).toBe(what === 'new' ? 'mine-2' : 'mine');
    },
  );

  it('of a study file is what its run does, but for the command that continues it', async () => {
    const { cwd, file } = studyFile(SLOW, { more: "ifExists: 'error'," });
    const result = await interrupted(cwd, ['run', file, '--json']);
    expect((await run(cwd)).stderr).toMatch(/^shac: there is a study "study" in /);
    expect(lastLine(await shell(cwd, commandIn(result)))).toMatchObject({ trials: 40 });
  });
});
