import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { killAtExit, leaveAlone } from './exit.js';
import type { Place } from './program.js';
import { Tail } from './tail.js';

/** What is kept of a process's standard error. */
const STDERR_BYTES = 16 * 1024;
/** How long a pipe may stay open after its process: one that is held by a process which left the group. */
const PIPE_MS = 1000;

/** How a process ended: one of the two is not null. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/**
 * A process in a group of its own, started without a shell, so that it can be killed with all that it started itself.
 * The group is killed as well when its first process ends, and when this process does (unless by SIGKILL).
 */
export class Child {
  /** The end of what it wrote to its standard error. */
  readonly stderr = new Tail(STDERR_BYTES);
  /** Fulfilled when the process is gone and its output is read; rejects when it could not be started. */
  readonly ended: Promise<Ending>;
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>;
  /** Undefined once it is over: the system may give its number to another. */
  #group: number | undefined;

  constructor(argv: readonly string[], { cwd, env }: Place) {
    const [program, ...args] = argv;
    this.#process = spawn(program as string, args, { cwd, env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
    // EPIPE: a process need not read its input, and may be gone; that it is gone is told by `ended`.
    this.stdin.on('error', () => {});
    this.#process.stderr.on('data', (chunk: Buffer) => this.stderr.push(chunk));
    this.ended = this.#end();
    this.ended.catch(() => {}); // whoever waits for it is told
    this.#group = this.#process.pid;
    if (this.#group !== undefined) killAtExit(this);
  }

  get stdin(): Writable {
    return this.#process.stdin;
  }

  get stdout(): Readable {
    return this.#process.stdout;
  }

  /** Hears of its standard error as it is written. */
  onStderr(listener: (chunk: Buffer) => void): void {
    this.#process.stderr.on('data', listener);
  }

  /** Kills the process and all of its group. */
  kill(): void {
    if (this.#group === undefined) return;
    try {
      process.kill(-this.#group, 'SIGKILL');
    } catch {
      // ESRCH: all of them are gone. EPERM: what is left belongs to another user.
    }
  }

  #end(): Promise<Ending> {
    return new Promise((resolve, reject) => {
      this.#process.once('error', reject);
      this.#process.once('exit', () => {
        this.kill();
        this.#group = undefined;
        leaveAlone(this);
        // The immediate comes after a round of reading, so that nothing which is there already is lost.
        const timer = setTimeout(() => setImmediate(() => this.#closePipes()), PIPE_MS);
        this.#process.once('close', () => clearTimeout(timer));
      });
      this.#process.once('close', (code, signal) => resolve({ code, signal }));
    });
  }

  #closePipes(): void {
    this.#process.stdout.destroy();
    this.#process.stderr.destroy();
  }
}
