import { setImmediate } from 'node:timers/promises';
import { ShacError } from '../../errors.js';
import { type TrialError, toTrialError } from '../../study/trial.js';
import type { Failed, Lease, Told } from '../dispatcher.js';
import { failedBy } from '../failure.js';
import { Notes } from '../notes.js';
import type { ModuleFile } from '../objective/module.js';
import type { RuntimeTask } from '../objective/runtime.js';
import { placeOf } from '../process/program.js';
import type { Supervisor } from '../process/supervisor.js';
import { type Host, ProcessHost, SMALL_YOUNG_GENERATION, ThreadHost } from './host.js';
import type { EvaluationKey, Message, Prepared, PrepareTask, TeardownTask } from './messages.js';
import { opened } from './opened.js';

/** Milliseconds that a teardown may take before the worker is killed. */
const TEARDOWN_MS = 5000;
/** Milliseconds that an objective gets which listens to its signal, from the abort to the end of its worker. */
const ABORT_MS = 500;
/** Milliseconds that a killed thread is waited for: one in native code ends when that returns. */
const THREAD_END_MS = 500;

/** The longest time that a timer of Node can wait. */
const NEVER_MS = 2 ** 31 - 1;

/** What the workers of a run have in common. */
export interface WorkerPlan {
  readonly place: 'threads' | 'processes';
  readonly module: ModuleFile;
  /** How many there are: processes share the cores. */
  readonly evaluators: number;
  /** Of a managed engine. */
  readonly managed?: {
    readonly runtime: RuntimeTask;
    /** Variables for the process of a worker. */
    readonly environment: (workerId: number) => Record<string, string>;
  };
}

/** An evaluation under way. */
interface Running extends EvaluationKey {
  readonly report: Lease['report'];
  readonly notes: Notes;
  readonly settle: (answer: Told | Failed) => void;
  /** The objective wants to be told of an abort. */
  listening: boolean;
}

/** One worker, from its start to its end. It evaluates one trial at a time. */
export class Worker {
  readonly workerId: number;
  /** Settles when the objective is loaded and set up. */
  readonly starting: Promise<void>;
  /** The same while it is not; then there is nothing to wait for. */
  ready: Promise<void> | undefined;
  dead = false;
  readonly #host: Host;
  readonly #endMs: number;
  /** What a task that is no evaluation waits for. */
  #answer: { type: Message['type']; settle: (message: never) => void } | undefined;
  /** Rejects what is waited for. */
  #fail: (reason: unknown) => void = () => {};
  #running: Running | undefined;
  /** How it ended. */
  #exited: { readonly how: unknown } | undefined;
  #gone: Promise<void> | undefined;
  #warned = false;

  constructor({ place, module, evaluators, managed }: WorkerPlan, supervisor: Supervisor, workerId: number) {
    this.workerId = workerId;
    this.#endMs = place === 'threads' ? THREAD_END_MS : NEVER_MS;
    const supervised = supervisor.join();
    const hear = (raw: unknown) => this.#hear(raw);
    if (place === 'threads') this.#host = new ThreadHost(supervised, hear);
    else {
      const { cwd, env } = placeOf({}, evaluators);
      const own = { cwd, env: { ...env, ...managed?.environment(workerId) } };
      this.#host = new ProcessHost(own, managed ? [SMALL_YOUNG_GENERATION] : [], supervised, hear);
    }
    void this.#host.gone.then((how) => this.#onExit(how));
    this.starting = this.#start({ type: 'prepare', module, workerId, runtime: managed?.runtime });
    this.ready = this.starting;
  }

