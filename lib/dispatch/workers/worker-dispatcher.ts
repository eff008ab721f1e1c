import { ShacError } from '../../errors.js';
import type { DispatchRun } from '../dispatch-run.js';
import type { Dispatcher, Failed, Lease, Told } from '../dispatcher.js';
import { failedBy } from '../failure.js';
import { type CodeObjective, moduleForWorkers } from '../objective/module.js';
import { Worker, type WorkerPlan } from './worker.js';

/** The dispatcher of a module in worker threads or child processes. */
export function createWorkerDispatcher(source: CodeObjective, { backend, evaluators, limitMemory }: DispatchRun) {
  const place = backend === 'threads' ? 'threads' : 'processes';
  return new WorkerDispatcher<unknown>({ place, module: moduleForWorkers(source, backend), evaluators }, limitMemory);
}

/**
 * Runs an objective's module in workers, one for each workerId. A worker is started and set up once, and used again until
 * it dies, is aborted, or memory is limited.
 */
export class WorkerDispatcher<P> implements Dispatcher<P> {
  readonly #plan: WorkerPlan;
  readonly #limitMemory: boolean;
  readonly #workers = new Map<number, Worker>();
  /** Workers that are ending, by workerId: another one starts when they are gone. */
  readonly #ending = new Map<number, { worker: Worker; gone: Promise<void> }>();
  #closed = false;

  /** @param limitMemory A new worker for each evaluation: what the last one held goes back to the system. */
  constructor(plan: WorkerPlan, limitMemory: boolean) {
    this.#plan = plan;
    this.#limitMemory = limitMemory;
  }

  prepare(workerId: number): Promise<void> | undefined {
    const running = this.#workers.get(workerId);
    if (running?.dead === false) return running.ready;
    if (running !== undefined) this.#end(running, true);
    const ending = this.#ending.get(workerId);
    // The last one may hold what the new one needs: memory, a device, a port.
    return ending === undefined ? this.#start(workerId) : ending.gone.then(() => this.#start(workerId));
  }

  async submit({ params, trialId, workerId, signal, report }: Lease<P>): Promise<Told | Failed> {
    if (signal.aborted) return failedBy(signal.reason);
    const worker = this.#workers.get(workerId) as Worker;
    const abort = () => this.#end(worker, true);
    signal.addEventListener('abort', abort, { once: true });
    worker.onReport = (message) => {
      if (message.trialId === trialId) report(message.value, message.step);
    };
    try {
      return await worker.evaluate({ params, trialId, workerId });
    } catch (reason) {
      return failedBy(reason);
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

  /** Processes that are computing would go on without this one. */
  readonly #onExit = () => {
    for (const worker of this.#workers.values()) worker.killProcess();
    for (const { worker } of this.#ending.values()) worker.killProcess();
  };

  async #start(workerId: number): Promise<void> {
    if (this.#closed) throw new ShacError('ERR_OBJECTIVE_FAILED', 'the run was stopped');
    process.off('exit', this.#onExit); // one listener, however many workers start
    process.on('exit', this.#onExit);
    const worker = new Worker(this.#plan, workerId);
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
