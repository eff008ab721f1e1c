import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Dispatcher, Lease } from 'shac';
import { sleep } from './studies.js';

export const fixtures = fileURLToPath(new URL('../fixtures/evaluators/', import.meta.url));

/** The first evaluation of a trial, with what a test is about. */
export function leaseOf<P>(params: P, overrides: Partial<Lease<P>> = {}): Lease<P> {
  const { signal } = new AbortController();
  return { params, trialId: 0, workerId: 0, attempt: 1, signal, deadline: undefined, report: () => {}, ...overrides };
}

/** What the dispatcher tells of a lease, as `{ value, … }`. Rejects with what it says of one that failed. */
export async function evaluated<P>(dispatcher: Dispatcher<P>, params: P, overrides: Partial<Lease<P>> = {}) {
  const { type, ...answer } = await dispatcher.submit(leaseOf(params, overrides));
  if ('error' in answer) {
    const { error, ...beside } = answer;
    throw Object.assign(new Error(error.message), error, beside);
  }
  const { values, ...beside } = answer;
  if (values.length !== 1) throw new Error(`${values.length} values were told`);
  return { value: values[0] as number, ...beside };
}

/** Whether there is such a process, be it a dead one whose parent has not noticed yet. */
export function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Whether a process runs. */
export function isRunning(pid: number): boolean {
  if (!exists(pid)) return false;
  const status = `/proc/${pid}/stat`;
  return !existsSync(status) || !/\) Z /.test(readFileSync(status, 'utf8'));
}

/** Waits until none of these processes runs: signals are delivered in their own time. */
export async function gone(pids: readonly number[]): Promise<void> {
  while (pids.some(isRunning)) await sleep(10);
}

/** The numbers that a fixture writes to a file, once they are there. */
export async function numbersIn(file: string, count: number): Promise<number[]> {
  for (;;) {
    const numbers = existsSync(file) ? (readFileSync(file, 'utf8').match(/\d+/g) ?? []) : [];
    if (numbers.length >= count) return numbers.map(Number);
    await sleep(10);
  }
}

/** What `promise` rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<Error & { code?: string; stderr?: string }> {
  const nothing = Symbol('fulfilled');
  const reason = await promise.then(
    () => nothing,
    (error: unknown) => error,
  );
  if (!(reason instanceof Error)) throw new Error('the promise should have been rejected with an error');
  return reason;
}