  async evaluate({ params, trialId, attempt, workerId, report }: Lease<unknown>): Promise<Told | Failed> {
    const notes = new Notes();
    let answer: Told | Failed;
    try {
      answer = await this.#until<Told | Failed>((settle) => {
        this.#running = { trialId, attempt, report, notes, settle, listening: false };
        this.#host.send({ type: 'evaluate', params, trialId, attempt, workerId });
      });
      this.#host.settle();
    } catch (reason) {
      answer = failedBy(reason);
    }
    this.#running = undefined;
    return notes.on(answer);
  }

  /** By its teardown, when it is idle. */
  async end(): Promise<void> {
    const idle = !this.dead && this.#running === undefined;
    this.dead = true;
    if (idle) await this.#teardown();
    await this.kill();
  }

  /**
   * At once; an objective that listens to its signal is told before, and gets a moment. Resolves when the worker is gone.
   *
   * @param reason Why its evaluation is given up.
   */
  kill(reason?: unknown): Promise<void> {
    this.dead = true;
    this.#gone ??= this.#destroy(reason);
    return this.#gone;
  }

  async #start(task: PrepareTask): Promise<void> {
    const { failed } = await this.#ask<Prepared>(task, 'prepared');
    this.#host.settle();
    if (failed !== undefined) {
      const { code } = failed.error;
      const cause = rebuilt(failed.error);
      throw new ShacError(code === 'ERR_FRAMEWORK_NOT_FOUND' ? code : 'ERR_INVALID_OBJECTIVE', cause.message, {
        cause,
      });
    }
    this.ready = undefined;
  }

  async #teardown(): Promise<void> {
    // Of what keeps it from ending in time nobody has to be told; the results are there.
    await settled(this.#ask({ type: 'teardown', workerId: this.workerId }, 'tornDown'), TEARDOWN_MS);
    this.#host.settle();
  }

  async #destroy(reason: unknown): Promise<void> {
    // It may have said just now that it listens: what has arrived is heard in the next turns of the event loop.
    for (let turn = 0; turn < 2 && this.#running?.listening === false; ++turn) await setImmediate();
    const running = this.#running;
    if (running?.listening && this.#exited === undefined) {
      const { trialId, attempt, settle } = running;
      const over = new Promise<void>((resolve) => {
        this.#running = { ...running, settle: (answer) => [settle(answer), resolve()] };
      });
      this.#host.send({ type: 'abort', trialId, attempt, reason: toTrialError(reason) });
      await settled(Promise.race([over, this.#host.gone]), ABORT_MS);
    }
    const idle = running === undefined && this.ready === undefined && this.#exited === undefined;
    if (idle) this.#host.end();
    else this.#host.kill();
    await settled(this.#host.gone, this.#endMs);
  }

  #ask<M extends Message>(task: PrepareTask | TeardownTask, type: M['type']): Promise<M> {
    return this.#until<M>((settle) => {
      this.#answer = { type, settle };
      this.#host.send(task);
    });
  }

  /** Rejects when the worker is gone before it is settled. */
  #until<T>(begin: (settle: (value: T) => void) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#exited !== undefined) throw this.#exited.how;
      this.#fail = reject;
      begin(resolve);
    });
  }

  #hear(raw: unknown): void {
    const message = opened(raw);
    if (message === undefined) return; // the objective's own
    if (message === 'invalid') this.#drop('no message of a worker');
    else if ('trialId' in message) this.#hearOf(message);
    else if (message.type === this.#answer?.type) {
      this.#answer.settle(message as never);
      this.#answer = undefined;
    } else this.#drop(`'${message.type}' that was not asked for`);
  }

  #hearOf(message: Extract<Message, EvaluationKey>): void {
    const running = this.#running;
    if (running?.trialId !== message.trialId || running.attempt !== message.attempt) {
      this.#drop(`'${message.type}' of trial ${message.trialId}, attempt ${message.attempt}`);
    } else if (message.type === 'reported') running.report(message.value, message.step);
    else if (message.type === 'listening') running.listening = true;
    else {
      this.#running = undefined; // a report may come with it
      running.settle(message.answer);
    }
  }

  #drop(what: string): void {
    if (this.#running !== undefined) this.#running.notes.drop(what);
    else if (!this.#warned) process.emitWarning(`worker ${this.workerId}: dropped ${what}`, 'ShacWarning');
    this.#warned = true;
  }

  #onExit(how: unknown): void {
    this.#exited = { how };
    this.dead = true;
    this.#fail(how);
  }
}

/** Waits until `promise` is settled, whatever to, but not longer than that. */
async function settled(promise: Promise<unknown>, milliseconds: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([promise, late]).catch(() => {});
  clearTimeout(timer);
}

/** An error of a worker as one of this thread. */
function rebuilt({ message, ...rest }: TrialError): Error {
  return Object.assign(new Error(message), rest);
}
