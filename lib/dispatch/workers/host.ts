/** What holds a worker: a thread or a process. */
import { fileURLToPath } from 'node:url';
import { Worker as Thread } from 'node:worker_threads';
import { ShacError } from '../../errors.js';
import { ProcessFailure } from '../failure.js';
import { Child } from '../process/child.js';
import type { Place } from '../process/program.js';
import type { Supervised } from '../process/supervisor.js';
import type { Task } from './messages.js';

const ENTRY = fileURLToPath(new URL('./worker-entry.js', import.meta.url));
/** V8 lets it grow to 16 MiB, thrice: a worker's memory would seem to grow with the evaluations. */
export const SMALL_YOUNG_GENERATION = '--max-semi-space-size=1';

export interface Host {
  /** Fulfilled when it is gone, with how it ended. */
  readonly gone: Promise<Error>;
  /** @throws what a task that cannot be cloned throws. */
  send(task: Task): void;
  /** At once, with what it has started. */
  kill(): void;
  /** One that is idle. */
  end(): void;
  /** After an evaluation that ended. */
  settle(): void;
}

export class ThreadHost implements Host {
  readonly gone: Promise<Error>;
  readonly #thread: Thread;
  readonly #supervised: Supervised;

  constructor(supervised: Supervised, onMessage: (message: unknown) => void) {
    this.#supervised = supervised;
    this.#thread = new Thread(ENTRY, { env: supervised.marked(process.env) });
    this.#thread.on('message', onMessage);
    this.gone = new Promise((resolve) => {
      this.#thread.once('error', (error) => resolve(error)); // comes before its exit
      this.#thread.once('exit', (code) =>
        resolve(new ShacError('ERR_OBJECTIVE_FAILED', `the worker thread exited with code ${code}`)),
      );
    });
  }

  send(task: Task): void {
    this.#thread.postMessage(task);
  }

  /** A thread that waits for a program ends when that does. */
  kill(): void {
    this.#supervised.kill();
    this.end();
  }

  end(): void {
    void this.#thread.terminate();
  }

  settle(): void {}
}

export class ProcessHost implements Host {
  readonly gone: Promise<Error>;
  readonly #child: Child;

  /** @param flags Further ones for Node. */
  constructor(place: Place, flags: readonly string[], supervised: Supervised, onMessage: (message: unknown) => void) {
    const argv = [process.execPath, ...process.execArgv, ...flags, ENTRY];
    this.#child = new Child(argv, place, supervised, true);
    this.#child.stdin.end();
    this.#child.stdout.on('data', (chunk: Buffer) => process.stdout.write(chunk));
    this.#child.prints.on('data', (chunk: Buffer) => process.stderr.write(chunk));
    this.#child.onMessage(onMessage);
    this.gone = this.#child.ended.then(
      ({ code, signal }) => {
        const how = signal === null ? `exited with code ${code}` : `was ended by ${signal}`;
        const stderr = this.#child.stderr.text();
        return new ProcessFailure(`the worker process ${how}`, { stderr, killed: signal !== null });
      },
      (error: Error) => new ProcessFailure(`the worker process could not be started: ${error.message}`, {}),
    );
  }

  send(task: Task): void {
    this.#child.send(task);
  }

  kill(): void {
    this.#child.kill();
  }

  end(): void {
    this.#child.end();
  }

  /** What its native parts printed was no dump, so it is shown as its other prints are. */
  settle(): void {
    const text = this.#child.stderr.text();
    if (text !== '') process.stderr.write(text);
    this.#child.stderr.clear();
  }
}
