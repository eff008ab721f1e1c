import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { inject, onTestFinished } from 'vitest';
import { sleep } from './studies.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** The `bin` of an environment with Optuna. */
    optuna: string;
  }
}

const SCRIPT = fileURLToPath(new URL('../fixtures/optuna/studies.py', import.meta.url));

/** A trial as Optuna has it; what JSON has no number for is a text: 'Infinity', '-Infinity', 'NaN'. */
export interface OptunaTrial {
  readonly number: number;
  readonly state: 'RUNNING' | 'COMPLETE' | 'PRUNED' | 'FAIL' | 'WAITING';
  readonly params: Record<string, unknown>;
  readonly distributions: Record<string, { name: string; attributes: Record<string, unknown> }>;
  readonly values: (number | string)[] | null;
  readonly reports: Record<string, number | string>;
  readonly attributes: Record<string, unknown>;
  readonly system: Record<string, unknown>;
  readonly start: string | null;
  readonly complete: string | null;
}

export interface OptunaStudy {
  readonly version: string;
  readonly direction: 'MINIMIZE' | 'MAXIMIZE';
  readonly attributes: Record<string, unknown>;
  readonly trials: OptunaTrial[];
  readonly best: OptunaTrial | null;
}

/** What Optuna calls an SQLite file. */
export const sqliteUrl = (file: string) => `sqlite:///${file}`;

/** Runs a command of fixtures/optuna/studies.py in a process of its own. */
export async function optuna<T>(command: string, storage: string, ...args: (string | number)[]): Promise<T> {
  const child = spawn(`${inject('optuna')}/python`, [SCRIPT, command, storage, ...args.map(String)]);
  onTestFinished(() => void child.kill('SIGKILL')); // when the test was given up
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      said[name] += text;
    });
  }
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (code !== 0) throw new Error(`Optuna could not ${command} ${storage} (status ${code}):\n${said.stderr}`);
  return JSON.parse(said.stdout) as T;
}

/** Starts Optuna's dashboard of a file. The function returned asks its API for a path. */
export async function dashboard(file: string): Promise<<T>(path: string) => Promise<T>> {
  const port = await freePort();
  const address = ['--host', '127.0.0.1', '--port', String(port), '--server', 'wsgiref'];
  const child = spawn(`${inject('optuna')}/optuna-dashboard`, [sqliteUrl(file), ...address], { stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  const get = async <T>(path: string): Promise<T> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    if (!response.ok) throw new Error(`${path}: status ${response.status}: ${await response.text()}`);
    return (await response.json()) as T;
  };
  for (;;) {
    if (child.exitCode !== null) throw new Error(`optuna-dashboard ended with status ${child.exitCode}`);
    if (await get('/api/meta').catch(() => undefined)) return get;
    await sleep(50);
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
