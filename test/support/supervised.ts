/** Searches in scripts of their own, and what is left of them when they have ended. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, vi } from 'vitest';
import { isRunning } from './processes.js';
import { temporaryDirectory } from './studies.js';

export const KINDS = ['threads', 'processes', 'command', 'python'] as const;
export const DEEDS = ['spins', 'waits', 'blocks', 'ignores signals'] as const;
export const DEATHS = ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGKILL', 'Ctrl-C'] as const;

export interface Script {
  readonly node: ChildProcess;
  readonly ended: Promise<unknown>;
  /** Those that run of the script, its programs, theirs, and its watchers. */
  running(): number[];
}

/** A script in a group of its own, as a shell starts it. All that it starts can be told by a variable, or is its child. */
export function startScript(file: string, args: readonly string[]): Script {
  const mark = `SHAC_TEST=${randomUUID()}`;
  const node = spawn(
    process.execPath,
    [fileURLToPath(new URL(`../fixtures/supervise/${file}`, import.meta.url)), ...args],
    {
      env: { ...process.env, SHAC_TEST: mark.split('=')[1] },
      detached: true,
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  const known = new Set<number>();
  const running = () => {
    for (const pid of [...marked(mark), ...childrenOf(node.pid as number)]) known.add(pid);
    return [...known].filter(isRunning);
  };
  onTestFinished(() => {
    for (const pid of running()) process.kill(pid, 'SIGKILL');
  });
  return { node, ended: once(node, 'exit'), running };
}

/** A search of which two evaluations are under way, and have started all that they start. */
export async function underWay(kind: string, deed: string, options: readonly string[] = []): Promise<Script> {
  const log = join(temporaryDirectory(), 'log');
  const script = startScript('search.mjs', [kind, deed, log, ...options]);
  const begun = () => existsSync(log) && readFileSync(log, 'utf8').split('\n').length > 2;
  await vi.waitUntil(begun, { timeout: 30_000, interval: 10 });
  expect(script.running().length).toBeGreaterThanOrEqual(6); // the script, its watcher, and two programs of each evaluation
  return script;
}

/** Ends it as a user or the system would. */
export function end({ node }: Script, death: (typeof DEATHS)[number]): void {
  if (death === 'Ctrl-C') process.kill(-(node.pid as number), 'SIGINT');
  else node.kill(death);
}

/** Nothing is left, soon. */
export async function expectNothingLeft({ running }: Script): Promise<void> {
  await vi.waitUntil(() => running().length === 0, { timeout: 15_000, interval: 20 }).catch(() => {});
  expect(running().map(commandOf)).toEqual([]);
}

function marked(mark: string): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => textOf(`/proc/${pid}/environ`).includes(mark)).map(Number);
}

function childrenOf(pid: number): number[] {
  const tasks = existsSync(`/proc/${pid}/task`) ? readdirSync(`/proc/${pid}/task`) : [];
  return tasks.flatMap((task) => (textOf(`/proc/${pid}/task/${task}/children`).match(/\d+/g) ?? []).map(Number));
}

function commandOf(pid: number): string {
  return textOf(`/proc/${pid}/cmdline`).replaceAll('\0', ' ');
}

/** Of a file that may be gone at any moment. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
