/** However a run ends: with a message, a code other than 0, and a study that the printed command goes on with. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../support/studies.js';
import { commandIn, jsonOf, MAIN, shac, shell, start, stored, studyFile, until } from './shac.js';

/** Trial 12 does it, unless there is a file `go`. */
const once = (act: string) => `if (id === 12 && !existsSync('go')) { ${act} } return (x - 1) ** 2 + (y - 2) ** 2;`;
const BLOCKS = once("appendFileSync('blocked', ''); for (;;);");

async function goesOn(cwd: string, command: string): Promise<void> {
  writeFileSync(join(cwd, 'go'), '');
  const { code, stderr } = await shell(cwd, command);
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: expect.stringMatching(/^shac: going on with study .*: \d+ of 40 trials are there\n$/),
  });
  expect(stored(join(cwd, 'shac.db'))).toHaveLength(40);
}

const OBJECTIVES: [string, string, number | string, RegExp][] = [
  ['calls process.exit(0)', 'process.exit(0);', 1, /the objective ended the process \(exit code 0\) before/],
  ['calls process.exit(3)', 'process.exit(3);', 3, /the objective ended the process \(exit code 3\) before/],
  ['waits for nothing', 'await new Promise(() => {});', 1, /the objective waits for what never comes/],
  [
    'throws in a timer',
    "setTimeout(() => { throw new Error('late'); }); await sleep(600_000);",
    1,
    /nothing caught the error Error: late/,
  ],
  [
    'leaves a rejection alone',
    "Promise.reject(new Error('stray')); await sleep(600_000);",
    1,
    /nothing caught the error Error: stray/,
  ],
  ['aborts', 'process.abort();', 'SIGABRT', /ended by a signal/],
];

describe.each(OBJECTIVES)('an objective that %s', (_, act, code, message) => {
  it('ends the run with a message, and the study goes on', async () => {
    const { cwd, file } = studyFile(once(act));
    const { child, done } = start(cwd, ['run', file]);
    const result = await done;
    expect(result.code ?? child.signalCode).toBe(code);
    expect(result.stdout).toBe('');
    expect(result.stderr).toMatch(new RegExp(`^shac: .*${message.source}`, 'm'));
    await goesOn(cwd, commandIn(result));
  });

  it('is told as JSON', async () => {
    const { cwd, file } = studyFile(once(act));
    const result = await shac(cwd, 'run', file, '--json');
    const error = { code: expect.stringMatching(/^ERR_/), message: expect.stringMatching(message) };
    expect(jsonOf(result)).toEqual({ error });
  });
});

it.each([
  ['process.exit(0);', /^shac: the study file ended the process \(exit code 0\)/],
  ['await new Promise(() => {});', /^shac: the study file waits for what never comes/],
])('a study file with %s is no silent end either', async (statement, message) => {
  const cwd = temporaryDirectory();
  writeFileSync(join(cwd, 'study.mjs'), `${statement}\nexport default 1;\n`);
  const { code, stdout, stderr } = await shac(cwd, 'run', 'study.mjs');
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(message);
});

describe('an objective that never returns', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('is ended by the second %s', async (signal, code) => {
    const { cwd, file } = studyFile(BLOCKS);
    const run = start(cwd, ['run', file]);
    await until(() => existsSync(join(cwd, 'blocked')));
    run.child.kill(signal);
    await until(() => run.result.stderr.includes('shac: the objective holds the program up; another signal ends it'));
    run.child.kill(signal);
    const result = await run.done;
    expect(result.code).toBe(code);
    expect(result.stderr).toMatch(/\nshac: ended by a signal\nwhat is finished is kept in .*; to continue:\n/);
    await goesOn(cwd, commandIn(result));
  });

  it('is told as JSON', async () => {
    const { cwd, file } = studyFile(BLOCKS);
    const { child, done } = start(cwd, ['run', file, '--json']);
    await until(() => existsSync(join(cwd, 'blocked')));
    child.kill('SIGINT');
    const timer = setInterval(() => child.kill('SIGINT'), 100);
    const result = await done;
    clearInterval(timer);
    expect(result.code).toBe(130);
    expect(jsonOf(result)).toEqual({ error: { code: 'ERR_INTERRUPTED', message: 'ended by a signal' } });
  });
});

/** util-linux: runs a command on a terminal of its own. */
const hasScript = spawnSync('script', ['--version']).status === 0;

it.runIf(hasScript)('a Ctrl-C that the launcher passes on, as npm does, is one', async () => {
  const { cwd, file } = studyFile(`appendFileSync('noted', id + '\\n'); await sleep(30); return x;`);
  writeFileSync(
    join(cwd, 'launcher.mjs'),
    `import { spawn } from 'node:child_process';
const child = spawn(process.execPath, [${JSON.stringify(MAIN)}, 'run', '${file}'], { stdio: 'inherit' });
process.on('SIGINT', () => child.kill('SIGINT'));
child.on('exit', (code) => { process.exitCode = code; });\n`,
  );
  const child = spawn('script', ['-qec', `${process.execPath} launcher.mjs`, '/dev/null'], { cwd });
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => {
    printed += chunk;
  });
  await until(() => existsSync(join(cwd, 'noted')) && readFileSync(join(cwd, 'noted'), 'utf8').length > 10);
  child.stdin.write('\x03');
  await new Promise((resolve) => child.on('close', resolve));
  expect(printed).toContain('\r\nshac: interrupted by SIGINT\r\n');
  expect(printed).toMatch(/\r\ntrials: \d+ of 40, interrupted\r\n/);
  expect(printed).not.toContain('second signal');
});
