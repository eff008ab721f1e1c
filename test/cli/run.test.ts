/** `shac run`, to its end. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../support/studies.js';
import { jsonOf, lastLine, shac, shell, stored, studyFile, withoutTime } from './shac.js';

const SQUARES = 'return (x - 1) ** 2 + (y - 2) ** 2;';
const root = fileURLToPath(new URL('../..', import.meta.url));
const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };

describe('shac', () => {
  it('tells its version and that of XGBoost', async () => {
    const { code, stdout } = await shac(root, '--version');
    expect(stdout).toMatch(new RegExp(`^shac ${version.replaceAll('.', '\\.')} \\(XGBoost \\d+\\.\\d+\\.\\d+\\)\n$`));
    expect(code).toBe(0);
  });

  it('explains itself', async () => {
    expect(await shac(root, 'run', '--help')).toMatchObject({ code: 0, stdout: expect.stringContaining('--resume') });
  });
});

/** A study of 12 points, each tried once. */
function smallStudy(evaluate: string) {
  const { cwd, file } = studyFile(evaluate, { more: 'distinct: true,' });
  const source = readFileSync(join(cwd, file), 'utf8');
  const small = 'space: { x: integer(1, 3), y: integer(1, 4) }';
  writeFileSync(join(cwd, file), source.replace(/space: \{.*?\}/, small).replace('uniform }', 'integer }'));
  return { cwd, file };
}

