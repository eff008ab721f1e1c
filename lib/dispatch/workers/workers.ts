import { fileURLToPath } from 'node:url';
import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { Tinypool } from 'tinypool';
import { ShacError } from '../../errors.js';
import type { TrialError } from '../../study/trial.js';
import type { EvaluationContext, Evaluator } from '../evaluator.js';
import type { TensorTask } from '../managed/frameworks.js';
import type { ModuleFile } from '../objective/module.js';
import type { EvaluateTask, PrepareTask, ReportMessage, WorkerResult } from './worker-entry.js';

const ENTRY = fileURLToPath(new URL('./worker-entry.js', import.meta.url));
/** Milliseconds that a teardown may take before the worker is killed. */
const TEARDOWN_MS = 5000;
/** Milliseconds that a killed thread is waited for: one in native code (`execFileSync`, say) ends when that returns. */
const THREAD_END_MS = 100;
/** The longest time that a timer of Node can wait. */
const NEVER_MS = 2 ** 31 - 1;
/** V8 lets it grow to 16 MiB, thrice: a worker's memory would seem to grow with the evaluations. */
const SMALL_YOUNG_GENERATION = '--max-semi-space-size=1';

/** What a managed engine asks of its workers. */
export interface ManagedWorkers {
  readonly task: TensorTask;
  /** Variables for the process of a worker. */
  readonly environment: (workerId: number) => Record<string, string>;
}

/**
 * Runs an objective's module in worker threads or child processes, one for each workerId: each has a pool of one, so
 * that an evaluation is always where its workerId says. A worker is started and set up once, and used again until it
 * dies, is aborted, or memory is limited.
 */
export class WorkerEvaluator<P> implements Evaluator<P> {
  readonly #backend: 'threads' | 'processes';
  readonly #module: ModuleFile;
  readonly #limitMemory: boolean;
  readonly #managed: ManagedWorkers | undefined;
  readonly #workers = new Map<number, Worker>();
  /** Workers that are ending, by workerId: another one starts when they are gone. */
  readonly #ending = new Map<number, { worker: Worker; gone: Promise<void> }>();
  #closed = false;

