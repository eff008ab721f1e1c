import { fileURLToPath } from 'node:url';
import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { Tinypool } from 'tinypool';
import { ShacError } from '../../errors.js';
import type { TrialError } from '../../study/trial.js';
import type { ModuleFile } from '../objective/module.js';
import type { RuntimeTask } from '../objective/runtime.js';
import { coreShare } from '../process/core-share.js';
import {
  type EvaluateTask,
  isReport,
  type PrepareResult,
  type PrepareTask,
  type ReportMessage,
  type WorkerResult,
} from './messages.js';

const ENTRY = fileURLToPath(new URL('./worker-entry.js', import.meta.url));
/** Milliseconds that a teardown may take before the worker is killed. */
const TEARDOWN_MS = 5000;
/** Milliseconds that a killed thread is waited for: one in native code (`execFileSync`, say) ends when that returns. */
const THREAD_END_MS = 100;
/** The longest time that a timer of Node can wait. */
const NEVER_MS = 2 ** 31 - 1;
/** V8 lets it grow to 16 MiB, thrice: a worker's memory would seem to grow with the evaluations. */
const SMALL_YOUNG_GENERATION = '--max-semi-space-size=1';

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

/**
 * One worker, from its start to its end: a Tinypool of one. A pool of several gives a task to whichever worker is free, so
 * no lease could name its worker, and it has one environment for all of them. It gives the place of a killed worker away
 * while that one still lives, and never settles the task of a thread that exits. It is no faster either: what an
 * evaluation costs is the way to the worker and back.
 */
export class Worker {
  readonly workerId: number;
  /** Settles when the objective is loaded and set up. */
  readonly starting: Promise<void>;
  /** The same while it is not; then there is nothing to wait for. */
  ready: Promise<void> | undefined;
  onReport: (report: ReportMessage) => void = () => {};
  dead = false;
  readonly #place: WorkerPlan['place'];
  readonly #pool: Tinypool;
  /** Of a thread. */
  readonly #reports: MessagePort | undefined;
  /** Of a process. */
  readonly #pid: number | undefined;
  /** Rejects when the worker is gone. tinypool itself does not notice a thread that exits. */
  readonly #died: Promise<never>;
  #die: (reason: Error) => void = () => {};
  /** Ends what is waited for. */
  #fail: (reason: unknown) => void = () => {};
  #busy = false;
  #exited = false;
  #gone: Promise<void> | undefined;

