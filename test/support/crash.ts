import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { ObjectiveSource, SHAC, ShacOptions } from 'shac';
import { expect, onTestFinished } from 'vitest';
import { type Params, type space, temporaryDirectory } from './studies.js';

export const BACKENDS = ['inline', 'threads', 'processes', 'command', 'python'] as const;
export type CrashBackend = (typeof BACKENDS)[number];

/** A search that is run in a process of its own, and killed there. */
export interface CrashPlan {
  readonly storage: string;
  readonly seed: number;
  readonly backend: CrashBackend;
  readonly batches: 'sync' | 'async';
  /** Where it notes the trials whose end it was told. */
  readonly log: string;
}

/** A plan with a file of its own. */
export function crashPlan(options: Pick<CrashPlan, 'backend' | 'batches' | 'seed'>): CrashPlan {
  const dir = temporaryDirectory();
  return { ...options, storage: join(dir, 'study.db'), log: join(dir, 'log') };
}

/** What `open` of test/fixtures/crash/study.mjs takes. */
interface OpenOptions {
  storage?: ShacOptions['storage'];
  seed?: number;
  studyName?: string;
  backend?: CrashBackend;
  totalBudget?: number;
  numBatches?: number;
}

interface StudyFixture {
  open(options: OpenOptions): SHAC<typeof space>;
  objectiveOf(backend: CrashBackend): ObjectiveSource<Params>;
}

export const crashFixture = (name: string) => fileURLToPath(new URL(`../fixtures/crash/${name}`, import.meta.url));

/** The study that is killed, for this process. */
export const { open, objectiveOf } = (await import(crashFixture('study.mjs'))) as StudyFixture;

/** Numbers in [0, 1) that are the same in every run. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface Victim {
  readonly child: ChildProcess;
  /** Resolves when it is about to begin; or has ended before. */
  readonly begun: Promise<unknown>;
  /** Resolves when it says something more. */
  readonly going: Promise<unknown>;
  readonly ended: Promise<{ code: number | null; stderr: string }>;
}

/** Starts a script of test/fixtures/crash that says on its standard output when it begins. */
export function startVictim(script: string, argument: unknown, env: NodeJS.ProcessEnv = {}): Victim {
  const child = spawn(process.execPath, [crashFixture(script), JSON.stringify(argument)], {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk;
  });
  // 'exit', not 'close': what it started may hold the pipes for a moment longer.
  const ended = new Promise<{ code: number | null; stderr: string }>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => resolve({ code, stderr }));
  });
  const said = (text: string) => Promise.race([saying(child.stdout, text), ended]);
  return { child, begun: said('begun'), going: said('going'), ended };
}

export function saying(stream: Readable, text: string): Promise<void> {
  return new Promise((resolve) => {
    stream.on('data', (chunk: Buffer) => {
      if (chunk.includes(text)) resolve();
    });
  });
}

/**
 * Kills a victim so many milliseconds after it begins, or after it is going.
 *
 * @returns whether it was killed: false when it came to its end before.
 */
export async function killAfter(victim: Victim, ms: number, from: 'begun' | 'going' = 'begun'): Promise<boolean> {
  const { child, ended } = victim;
  await victim[from];
  const timer = setTimeout(() => child.kill('SIGKILL'), ms);
  const { code, stderr: said } = await ended;
  const stderr = said.replace(/^.*SHAC_NOTHING_TO_DO.*\n.*trace-warnings.*\n/m, ''); // killed after its last trial
  clearTimeout(timer);
  if (code === null) return true;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return false;
}
