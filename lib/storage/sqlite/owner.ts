import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { threadId } from 'node:worker_threads';

/** Milliseconds between two signs of life of an owner. */
export const HEARTBEAT = 5000;
/** Milliseconds without one after which an owner on another machine counts as dead. */
const DEAD_AFTER = 60_000;

/** Who writes to a study, as it is kept in `shac_studies.owner`. */
export interface Owner {
  readonly token: string;
  readonly pid: number;
  /** When the process began, in the system's own unit: another process may have the pid by now. */
  readonly started: string | null;
  readonly thread: number;
  readonly host: string;
}

/** This thread's owners, by token; true while a call of theirs is under way. */
const own = new Map<string, boolean>();

export function newOwner(): Owner {
  return { token: randomUUID(), pid: process.pid, started: startOf(process.pid), thread: threadId, host: hostname() };
}

/** Notes whether an owner of this thread has a call under way. */
export function setBusy({ token }: Owner, busy: boolean): void {
  own.set(token, busy);
}

export function forget({ token }: Owner): void {
  own.delete(token);
}

/**
 * Whether an owner keeps its study. On this machine that is whether its process lives, however long it has been silent: an
 * objective may keep the event loop for hours. In this thread, whether one of its calls is under way: between an ask and
 * a tell another object may take over.
 *
 * @param heartbeat When it last gave a sign of life, in milliseconds since 1970.
 */
export function isAlive(owner: Owner, heartbeat: number): boolean {
  if (owner.host !== hostname()) return Date.now() - heartbeat < DEAD_AFTER;
  if (owner.pid === process.pid && owner.thread === threadId && own.has(owner.token))
    return own.get(owner.token) === true;
  return processLives(owner.pid) && startOf(owner.pid) === owner.started;
}

/** An owner in words. */
export function describeOwner({ pid, host, thread }: Owner): string {
  const where = pid === process.pid && host === hostname() ? 'this process' : `process ${pid} on ${host}`;
  return thread === 0 ? where : `${where}, thread ${thread}`;
}

function processLives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: string }).code === 'EPERM'; // there, and somebody else's
  }
}

/** Null where the system does not tell. */
function startOf(pid: number): string | null {
  try {
    // The name, in parentheses, may hold anything; of what follows it, the 20th is the start.
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[19] ?? null;
  } catch {
    return null;
  }
}