  constructor({ place, module, evaluators, managed }: WorkerPlan, workerId: number) {
    this.workerId = workerId;
    this.#place = place;
    const threads = place === 'threads';
    this.#pool = threads ? poolOfThread() : poolOfProcess(evaluators, managed?.environment(workerId));
    this.#died = new Promise((_, reject) => {
      this.#die = reject;
    });
    this.#died.catch((error) => this.#fail(error));
    this.#pool.on('error', (error: Error) => {
      this.dead = true; // while it was idle: the next evaluation is told
      setImmediate(() => this.#die(error)); // its exit, which says more, comes after its error
    });
    const channel = threads ? new MessageChannel() : undefined;
    this.#reports = channel?.port1;
    this.#reports?.on('message', (report: ReportMessage) => this.onReport(report));
    this.#reports?.unref(); // listening refs it
    const transferList = channel === undefined ? [] : [channel.port2];
    const task = { module, workerId, runtime: managed?.runtime, reports: channel?.port2 };
    this.starting = this.#start(task, transferList);
    this.ready = this.starting;
    // The first task has started it.
    const [worker] = this.#pool.threads;
    this.#pid = threads ? undefined : worker?.threadId;
    worker?.once('exit', (code: number | null, signal?: string | null) => this.#onExit(code, signal));
  }

  async evaluate(task: EvaluateTask): Promise<WorkerResult> {
    this.#busy = true;
    const result = await this.#run<WorkerResult>('evaluate', task, []); // else it is dead
    this.#busy = false;
    // Reports have a port of their own, and may be behind the result.
    for (let next = this.#receive(); next !== undefined; next = this.#receive()) this.onReport(next);
    return result;
  }

  /** By its teardown, when it is idle. */
  async end(): Promise<void> {
    const idle = !this.dead && !this.#busy;
    this.dead = true;
    if (idle) await this.#teardown();
    await this.kill();
  }

  /** At once. Resolves when it is gone. */
  kill(): Promise<void> {
    this.dead = true;
    this.#gone ??= this.#destroy();
    return this.#gone;
  }

  /** A process is killed: one that is computing does not listen to SIGTERM if it has a handler for it. */
  killProcess(): void {
    if (this.#pid === undefined || this.#exited) return;
    try {
      process.kill(this.#pid, 'SIGKILL');
    } catch {
      // gone already
    }
  }

  async #start(task: PrepareTask, transferList: MessagePort[]): Promise<void> {
    const failed = await this.#run<PrepareResult>('prepare', task, transferList);
    if (failed != null) {
      const { code } = failed.error;
      const cause = rebuilt(failed.error);
      throw new ShacError(code === 'ERR_FRAMEWORK_NOT_FOUND' ? code : 'ERR_INVALID_OBJECTIVE', cause.message, {
        cause,
      });
    }
    this.ready = undefined;
  }

  /** Whatever a worker rejects with, it has died of: its failures are results. */
  async #run<T>(name: string, task: PrepareTask | EvaluateTask, transferList: MessagePort[]): Promise<T> {
    const onMessage = (message: unknown) => {
      if (isReport(message)) this.onReport(message); // whatever else a process sends is nobody's
    };
    const options = this.#place === 'threads' ? { transferList } : { channel: { postMessage: onMessage } };
    try {
      if (this.#exited) return await this.#died;
      // Not a race with #died: that would keep something of every evaluation for as long as the worker lives.
      return await new Promise<T>((resolve, reject) => {
        this.#fail = reject;
        this.#pool.run(task, { name, ...options } as object).then(resolve, reject);
      });
    } catch (error) {
      this.dead = true;
      await new Promise((resolve) => setImmediate(resolve)); // a process's exit, which says more, comes after its error
      if (this.#exited && this.#place === 'processes') await this.#died;
      throw error;
    }
  }

  #receive(): ReportMessage | undefined {
    return this.#reports && receiveMessageOnPort(this.#reports)?.message;
  }

  #onExit(code: number | null, signal?: string | null): void {
    this.#exited = true;
    this.dead = true;
    const how = signal ? `was ended by ${signal}` : `exited with code ${code}`;
    const what = this.#place === 'threads' ? 'thread' : 'process';
    this.#die(new ShacError('ERR_OBJECTIVE_FAILED', `the worker ${what} ${how}`));
  }

  async #destroy(): Promise<void> {
    // tinypool lets go of the worker in this call; what it waits for is an exit that may have been already.
    this.#pool.destroy().catch(() => {});
    this.killProcess();
    if (!this.#exited) await settled(this.#died, this.#place === 'threads' ? THREAD_END_MS : NEVER_MS);
    this.#reports?.close();
  }

  async #teardown(): Promise<void> {
    const torn = this.#pool.run({ workerId: this.workerId }, { name: 'teardown' });
    // A teardown that throws has nobody to tell; the results are there.
    await settled(Promise.race([torn, this.#died]), TEARDOWN_MS);
    torn.catch(() => {});
  }
}

const POOL_OF_ONE = {
  filename: ENTRY,
  // The first task starts the worker. With a minimum of 1, tinypool would start another when it died.
  minThreads: 0,
  maxThreads: 1,
  idleTimeout: NEVER_MS,
  // An idle thread must go on with its timers and sockets, not sleep until the next evaluation.
  useAtomics: false,
};

function poolOfThread(): Tinypool {
  return new Tinypool({ ...POOL_OF_ONE, runtime: 'worker_threads' });
}

/** @param managed The variables that a managed engine adds. */
function poolOfProcess(evaluators: number, managed: Record<string, string> | undefined): Tinypool {
  return new Tinypool({
    ...POOL_OF_ONE,
    runtime: 'child_process',
    // A process would otherwise get no environment at all.
    env: { ...(process.env as Record<string, string>), ...coreShare(evaluators, process.env), ...managed },
    execArgv: managed === undefined ? process.execArgv : [...process.execArgv, SMALL_YOUNG_GENERATION],
    // Its messages are cloned as a thread's are: -0 stays -0.
    serialization: 'advanced',
  });
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
