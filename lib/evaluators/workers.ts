import { fileURLToPath } from 'node:url';
import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { Tinypool } from 'tinypool';
import { ShacError } from '../errors.js';
import type { TrialError } from '../trial.js';
import type { Evaluation, EvaluationContext, Evaluator } from './evaluator.js';
import type { ModuleFile } from './module.js';
import type { EvaluateTask, PrepareTask, ReportMessage, WorkerResult } from './worker-entry.js';

const ENTRY = fileURLToPath(new URL('./worker-entry.js', import.meta.url));
/** Milliseconds that a teardown may take before the worker is killed. */
const TEARDOWN_MS = 5000;

/**
 * Runs an objective's module in worker threads or child processes, one for each workerId: each has a pool of one, so
 * that an evaluation is always where its workerId says. A worker is started and set up once, and used again until it
 * dies, is aborted, or memory is limited.
 */
export class WorkerEvaluator<P> implements Evaluator<P> {
  readonly #backend: 'threads' | 'processes';
  readonly #module: ModuleFile;
  readonly #limitMemory: boolean;
  readonly #workers = new Map<number, Worker>();
  /** Workers that are ending. */
  readonly #ending = new Set<Promise<void>>();

  /** @param limitMemory A new worker for each evaluation: what the last one held goes back to the system. */
  constructor(backend: 'threads' | 'processes', module: ModuleFile, limitMemory: boolean) {
    this.#backend = backend;
    this.#module = module;
    this.#limitMemory = limitMemory;
    process.on('exit', this.#onExit);
  }

  /** Processes that are computing would go on without this one. */
  readonly #onExit = () => {
    for (const worker of this.#workers.values()) worker.kill();
  };

  prepare(workerId: number): Promise<void> | undefined {
    const running = this.#workers.get(workerId);
    if (running?.dead === false) return running.ready;
    if (running !== undefined) this.#end(running, true);
    const worker = new Worker(this.#backend, this.#module, workerId);
    this.#workers.set(workerId, worker);
    worker.starting.catch(() => this.#end(worker, true));
    return worker.starting;
  }

  async evaluate(params: P, context: EvaluationContext): Promise<Evaluation> {
    const { trialId, workerId, signal } = context;
    const worker = this.#workers.get(workerId) as Worker;
    const abort = () => this.#end(worker, true);
    signal.addEventListener('abort', abort, { once: true });
    worker.onReport = (report) => {
      if (report.trialId === trialId) context.report(report.value, report.step);
    };
    try {
      return { value: await worker.evaluate({ params, trialId, workerId }) };
    } finally {
      signal.removeEventListener('abort', abort);
      if (worker.dead || this.#limitMemory) this.#end(worker, worker.dead);
    }
  }

  async close(now: boolean): Promise<void> {
    for (const worker of this.#workers.values()) this.#end(worker, now);
    await Promise.all(this.#ending);
    process.off('exit', this.#onExit);
  }

  /** Once for each worker. */
  #end(worker: Worker, now: boolean): void {
    if (this.#workers.get(worker.workerId) !== worker) return;
    this.#workers.delete(worker.workerId);
    const ending = worker.end(now).finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
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
  #exited = false;
  /** Of a process. */
  readonly #pid: number | undefined;

  constructor(backend: 'threads' | 'processes', module: ModuleFile, workerId: number) {
    this.#backend = backend;
    this.workerId = workerId;
    const threads = backend === 'threads';
    this.#pool = new Tinypool({
      filename: ENTRY,
      runtime: threads ? 'worker_threads' : 'child_process',
      minThreads: 1,
      maxThreads: 1,
      // A process would otherwise get no environment at all. Its messages are cloned as a thread's are: -0 stays -0.
      ...(threads ? {} : { env: process.env as Record<string, string>, serialization: 'advanced' as const }),
    });
    this.#pool.on('error', () => {
      this.dead = true; // while it was idle: the next evaluation is told
    });
    this.#pid = threads ? undefined : this.#pool.threads[0]?.threadId;
    this.#died = new Promise((_, reject) => {
      this.#pool.threads[0]?.once('exit', (code: number | null, signal?: string | null) => {
        this.#exited = true;
        this.dead = true;
        const how = signal ? `was ended by ${signal}` : `exited with code ${code}`;
        reject(new ShacError('ERR_OBJECTIVE_FAILED', `the worker ${threads ? 'thread' : 'process'} ${how}`));
      });
    });
    this.#died.catch(() => {});
    const channel = threads ? new MessageChannel() : undefined;
    channel?.port1.unref();
    this.#reports = channel?.port1;
    channel?.port1.on('message', (report: ReportMessage) => this.onReport(report));
    channel?.port1.unref(); // listening refs it
    const transferList = channel === undefined ? [] : [channel.port2];
    this.starting = this.#start({ module, workerId, reports: channel?.port2 }, transferList);
    this.ready = this.starting;
  }

  async #start(task: PrepareTask, transferList: MessagePort[]): Promise<void> {
    const result = await this.#run('prepare', task, transferList);
    if ('error' in result) {
      const cause = rebuilt(result.error);
      throw new ShacError('ERR_INVALID_OBJECTIVE', cause.message, { cause });
    }
    this.ready = undefined;
  }

  async evaluate(task: EvaluateTask): Promise<number> {
    const result = await this.#run('evaluate', task, []);
    // Reports have a port of their own, and may be behind the result.
    for (let next = this.#receive(); next !== undefined; next = this.#receive()) this.onReport(next);
    if ('error' in result) throw rebuilt(result.error);
    return result.value;
  }

  #receive(): ReportMessage | undefined {
    return this.#reports && receiveMessageOnPort(this.#reports)?.message;
  }

  /** Whatever a worker rejects with, it has died of: its failures are results. */
  async #run(name: 'prepare' | 'evaluate', task: PrepareTask | EvaluateTask, transferList: MessagePort[]) {
    try {
      const channel = { postMessage: (message: unknown) => this.onReport(message as ReportMessage) };
      const options = this.#backend === 'threads' ? { name, transferList } : { name, channel };
      return (await Promise.race([this.#pool.run(task, options as object), this.#died])) as WorkerResult;
    } catch (error) {
      this.dead = true;
      await new Promise((resolve) => setImmediate(resolve)); // its exit, which says more, comes after its error
      if (this.#exited) await this.#died;
      throw error;
    }
  }

  async end(now: boolean): Promise<void> {
    this.dead = true;
    if (!now) await this.#teardown();
    // tinypool lets go of the worker in this call; what it waits for is an exit that may have been already.
    const destroyed = this.#pool.destroy();
    this.kill();
    if (!this.#exited) await Promise.race([destroyed, this.#died.catch(() => {})]);
    this.#reports?.close();
  }

  /** A process, at once: one that is computing does not listen to SIGTERM if it has a handler for it. */
  kill(): void {
    if (this.#pid === undefined || this.#exited) return;
    try {
      process.kill(this.#pid, 'SIGKILL');
    } catch {
      // gone already
    }
  }

  async #teardown(): Promise<void> {
    const torn = this.#pool.run({ workerId: this.workerId }, { name: 'teardown' });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, TEARDOWN_MS);
    });
    // A teardown that throws has nobody to tell; the results are there.
    await Promise.race([torn, late, this.#died]).catch(() => {});
    torn.catch(() => {});
    clearTimeout(timer);
  }
}

/** An error of a worker as one of this thread. */
function rebuilt({ message, ...rest }: TrialError): Error {
  return Object.assign(new Error(message), rest);
}
