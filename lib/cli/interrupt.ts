import { constants } from 'node:os';
import { inspect } from 'node:util';
import { ShacError } from '../errors.js';
import { addon } from '../native/addon.js';
import { Interruption } from '../run/interruption.js';
import { toJson } from './failure.js';
import { tell } from './lines.js';
import type { Output } from './output.js';

/** The last is Ctrl-Break, which only Windows has. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK'] as const;

/** What an interrupt asks of the command that it ends. */
export interface Interruptible {
  /** Whose code is running: `the objective`. */
  readonly subject: string;
  /** What is kept whenever it ends, and how to go on with it, in lines. */
  readonly whatIsKept: readonly string[];
  /** Leaves the terminal in order, for what is told next. */
  pause(): void;
  /** Tells of the end, now: the process is exiting. */
  tellEnd(error: ShacError): void;
}

/**
 * Everything that can end a command before it is over: signals, errors that nothing catches, a process without anything
 * left to wait for, and calls of `process.exit`. The last tells of the end at once; the others abort, so that the command
 * itself ends in order. The second signal ends the process, whatever blocks the event loop.
 */
export class Interrupt {
  readonly #controller = new AbortController();
  readonly #interruption = new Interruption(this.#controller.signal);
  readonly #command: Interruptible;
  readonly #output: Output;
  #exitCode: number | undefined;
  #last: ShacError | undefined;
  #told = false;

  constructor(command: Interruptible, output: Output) {
    this.#command = command;
    this.#output = output;
    for (const name of SIGNALS) process.on(name, this.#onSignal);
    process.on('uncaughtException', this.#onUncaught);
    process.on('beforeExit', this.#onIdle);
    process.on('exit', this.#onExit);
    this.update();
  }

  /** Aborted by the first of these. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** What to exit with; undefined while there was none. */
  get exitCode(): number | undefined {
    return this.#exitCode;
  }

  /** To be called when what the command says of itself has changed. */
  update(): void {
    const ended = 'ended by a signal';
    const result = { error: { code: 'ERR_INTERRUPTED', message: ended } };
    const lines = (...texts: readonly string[]) => texts.map((text) => `${text}\n`).join('');
    addon.guardSignals({
      waiting: lines('', `shac: ${this.#command.subject} holds the program up; another signal ends it at once`),
      ended: lines('', `shac: ${ended}`, ...this.#command.whatIsKept),
      result: this.#output.json ? lines(toJson(result)) : '',
      output: this.#output.fd,
    });
  }

  /** What `promise` settles to; rejects when the command is to end before. */
  orEnd<T>(promise: Promise<T>): Promise<T> {
    return this.#interruption.orResult(promise);
  }

  /** From now on nothing is told here any more: the command tells itself. */
  hush(): void {
    this.#told = true;
    addon.signalHeard(true);
  }

  /** From now on all of these end the process, as they do by default. */
  dispose(): void {
    addon.releaseSignals();
    for (const name of SIGNALS) process.off(name, this.#onSignal);
    process.off('uncaughtException', this.#onUncaught);
    process.off('beforeExit', this.#onIdle);
    process.off('exit', this.#onExit);
  }

  /**
   * Lets signals arrive. An objective that never waits (computes, and returns) leaves the event loop no turn between
   * two trials, and signal handlers run only there.
   */
  breathe(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }

  readonly #onSignal = (name: NodeJS.Signals) => {
    addon.signalHeard(this.#told);
    const code = 128 + constants.signals[name]; // what shells give a program that a signal ended
    if (this.#exitCode === undefined) this.#end(code, new ShacError('ERR_INTERRUPTED', `interrupted by ${name}`));
    else this.#exit(code, new ShacError('ERR_INTERRUPTED', `ended by a second signal, ${name}`));
  };

  readonly #onUncaught = (error: unknown) => {
    this.#command.pause();
    tell(inspect(error));
    const text = error instanceof Error ? `${error.name}: ${error.message}` : inspect(error);
    const failure = new ShacError('ERR_OBJECTIVE_FAILED', `nothing caught the error ${text}`, { cause: error });
    if (this.#exitCode === undefined) this.#end(1, failure);
  };

  readonly #onIdle = () => {
    const message = `${this.#command.subject} waits for what never comes: nothing is left that could settle its promise`;
    const failure = new ShacError('ERR_OBJECTIVE_FAILED', message);
    if (this.#exitCode === undefined) this.#end(1, failure);
    else this.#exit(this.#exitCode, failure); // ending waits for it as well
  };

  readonly #onExit = (code: number) => {
    if (this.#told) return;
    const message = `${this.#command.subject} ended the process (exit code ${code}) before the command was over`;
    this.#command.tellEnd(this.#last ?? new ShacError('ERR_OBJECTIVE_FAILED', message));
    process.exitCode = Number(code) & 0xff || 1; // of which the system keeps no more
  };

  #end(code: number, reason: ShacError): void {
    this.#exitCode = code;
    this.#controller.abort(reason);
  }

  #exit(code: number, reason: ShacError): void {
    this.#last = reason;
    process.exit(code);
  }
}
