/** What gets to standard output: one JSON object with `--json`, and a message where nothing can be written. */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../support/studies.js';
import { commandIn, jsonOf, lastLine, MAIN, shac, shell, stored, studyFile } from './shac.js';

const VALUE = 'return (x - 1) ** 2 + (y - 2) ** 2;';
/** Prints in every way that there is, and leaves lines open. */
const PRINTS = `console.log('logged', id); spawnSync('echo', ['of a child'], { stdio: 'inherit' }); writeSync(1, 'direct ');
  process.stdout.write('open'); ${VALUE}`;

describe.each(['inline', 'threads', 'processes'])(
  'with --json, an objective that prints, evaluated in %s,',
  (where) => {
    it('prints to standard error', async () => {
      const { cwd, file } = studyFile(PRINTS);
      const result = await shac(cwd, 'run', file, '--json', '--backend', where);
      expect(jsonOf(result)).toMatchObject({ trials: 40, failed: 0 });
      for (const text of ['logged 39\n', 'of a child\n', 'direct ', 'open']) expect(result.stderr).toContain(text);
    });
  },
);

it.each([
  ['command', "command(['sh', '-c', 'echo noise; echo {x}'])"],
  ['python', "python({ module: 'objective.py' })"],
])('with --json, a %s that prints does not print there', async (name, evaluate) => {
  const cwd = temporaryDirectory();
  writeFileSync(
    join(cwd, 'objective.py'),
    "import os\ndef evaluate(params):\n  print('noise', end='', flush=True)\n  os.system('echo noise')\n  return params['x']\n",
  );
  writeFileSync(
    join(cwd, 'study.ts'),
    `import { ${name}, defineStudy, uniform } from 'shac';
export default defineStudy({ space: { x: uniform(0, 1) }, totalBudget: 4, numBatches: 2, evaluate: ${evaluate} });\n`,
  );
  expect(jsonOf(await shac(cwd, 'run', 'study.ts', '--json'))).toMatchObject({ trials: 4, failed: 0 });
});

it('with --json begins a line also where standard error goes to the same place', async () => {
  const { cwd, file } = studyFile(`process.stdout.write('open'); ${VALUE}`);
  const { stdout } = await shell(cwd, `shac run ${file} --json 2>&1`);
  expect(lastLine({ code: 0, stdout, stderr: '' })).toMatchObject({ trials: 40 });
});

it('begins the summary on a line of its own', async () => {
  const { cwd, file } = studyFile(`process.stdout.write('open'); ${VALUE}`);
  expect((await shac(cwd, 'run', file)).stdout).toMatch(/^(open){40}\nbest: /);
});

it.each([
  'process.stdout.write = () => { throw new Error("mine"); }; console.log = process.stdout.write;',
  'if (id === 3) process.stdout.end();',
  'if (id === 3) (await import("node:fs")).closeSync(1);',
])('prints the result whatever an objective makes of standard output: %s', async (act) => {
  const { cwd, file } = studyFile(`${act} ${VALUE}`);
  expect(jsonOf(await shac(cwd, 'run', file, '--json'))).toMatchObject({ trials: 40, failed: 0 });
  expect((await shac(cwd, 'run', file, '--db', 'b.db')).stdout).toMatch(/^best: [\s\S]*\ntrials: 40 of 40\n/);
});

