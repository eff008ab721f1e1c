import { type ChildProcess, type Serializable, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import type { Place } from './program.js';
import type { Supervised } from './supervisor.js';
import { Tail } from './tail.js';
import { HAS_GROUPS } from './tree.js';

/** What is kept of a process's standard error. */
const STDERR_BYTES = 16 * 1024;
/** How long a pipe may stay open after its process: one that is held by a process which left the group. */
const PIPE_MS = 1000;

/** How a process ended: one of the two is not null. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The descriptor of a Node process's own prints, when it has a channel. */
export const PRINTS = 3;

/**
 * A process in a group of its own, where there are groups, started without a shell, so that it can be killed with all that
 * it started itself. The group is killed as well when its first process ends, and its supervisor sees to the rest.
 */
export class Child {
  /** The end of what it wrote to its standard error. */
  readonly stderr = new Tail(STDERR_BYTES);
  /** Fulfilled when the process is gone and its output is read; rejects when it could not be started. */
  readonly ended: Promise<Ending>;
  readonly #process: ChildProcess;
  readonly #supervised: Supervised;

  /** @param channel Whether it is a Node process that messages are sent to, and that has a pipe for its prints. */
  constructor(argv: readonly string[], { cwd, env }: Place, supervised: Supervised, channel = false) {
    const [program, ...args] = argv;
    this.#supervised = supervised;
    this.#process = spawn(program as string, args, {
      cwd,
      env: supervised.marked(env),
      detached: HAS_GROUPS,
      windowsHide: true,
      stdio: ['pipe', 'pipe', 'pipe', ...(channel ? (['pipe', 'ipc'] as const) : [])],
      // Messages are cloned as a thread's are: -0 stays -0.
      serialization: 'advanced',
    });
    // EPIPE: a process need not read its input, and may be gone; that it is gone is told by `ended`.
    this.stdin.on('error', () => {});
    this.#pipe(2).on('data', (chunk: Buffer) => this.stderr.push(chunk));
    this.ended = this.#end();
    this.ended.catch(() => {}); // whoever waits for it is told
    if (this.#process.pid !== undefined) supervised.leads(this.#process.pid);
  }

  get stdin(): Writable {
    return this.#process.stdin as Writable;
  }

  get stdout(): Readable {
    return this.#pipe(1);
  }

  /** What a Node process prints to its standard error by itself; not what its native parts do. */
  get prints(): Readable {
    return this.#pipe(PRINTS);
  }

  /** Hears of its standard error as it is written. */
  onStderr(listener: (chunk: Buffer) => void): void {
    this.#pipe(2).on('data', listener);
  }

  onMessage(listener: (message: unknown) => void): void {
    this.#process.on('message', listener);
  }

  /** Nothing happens when it is gone: that is told by `ended`. */
  send(message: Serializable): void {
    if (this.#process.connected) this.#process.send(message, () => {});
  }

  /** Kills the process and all that it has started. */
  kill(): void {
    this.#supervised.kill();
  }

  /** Ends a process that is idle. */
  end(): void {
    this.#supervised.killGroup();
  }

  #pipe(descriptor: number): Readable {
    return this.#process.stdio[descriptor] as Readable;
  }

  #end(): Promise<Ending> {
    return new Promise((resolve, reject) => {
      this.#process.once('error', reject);
      this.#process.once('exit', () => {
        this.#supervised.over();
        // The immediate comes after a round of reading, so that nothing which is there already is lost.
        const timer = setTimeout(() => setImmediate(() => this.#closePipes()), PIPE_MS);
        this.#process.once('close', () => clearTimeout(timer));
      });
      this.#process.once('close', (code, signal) => resolve({ code, signal }));
    });
  }

  #closePipes(): void {
    for (const pipe of this.#process.stdio) pipe?.destroy();
  }
}