describe('a run', () => {
  it('prints a summary, nothing on stderr that is no terminal, keeps one file, and exits', async () => {
    const { cwd, file } = studyFile(SQUARES);
    const { code, stdout, stderr } = await shac(cwd, 'run', file, '--seed', '3');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^best: [\d.e-]+ \(trial \d+\)\n {2}x {2}[\d.-]+\n {2}y {2}[\d.-]+\ntrials: 40 of 40\n/);
    expect(stdout).toMatch(/\nclassifiers: 2\nseed: 3\nseconds: [\d.]+\n$/);
    expect(readdirSync(cwd)).toEqual(['shac.db', file]);
  });

  it('prints with --json one object, the same for the same seed', async () => {
    const { cwd, file } = studyFile(SQUARES);
    const run = (db: string, seed = '3') => shac(cwd, 'run', file, '--seed', seed, '--json', '--db', db);
    const [first, second] = await Promise.all([run('a.db'), run('b.db')]);
    const { best, ...rest } = lastLine(first);
    expect(rest).toEqual({
      trials: 40,
      failed: 0,
      classifiers: 2,
      seconds: expect.any(Number),
      seed: 3,
      studyName: 'study',
    });
    expect(best?.value).toBe((Number(best?.params.x) - 1) ** 2 + (Number(best?.params.y) - 2) ** 2);
    expect(first.stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(withoutTime(second)).toEqual(withoutTime(first));
    expect(withoutTime(await run('c.db', '4'))).not.toEqual(withoutTime(first));
  });

  it('takes the budget, the batches and the parallelism from its flags', async () => {
    const { cwd, file } = studyFile(SQUARES);
    const flags = ['--budget', '30', '--batches', '3', '--evaluators', '1', '--generators', '1', '--early-stop'];
    const result = await shac(cwd, 'run', file, '--json', '--skip-cv-checks', '--relax-checks', ...flags);
    expect(lastLine(result)).toMatchObject({ trials: 30, classifiers: 2 });
  });

  it('ends with the space, where nothing is to be tried twice', async () => {
    const { cwd, file } = smallStudy('return x + y;');
    const { code, stdout } = await shac(cwd, 'run', file);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringContaining('trials: 12 of 40, every point of the space'),
    });
    const again = await shac(cwd, 'run', file, '--study', 'b', '--json');
    expect(lastLine(again)).toMatchObject({ trials: 12, spaceUsedUp: true });
    const resumed = await shac(cwd, 'run', file, '--study', 'b');
    expect(resumed).toMatchObject({ code: 0, stdout: expect.stringContaining('trials: 12 of 40') });
    expect(resumed.stderr).toMatch(/^shac: study "b" in .* is finished: every point of the space was tried\n$/);
    const { seconds: _, ...result } = lastLine(await shac(cwd, 'run', file, '--study', 'b', '--json'));
    expect(lastLine(again)).toMatchObject(result);
    // A larger budget has nothing to try either, and no study begins beside it.
    const grown = await shac(cwd, 'run', file, '--budget', '80', '--json');
    expect(lastLine(grown)).toMatchObject({ trials: 12, studyName: 'study', spaceUsedUp: true });
    expect(grown.stderr).toMatch(/^shac: study "study" in .* is finished: every point of the space was tried\n$/);
    const shown = await shac(cwd, 'show', 'study');
    expect(shown.stdout).toContain('\nstate: finished, every point of the space was tried\n');
    expect(jsonOf(await shac(cwd, 'show', 'b', '--json'))).toMatchObject({ state: 'finished', spaceUsedUp: true });
  });

  it('shows as unfinished what is not tried of a small space', async () => {
    const { cwd, file } = smallStudy(
      'if (x + y > 5) { process.kill(process.pid, "SIGTERM"); await sleep(60_000); } return x + y;',
    );
    expect((await shac(cwd, 'run', file)).code).toBe(143);
    const shown = jsonOf(await shac(cwd, 'show', '--json'));
    expect(shown.state).toBe('unfinished');
    expect(shown).not.toHaveProperty('spaceUsedUp');
  });

  it('takes the preset from its flag, which a study keeps', async () => {
    const { cwd, file } = studyFile(SQUARES);
    const run = (...flags: string[]) => shac(cwd, 'run', file, '--seed', '3', '--json', ...flags);
    expect(lastLine(await run('--preset', 'paper'))).toMatchObject({ trials: 40, classifiers: 3 });
    expect((await run('--resume')).stderr).toMatch(
      /the preset in .*shac\.db is not that.*stored: "paper"; given: "default"/,
    );
    expect(lastLine(await run('--preset', 'default', '--db', 'other.db'))).toMatchObject({ classifiers: 2 });
    const { code, stderr } = await run('--preset', 'fast');
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/'fast' is invalid.*default, paper/) });
  });

  it('counts failed trials, and tells the reason of the first', async () => {
    const { cwd, file } = studyFile(`if (id % 4 === 1) throw new RangeError('trial ' + id + ' is odd'); ${SQUARES}`);
    const [json, text] = await Promise.all([shac(cwd, 'run', file, '--json'), shac(cwd, 'run', file, '--db', 'b.db')]);
    expect(lastLine(json)).toMatchObject({ trials: 40, failed: 10 });
    expect(text.stdout).toContain('failed: 10; the first, trial 1, with RangeError: trial 1 is odd\n');
  });

  it('keeps the study in --db, under --study', async () => {
    const { cwd, file } = studyFile(SQUARES);
    await shac(cwd, 'run', file, '--db', 'kept.db', '--study', 'first try');
    expect(stored(join(cwd, 'kept.db'), 'first try')).toHaveLength(40);
    expect(existsSync(join(cwd, 'shac.db'))).toBe(false);
  });

  it('keeps it where the study file says, unless told otherwise', async () => {
    const { cwd, file } = studyFile(SQUARES, { more: "storage: 'own.db', studyName: 'squares'," });
    await shac(cwd, 'run', file);
    expect(stored(join(cwd, 'own.db'), 'squares')).toHaveLength(40);
  });

  it('keeps what is finished when it cannot go on', async () => {
    const { cwd, file } = studyFile(`if (id >= 20) throw new Error('the disk is full'); ${SQUARES}`);
    const { code, stderr } = await shac(cwd, 'run', file);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^shac: all 10 trials of batch 2 failed; the first with Error: the disk is full\n30 of 40 trials are kept in .*shac\.db, study "study"; to continue:\n.* run study\.ts --resume\n$/,
    );
    expect(stderr).not.toContain('    at ');
    expect(stored(join(cwd, 'shac.db'))).toHaveLength(30);
  });

  it('calls the report of the study at the end, but not with --json', async () => {
    const more = 'report: async (search) => { console.log("report of", search.trials.length); },';
    const { cwd, file } = studyFile(SQUARES, { more });
    const [text, json] = await Promise.all([shac(cwd, 'run', file), shac(cwd, 'run', file, '--json', '--db', 'b.db')]);
    expect(text.stdout).toMatch(/seconds: [\d.]+\nreport of 40\n$/);
    expect(json.stdout).not.toContain('report');
  });

  it.each(['branin.ts', 'hartmann6.ts'])('runs examples/%s', async (name) => {
    const db = join(temporaryDirectory(), 'examples.db');
    const result = lastLine(await shac(root, 'run', join('examples', name), '--seed', '1', '--json', '--db', db));
    expect(result).toMatchObject({ trials: 190, failed: 0 });
    expect(result.best?.value).toBeLessThan(name === 'branin.ts' ? 2 : -1.5);
  });
});

