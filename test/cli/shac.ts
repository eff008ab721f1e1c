import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openDatabase } from '../support/database.js';
import { temporaryDirectory } from '../support/studies.js';

export const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

export interface CliResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface CliResultJson {
  best: { id: number; params: Record<string, unknown>; value: number } | null;
  trials: number;
  failed: number;
  classifiers: number;
  seconds: number;
  seed: number;
  studyName: string;
  interrupted?: true;
  spaceUsedUp?: true;
}

/** A run of the built program; its result grows as it writes. */
export interface CliRun {
  readonly child: ChildProcess;
  readonly result: Readonly<CliResult>;
  readonly done: Promise<CliResult>;
}

/** Starts `shac` in `cwd`. */
export function start(cwd: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): CliRun {
  const stdio: StdioOptions = ['ignore', 'pipe', 'pipe'];
  return started(spawn(process.execPath, [MAIN, ...args], { cwd, env: { ...environment(), ...env }, stdio }));
}

/** Runs `shac` in `cwd` to its end. */
export function shac(cwd: string, ...args: string[]): Promise<CliResult> {
  return start(cwd, args).done;
}

/** Runs a line of shell in which `shac` is the built program, as after an installation. */
export function shell(cwd: string, line: string, env: NodeJS.ProcessEnv = {}): Promise<CliResult> {
  const bin = join(temporaryDirectory(), 'bin');
  mkdirSync(bin);
  symlinkSync(MAIN, join(bin, 'shac'));
  chmodSync(MAIN, 0o755);
  const path = `${bin}:${join(process.execPath, '..')}:${process.env.PATH}`;
  const child = spawn('sh', ['-c', line], { cwd, env: { ...environment(), PATH: path, ...env } });
  child.stdin.end();
  return started(child).done;
}

/** Without npm's variables: `vitest` may be run by npm, the program under test is not. */
function environment(): NodeJS.ProcessEnv {
  const { npm_lifecycle_event: _, ...env } = process.env;
  return env;
}

function started(child: ChildProcess): CliRun {
  const result: CliResult = { code: null, stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk: Buffer) => {
    result.stdout += chunk;
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    result.stderr += chunk;
  });
  const done = new Promise<CliResult>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ ...result, code }));
  });
  return { child, result, done };
}

/** The command that a run prints for going on. */
export function commandIn({ stderr }: CliResult): string {
  return stderr.match(/; to (?:continue|go on|see the result):\n {2}(.+)\n/)?.[1] ?? `no command in: ${stderr}`;
}

/** The one JSON object that is all of stdout. */
export function jsonOf({ stdout }: CliResult): Record<string, unknown> {
  if (!/^\{[^\n]*\}\n$/.test(stdout)) throw new Error(`not one object on one line: ${stdout}`);
  return JSON.parse(stdout) as Record<string, unknown>;
}

/** The JSON object on the last line of stdout. */
export function lastLine({ stdout }: CliResult): CliResultJson {
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as CliResultJson;
}

/** Everything before the run's own clock: what two runs of one seed have in common. */
export function withoutTime(result: CliResult): Omit<CliResultJson, 'seconds'> {
  const { seconds: _, ...rest } = lastLine(result);
  return rest;
}

/** What a study of a database found, one line a trial: what must not depend on how it was run. */
export function stored(database: string, study = 'study'): string[] {
  const db = openDatabase(database, { readonly: true });
  const query = `SELECT number, state, value, (SELECT group_concat(param_name || '=' || param_value)
    FROM trial_params WHERE trial_params.trial_id = trials.trial_id) AS params
    FROM trials LEFT JOIN trial_values USING (trial_id) JOIN studies USING (study_id) WHERE study_name = ? ORDER BY number`;
  try {
    return db
      .prepare(query)
      .all(study)
      .map((row) => JSON.stringify(row));
  } finally {
    db.close();
  }
}

/** A study file, in a directory of its own; `evaluate` is the body of the objective, of `{ x, y }` and `id`. */
export function studyFile(
  evaluate: string,
  { name = 'study.ts', more = '', cwd = temporaryDirectory() } = {},
): { cwd: string; file: string } {
  writeFileSync(
    join(cwd, name),
    `import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { defineStudy, sqlite, uniform } from 'shac';
void [appendFileSync, existsSync, sleep, spawnSync, sqlite, writeSync];
export default defineStudy({
  space: { x: uniform(-5, 10), y: uniform(0, 15) },
  totalBudget: 40, numBatches: 4, objective: 'min', skipCvChecks: true, classifier: { rounds: 20 }, ${more}
  evaluate: async ({ x, y }, { trialId: id }) => { ${evaluate} },
});
`,
  );
  return { cwd, file: name };
}

/** Resolves once `probe` gives something other than undefined or false. */
export async function until<T>(probe: () => T | undefined | false | Promise<T | undefined | false>): Promise<T> {
  for (;;) {
    const found = await probe();
    if (found !== undefined && found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