  /** @param limitMemory A new worker for each evaluation: what the last one held goes back to the system. */
  constructor(backend: 'threads' | 'processes', module: ModuleFile, limitMemory: boolean, managed?: ManagedWorkers) {
    this.#backend = backend;
    this.#module = module;
    this.#limitMemory = limitMemory;
    this.#managed = managed;
    process.on('exit', this.#onExit);
  }

  /** Processes that are computing would go on without this one. */
  readonly #onExit = () => {
    for (const worker of this.#workers.values()) worker.killProcess();
    for (const { worker } of this.#ending.values()) worker.killProcess();
  };

  prepare(workerId: number): Promise<void> | undefined {
    const running = this.#workers.get(workerId);
    if (running?.dead === false) return running.ready;
    if (running !== undefined) this.#end(running, true);
    const ending = this.#ending.get(workerId);
    // The last one may hold what the new one needs: memory, a device, a port.
    return ending === undefined ? this.#start(workerId) : ending.gone.then(() => this.#start(workerId));
  }

  async evaluate(params: P, context: EvaluationContext): Promise<WorkerResult> {
    const { trialId, workerId, signal } = context;
    const worker = this.#workers.get(workerId) as Worker;
    const abort = () => this.#end(worker, true);
    signal.addEventListener('abort', abort, { once: true });
    worker.onReport = (report) => {
      if (report.trialId === trialId) context.report(report.value, report.step);
    };
    try {
      return await worker.evaluate({ params, trialId, workerId });
    } finally {
      signal.removeEventListener('abort', abort);
      if (worker.dead || this.#limitMemory) this.#end(worker, worker.dead);
    }
  }

  async close(now: boolean): Promise<void> {
    this.#closed = true;
    for (const worker of this.#workers.values()) this.#end(worker, now);
    const ending = [...this.#ending.values()];
    if (now) for (const { worker } of ending) worker.kill(); // in its teardown
    await Promise.all(ending.map(({ gone }) => gone));
    process.off('exit', this.#onExit);
  }

  async #start(workerId: number): Promise<void> {
    if (this.#closed) throw new ShacError('ERR_OBJECTIVE_FAILED', 'the run was stopped');
    const worker = new Worker(this.#backend, this.#module, workerId, this.#managed);
    this.#workers.set(workerId, worker);
    worker.starting.catch(() => this.#end(worker, true));
    await worker.starting;
  }

  /** Once for each worker. */
  #end(worker: Worker, now: boolean): void {
    const { workerId } = worker;
    if (this.#workers.get(workerId) !== worker) return;
    this.#workers.delete(workerId);
    const gone = (now ? worker.kill() : worker.end()).finally(() => this.#ending.delete(workerId));
    this.#ending.set(workerId, { worker, gone });
  }
}

/** One worker, from its start to its end. */
class Worker {
  /** Settles when the objective is loaded and set up. */
  readonly starting: Promise<void>;
  /** The same while it is not; then there is nothing to wait for. */
  ready: Promise<void> | undefined;
  onReport: (report: ReportMessage) => void = () => {};
  dead = false;
  readonly workerId: number;
  readonly #backend: 'threads' | 'processes';
  readonly #pool: Tinypool;
  readonly #reports: MessagePort | undefined;
  /** Rejects when the worker is gone. tinypool itself does not notice a thread that exits. */
  readonly #died: Promise<never>;
  #die: (reason: Error) => void = () => {};
  /** Ends what is waited for. */
  #fail: (reason: unknown) => void = () => {};
  #exited = false;
  /** Of a process. */
  readonly #pid: number | undefined;
  #gone: Promise<void> | undefined;

  constructor(
    backend: 'threads' | 'processes',
    module: ModuleFile,
    workerId: number,
    managed: ManagedWorkers | undefined,
  ) {
    this.#backend = backend;
    this.workerId = workerId;
    const threads = backend === 'threads';
    this.#pool = new Tinypool({
      filename: ENTRY,
      runtime: threads ? 'worker_threads' : 'child_process',
      // The first task starts the worker. With a minimum of 1, tinypool would start another when it died.
      minThreads: 0,
      maxThreads: 1,
      idleTimeout: NEVER_MS,
      // An idle thread must go on with its timers and sockets, not sleep until the next evaluation.
      useAtomics: false,
      // A process would otherwise get no environment at all. Its messages are cloned as a thread's are: -0 stays -0.
      ...(threads
        ? {}
        : {
            env: { ...(process.env as Record<string, string>), ...managed?.environment(workerId) },
            execArgv: managed === undefined ? process.execArgv : [...process.execArgv, SMALL_YOUNG_GENERATION],
            serialization: 'advanced' as const,
          }),
    });
    this.#died = new Promise((_, reject) => {
      this.#die = reject;
    });
    this.#died.catch((error) => this.#fail(error));
    this.#pool.on('error', (error: Error) => {
      this.dead = true; // while it was idle: the next evaluation is told
      setImmediate(() => this.#die(error)); // its exit, which says more, comes after its error
    });
    const channel = threads ? new MessageChannel() : undefined;
    channel?.port1.unref();
    this.#reports = channel?.port1;
    channel?.port1.on('message', (report: ReportMessage) => this.onReport(report));
    channel?.port1.unref(); // listening refs it
    const transferList = channel === undefined ? [] : [channel.port2];
    this.starting = this.#start({ module, workerId, managed: managed?.task, reports: channel?.port2 }, transferList);
    this.ready = this.starting;
    this.#pid = threads ? undefined : this.#pool.threads[0]?.threadId;
    this.#pool.threads[0]?.once('exit', (code: number | null, signal?: string | null) => {
      this.#exited = true;
      this.dead = true;
      const how = signal ? `was ended by ${signal}` : `exited with code ${code}`;
      this.#die(new ShacError('ERR_OBJECTIVE_FAILED', `the worker ${threads ? 'thread' : 'process'} ${how}`));
    });
  }

  async #start(task: PrepareTask, transferList: MessagePort[]): Promise<void> {
    const result = await this.#run('prepare', task, transferList);
    if ('error' in result) {
      const { code } = result.error;
      const cause = rebuilt(result.error);
      throw new ShacError(code === 'ERR_FRAMEWORK_NOT_FOUND' ? code : 'ERR_INVALID_OBJECTIVE', cause.message, {
        cause,
      });
    }
    this.ready = undefined;
  }

  async evaluate(task: EvaluateTask): Promise<WorkerResult> {
    const result = await this.#run('evaluate', task, []);
    // Reports have a port of their own, and may be behind the result.
    for (let next = this.#receive(); next !== undefined; next = this.#receive()) this.onReport(next);
    return result;
  }

  #receive(): ReportMessage | undefined {
    return this.#reports && receiveMessageOnPort(this.#reports)?.message;
  }

  /** Whatever a worker rejects with, it has died of: its failures are results. */
  async #run(name: 'prepare' | 'evaluate', task: PrepareTask | EvaluateTask, transferList: MessagePort[]) {
    const onMessage = (message: unknown) => {
      if (isReport(message)) this.onReport(message); // whatever else a process sends is nobody's
    };
    const options = this.#backend === 'threads' ? { transferList } : { channel: { postMessage: onMessage } };
    try {
      if (this.#exited) return await this.#died;
      // Not a race with #died: that would keep something of every evaluation for as long as the worker lives.
      return await new Promise<WorkerResult>((resolve, reject) => {
        this.#fail = reject;
        this.#pool.run(task, { name, ...options } as object).then(resolve, reject);
      });
    } catch (error) {
      this.dead = true;
      await new Promise((resolve) => setImmediate(resolve)); // a process's exit, which says more, comes after its error
      if (this.#exited && this.#backend === 'processes') await this.#died;
      throw error;
    }
  }

  /** By its teardown, when it is idle. */
  async end(): Promise<void> {
    const idle = !this.dead;
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

  async #destroy(): Promise<void> {
    // tinypool lets go of the worker in this call; what it waits for is an exit that may have been already.
    this.#pool.destroy().catch(() => {});
    this.killProcess();
    if (!this.#exited) await settled(this.#died, this.#backend === 'threads' ? THREAD_END_MS : NEVER_MS);
    this.#reports?.close();
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

  async #teardown(): Promise<void> {
    const torn = this.#pool.run({ workerId: this.workerId }, { name: 'teardown' });
    // A teardown that throws has nobody to tell; the results are there.
    await settled(Promise.race([torn, this.#died]), TEARDOWN_MS);
    torn.catch(() => {});
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

function isReport(message: unknown): message is ReportMessage {
  const { trialId, value } = Object(message) as Partial<ReportMessage>;
  return typeof trialId === 'number' && typeof value === 'number';
}

/** An error of a worker as one of this thread. */
function rebuilt({ message, ...rest }: TrialError): Error {
  return Object.assign(new Error(message), rest);
}
