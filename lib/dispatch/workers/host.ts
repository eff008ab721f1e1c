/** What holds a worker: a thread or a process. */
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { Tinypool } from 'tinypool';
import { ShacError } from '../../errors.js';
import { ownFile } from '../../package/own-files.js';
import { ProcessFailure } from '../failure.js';
import { Child } from '../process/child.js';
import type { Place } from '../process/program.js';
import type { Supervised } from '../process/supervisor.js';
import type { Task } from './messages.js';

const ENTRY = ownFile('dispatch/workers/worker-entry.js');
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

/**
 * A Tinypool of one, whose only task serves a port for as long as the thread lives. A pool of several gives a task to
 * whichever thread is free, so no lease could name its worker, and it gives the place of a killed one away while that
 * one still lives.
 */
export class ThreadHost implements Host {
  readonly gone: Promise<Error>;
  readonly #pool: Tinypool;
  readonly #port: MessagePort;
  readonly #supervised: Supervised;

  constructor(supervised: Supervised, onMessage: (message: unknown) => void) {
    this.#supervised = supervised;
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.on('message', onMessage);
    // The task starts the thread. With a minimum of 1, tinypool would start another when it died.
    const env = supervised.marked(process.env) as Record<string, string>;
    this.#pool = new Tinypool({ filename: ENTRY, runtime: 'worker_threads', minThreads: 0, maxThreads: 1, env });
    const serving = this.#pool.run({ port: port2 }, { name: 'serve', transferList: [port2] });
    const [thread] = this.#pool.threads;
    this.gone = new Promise((resolve) => {
      this.#pool.on('error', resolve);
      thread?.once('error', resolve); // comes before its exit; tinypool tells of it later
      serving.catch((error: Error) => setImmediate(() => resolve(error)));
      // tinypool itself does not notice a thread that exits.
      thread?.once('exit', (code: number) =>
        resolve(new ShacError('ERR_OBJECTIVE_FAILED', `the worker thread exited with code ${code}`)),
      );
    });
    void this.gone.then(() => port1.close());
  }

  send(task: Task): void {
    this.#port.postMessage(task);
  }

  /** A thread that waits for a program ends when that does. */
  kill(): void {
    this.#supervised.kill();
    this.end();
  }

  /** tinypool waits for an exit that may have been already. */
  end(): void {
    this.#pool.destroy().catch(() => {});
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
