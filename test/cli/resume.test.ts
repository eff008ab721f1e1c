/** Interrupted and continued: nothing is lost, nothing is overwritten, and the end is that of an uninterrupted run. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type CliResult, dataset, lastLine, shac, shell, start, studyFile, until } from './shac.js';

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

/** The command that an interrupted run prints. */
function commandIn({ stderr }: CliResult): string {
  return stderr.match(/^ {2}(shac run .+)$/m)?.[1] ?? `no command in: ${stderr}`;
}

async function uninterrupted(evaluate: string, ...flags: string[]): Promise<string> {
  const { cwd, file } = studyFile(evaluate);
  await shac(cwd, 'run', file, '--data', 'whole', ...flags);
  return dataset(join(cwd, 'whole'));
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
    expect(result.stderr).toContain(`shac: interrupted by SIGINT\n${trials} of 40 trials are kept in study.shac`);

    const command = commandIn(result);
    expect(command).toBe('shac run study.ts --seed 9 --json --resume');
    const resumed = await shell(cwd, command);
    expect(resumed).toMatchObject({ code: 0, stderr: '' });
    expect(lastLine(resumed)).toMatchObject({ trials: 40, seed: 9 });
    expect(dataset(join(cwd, 'study.shac'))).toBe(await uninterrupted(NOTED, '--seed', '9'));
  });
});

it('keeps a seed that was drawn, and can be interrupted again and again', async () => {
  const { cwd, file } = studyFile(SLOW);
  const first = await interrupted(cwd, ['run', file, '--data', 'my data'], { trials: 5 });
  expect(commandIn(first)).toBe("shac run study.ts --data 'my data' --resume");
  const again = ['run', file, '--data', 'my data', '--resume', '--json'];
  const second = await interrupted(cwd, again, { trials: 25 });
  expect(second.code).toBe(130);
  expect(commandIn(second)).toBe("shac run study.ts --data 'my data' --resume --json");
  const { seed, trials } = lastLine(await shell(cwd, commandIn(second)));
  expect(trials).toBe(40);
  expect(dataset(join(cwd, 'my data'))).toBe(await uninterrupted(NOTED, '--seed', String(seed)));
});

it('exits with 143 after SIGTERM', async () => {
  const { cwd, file } = studyFile(SLOW);
  const result = await interrupted(cwd, ['run', file], { signal: 'SIGTERM' });
  expect(result.code).toBe(143);
  expect(result.stderr).toContain('interrupted by SIGTERM');
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
  const { code, stderr } = await interrupted(cwd, ['run', file], { trials: 6 });
  expect({ code, stderr }).toEqual({ code: 130, stderr: '' });
});

describe('a directory that holds a study', () => {
  it('is not overwritten', async () => {
    const { cwd, file } = studyFile(NOTED);
    await shac(cwd, 'run', file, '--data', 'kept');
    const before = dataset(join(cwd, 'kept'));
    const { code, stderr } = await shac(cwd, 'run', file, '--data', 'kept');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^shac: kept holds a study already; pass --resume .*\n$/);
    expect(dataset(join(cwd, 'kept'))).toBe(before);
  });

  it('is left alone by the next interrupted run, which takes another', async () => {
    const { cwd, file } = studyFile(SLOW);
    await interrupted(cwd, ['run', file], { trials: 3 });
    const second = await interrupted(cwd, ['run', file], { trials: 12 });
    expect(commandIn(second)).toBe('shac run study.ts --resume --data study-2.shac');
    expect(readdirSync(cwd)).toEqual(expect.arrayContaining(['study.shac', 'study-2.shac']));
  });

  it('gives a finished study back at once', async () => {
    const { cwd, file } = studyFile(NOTED);
    const [first, second] = [
      await shac(cwd, 'run', file, '--data', 'kept', '--json'),
      await shac(cwd, 'run', file, '--data', 'kept', '--json', '--resume'),
    ];
    expect(lastLine(second).best).toEqual(lastLine(first).best);
    expect(noted(cwd)).toHaveLength(41);
  });

  it.each([
    [['--budget', '80'], /the budget in .* stored: .*40.* given: .*80/],
    [['--seed', '6'], /--seed 6 is not the seed of the study in kept, which is 5/],
  ])('is not resumed with %j', async (flags, message) => {
    const { cwd, file } = studyFile(NOTED);
    await shac(cwd, 'run', file, '--data', 'kept', '--seed', '5');
    const { code, stderr } = await shac(cwd, 'run', file, '--data', 'kept', '--resume', ...flags);
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain('    at ');
  });
});

it('refuses to resume where there is nothing', async () => {
  const { cwd, file } = studyFile(NOTED);
  const [standard, given] = await Promise.all([
    shac(cwd, 'run', file, '--resume'),
    shac(cwd, 'run', file, '--resume', '--data', 'empty'),
  ]);
  expect(standard.stderr).toMatch(/^shac: there is no study to resume in study\.shac; .*\n$/);
  expect(given.stderr).toMatch(/^shac: there is no study to resume in empty; .*\n$/);
  expect([standard.code, given.code]).toEqual([1, 1]);
});