describe('a study file', () => {
  it('may be TypeScript with types, enums and a top-level await, and import files of its own', async () => {
    const cwd = temporaryDirectory();
    writeFileSync(join(cwd, 'scale.ts'), `import { uniform } from 'shac';\nexport const x = uniform(0, 1);\n`);
    writeFileSync(
      join(cwd, 'typed.ts'),
      `import { defineStudy, type ShacOptions } from 'shac';
import { x } from './scale.ts';
enum Unit { One = 1, Two }
const unit: Unit = await Promise.resolve(Unit.Two);
const budget = { totalBudget: 4, numBatches: 2 } satisfies Partial<ShacOptions>;
export default defineStudy({ space: { x }, ...budget, evaluate: ({ x }: { x: number }): number => x * unit });
`,
    );
    const { best } = lastLine(await shac(cwd, 'run', 'typed.ts', '--json'));
    expect(best?.value).toBe(2 * Number(best?.params.x));
  });

  it('may be an ES module', async () => {
    const { cwd, file } = studyFile(SQUARES, { name: 'study.mjs' });
    expect(lastLine(await shac(cwd, 'run', file, '--json')).trials).toBe(40);
  });
});

/** util-linux: runs a command on a terminal of its own. */
const hasScript = spawnSync('script', ['--version']).status === 0;

describe.runIf(hasScript)('on a terminal', () => {
  const onTerminal = (columns: number) => {
    const { cwd, file } = studyFile(`await sleep(20); ${SQUARES}`);
    const run = `stty cols ${columns}; exec shac run ${file} --seed 1`;
    return shell(cwd, `script -qec '${run}' /dev/null`, { TERM: 'xterm' });
  };

  it('redraws one line, which ends before the summary begins', async () => {
    const { code, stdout } = await onTerminal(100);
    expect(code).toBe(0);
    const lines = stdout.split('\r\n');
    const drawings = lines[0]?.split('\r').filter((text) => text !== '') ?? [];
    expect(drawings[0]).toMatch(/^0\/40 trials, best -, \? left, stage 1\/4, 0 classifiers, 0s elapsed/);
    expect(drawings.at(-1)).toMatch(/^40\/40 trials, best [\d.e-]+, stage 4\/4, 2 classifiers, \d+s elapsed *$/);
    expect(drawings.length).toBeGreaterThan(4);
    expect(lines[1]).toMatch(/^best: /);
  });

  it('stays within a narrow one', async () => {
    const { stdout } = await onTerminal(24);
    const drawings = stdout.split('\r\n')[0]?.split('\r') ?? [];
    expect(Math.max(...drawings.map((text) => text.length))).toBeLessThan(24);
    expect(drawings.at(-1)).toMatch(/^40\/40 trials/);
  });

  it('prints what an objective prints above the line', async () => {
    const { cwd, file } = studyFile(
      `await sleep(60); process.stdout.write('open'); console.error('said ' + id); ${SQUARES}`,
    );
    const run = `stty cols 100; exec shac run ${file} --evaluators 1`;
    const { code, stdout } = await shell(cwd, `script -qec '${run}' /dev/null`, { TERM: 'xterm' });
    expect(code).toBe(0);
    const shown = screen(stdout);
    expect(shown.slice(0, 3)).toEqual(['opensaid 0', 'opensaid 1', 'opensaid 2']);
    expect(shown).toContainEqual(expect.stringMatching(/^40\/40 trials, best /));
    expect(shown).toContainEqual(expect.stringMatching(/^best: /));
    expect(shown.filter((line) => line.includes('said') && line.includes('trials'))).toEqual([]);
  });

  it('ends the line before the message after a Ctrl-C', async () => {
    const { cwd, file } = studyFile("await sleep(30); if (id === 12) process.kill(process.pid, 'SIGINT'); return x;");
    const { stdout } = await shell(cwd, `script -qec 'exec shac run ${file}' /dev/null`, { TERM: 'xterm' });
    const shown = screen(stdout);
    expect(shown).toContain('shac: interrupted by SIGINT');
    expect(shown.find((line) => line.includes('/40 trials'))).toMatch(/^1\d\/40 trials, best [^\r]*elapsed$/);
  });
});

/** The lines that a terminal shows in the end. */
function screen(written: string): string[] {
  return written.split('\r\n').map((line) => {
    let shown = '';
    for (const part of line.split('\r')) shown = part + shown.slice(part.length);
    return shown.trimEnd();
  });
}
