import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { threadId } from 'node:worker_threads';

/** Milliseconds between two signs of life of an owner. */
export const HEARTBEAT = 5000;
/** Milliseconds without one after which an owner on another machine counts as dead. */
const DEAD_AFTER = 60_000;
/** Milliseconds that its clock may run ahead of ours; one that says more says nothing. */
const CLOCKS_APART = 3_600_000;

/** Who writes to a study, as it is kept in `shac_studies.owner`. */
export interface Owner {
  readonly token: string;
  readonly pid: number;
  /** When the process, or its thread, began: another one may have the number by now. Null where the system does not tell. */
  readonly started: string | null;
  readonly thread: number;
  /** The system's number of the thread: that of the process for its first one. */
  readonly task: number;
  readonly host: string;
  /** In which the numbers are meant: containers of one machine have their own. Null where there is none. */
  readonly namespace: string | null;
}

/** Whether the system shows its processes there: Linux does. */
const HAS_PROC = existsSync('/proc/self/stat');
let ownStart: string | null | undefined;

/** This thread's owners, by token; false for one that let go, while the file may still name it. */
const own = new Map<string, boolean>();

export function newOwner(): Owner {
  const { pid } = process;
  const task = Number(linkOf('/proc/thread-self')?.split('/').at(-1) ?? pid);
  const place = { host: hostname(), namespace: linkOf('/proc/self/ns/pid') };
  return { token: randomUUID(), pid, started: startOf(pid, task), thread: threadId, task, ...place };
}

/** Reads an owner as it is kept; undefined when it is not one. */
export function parseOwner(json: string): Owner | undefined {
  try {
    const owner = JSON.parse(json) as Partial<Owner> | null;
    return typeof owner?.token === 'string' && Number.isInteger(owner.pid) ? (owner as Owner) : undefined;
  } catch {
    return undefined;
  }
}

/** Notes whether an owner of this thread keeps its study. */
export function setHolding({ token }: Owner, holds: boolean): void {
  own.set(token, holds);
}

export function forget({ token }: Owner): void {
  own.delete(token);
}

/**
 * Whether an owner keeps its study. On this machine that is whether its process and its thread live, however long it has
 * been silent: an objective may keep the event loop for hours. In this thread, whether it has let go.
 *
 * @param heartbeat When it last gave a sign of life, in milliseconds since 1970.
 */
export function isAlive(owner: Owner, heartbeat: number): boolean {
  if (owner.host !== hostname() || owner.namespace !== linkOf('/proc/self/ns/pid')) {
    const silent = Date.now() - heartbeat;
    return silent < DEAD_AFTER && silent > -CLOCKS_APART;
  }
  if (owner.pid === process.pid && owner.thread === threadId && own.has(owner.token)) {
    return own.get(owner.token) === true;
  }
  if (!processLives(owner.pid)) return false;
  const started = startOf(owner.pid, owner.task);
  if (started === owner.started) return true;
  // Where processes cannot be looked at, or not those of other users, all that is known is that there is one.
  return HAS_PROC ? !existsSync(`/proc/${owner.pid}`) : started === null;
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

/** With the boot that it counts from; null where the system does not tell, or there is no such thread. */
function startOf(pid: number, task: number): string | null {
  if (!HAS_PROC) return startByPs(pid);
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const stat = readFileSync(`/proc/${pid}/task/${task}/stat`, 'utf8');
    // The name, in parentheses, may hold anything; of what follows it, the 20th is the start.
    const [state, ...fields] = stat.slice(stat.lastIndexOf(') ') + 2).split(' ');
    return state === 'Z' ? null : `${boot} ${fields[18]}`; // a zombie has ended, and writes nothing any more
  } catch {
    return null;
  }
}

/** To the second, of the process alone. Null where there is no `ps`, as on Windows. */
function startByPs(pid: number): string | null {
  if (pid === process.pid && ownStart !== undefined) return ownStart;
  const { stdout } = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
    env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
    encoding: 'utf8',
    timeout: 5000,
  });
  const start = stdout?.trim() || null;
  if (pid === process.pid) ownStart = start;
  return start;
}

function linkOf(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}