describe('a failure with --json', () => {
  it.each([
    [['run', '--json'], 'ERR_INVALID_ARGUMENT', /missing required argument 'study'/],
    [['run', 'absent.ts', '--json'], 'ERR_INVALID_STUDY', /there is no study file/],
    [['run', 'study.ts', '--json', '--oops'], 'ERR_UNKNOWN_OPTION', /unknown option '--oops'/],
    [['run', 'study.ts', '--json', '--budget', 'many'], 'ERR_INVALID_ARGUMENT', /'many' is invalid/],
    [['run', 'study.ts', '--json', '--resume'], 'ERR_STUDY_NOT_FOUND', /there is no study "study" to resume/],
    [['run', 'study.ts', '--json', '--budget', '7', '--batches', '3'], 'ERR_INVALID_BUDGET', /totalBudget 7/],
    [['studies', '--json', '--db', 'typo.db'], 'ERR_STORAGE', /there is no database typo\.db/],
    [['show', '--json', '--db', 'typo.db'], 'ERR_STORAGE', /there is no database .*typo\.db/],
    [['best', '--json', '--db', 'typo.db'], 'ERR_STORAGE', /there is no database .*typo\.db/],
    [['walk', '--json'], 'ERR_INVALID_ARGUMENT', /unknown command 'walk'|too many arguments/],
    [['export', '--json'], 'ERR_UNKNOWN_OPTION', /unknown option '--json'/],
    [['--json'], 'ERR_UNKNOWN_OPTION', /unknown option '--json'/],
  ])('of %j is one object', async (args, code, message) => {
    const { cwd } = studyFile(VALUE);
    const result = await shac(cwd, ...args);
    expect(result.code).toBe(1);
    expect(jsonOf(result)).toEqual({ error: { code, message: expect.stringMatching(message) } });
    expect(result.stderr).toMatch(/^shac: /);
  });

  it('of all trials is one object', async () => {
    const { cwd, file } = studyFile("console.log('noise'); throw new Error('no');");
    const result = await shac(cwd, 'run', file, '--json');
    expect(result.code).toBe(1);
    const message = expect.stringContaining('all 10 trials of batch 0 failed');
    expect(jsonOf(result)).toEqual({ error: { code: 'ERR_ALL_TRIALS_FAILED', message } });
  });
});

it('help that is asked for is no failure', async () => {
  const { code, stdout } = await shac(temporaryDirectory(), 'run', '--help', '--json');
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^Usage: shac run/) });
});

/** Runs with a standard output that takes nothing. */
async function toFullDisk(cwd: string, ...args: string[]) {
  const full = openSync('/dev/full', 'w');
  const child = spawn(process.execPath, [MAIN, ...args], { cwd, stdio: ['ignore', full, 'pipe'] });
  closeSync(full);
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk;
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  return { code, stdout: '', stderr };
}

describe.runIf(existsSync('/dev/full'))('on a full disk', () => {
  it.each([[], ['--json']])('a run says that its result is not printed, and how to see it %j', async (...flags) => {
    const { cwd, file } = studyFile(VALUE);
    const result = await toFullDisk(cwd, 'run', file, ...flags);
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(
      /^shac: standard output cannot be written: ENOSPC: .*\n40 of 40 trials are kept in .*; to see the result:\n.*\n$/,
    );
    const { stdout } = await shell(cwd, commandIn({ ...result, code: 1 }));
    expect(stdout).toContain(flags.length > 0 ? '"trials":40' : 'trials: 40 of 40\n');
  });

  it.each(['inline', 'threads', 'processes'])('a run goes on that prints, in %s', async (where) => {
    const { cwd, file } = studyFile(`console.log('x'.repeat(9000)); ${VALUE}`);
    const { code, stderr } = await toFullDisk(cwd, 'run', file, '--backend', where);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^shac: standard output cannot be written: ENOSPC: .*; what is printed there is lost, the command goes on\n/,
    );
    expect(stored(join(cwd, 'shac.db')).filter((row) => row.includes('COMPLETE'))).toHaveLength(40);
  });

  it.each([['studies'], ['show'], ['best'], ['export', '--csv'], ['--version'], ['run', '--help']])(
    '%s fails',
    async (...args) => {
      const { cwd, file } = studyFile(VALUE);
      await shac(cwd, 'run', file);
      const { code, stderr } = await toFullDisk(cwd, ...args);
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/^shac: .*ENOSPC: .*\n$/) });
    },
  );
});

describe('a reader that goes', () => {
  it.each(['inline', 'threads', 'processes'])('does not end the search, in %s', async (where) => {
    const { cwd, file } = studyFile(`console.log('x'.repeat(9000)); await sleep(5); ${VALUE}`);
    const { stderr } = await shell(cwd, `(shac run ${file} --backend ${where}; echo code $? >&2) | true`);
    expect(stderr).toMatch(/^shac: standard output cannot be written: its reader has closed it \(EPIPE\); .*goes on\n/);
    expect(stderr).toMatch(/\n40 of 40 trials are kept in .*; to see the result:\n.*\ncode 1\n$/);
  });

  it('is no failure of a command that only shows', async () => {
    const { cwd, file } = studyFile(VALUE);
    await shac(cwd, 'run', file);
    for (const command of ['studies', 'show', 'best', 'export --jsonl']) {
      const { stderr } = await shell(cwd, `(sleep 0.2; shac ${command}; echo code $? >&2) | true`);
      expect(stderr).toBe('code 0\n');
    }
  });
});
