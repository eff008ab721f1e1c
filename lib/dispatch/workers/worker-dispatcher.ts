import { ShacError } from '../../errors.js';
import type { DispatchRun } from '../dispatch-run.js';
import type { Dispatcher, Failed, Lease, Told } from '../dispatcher.js';
import { failedBy } from '../failure.js';
import { type CodeObjective, moduleForWorkers } from '../objective/module.js';
import { startWorker } from '../process/starting.js';
import { Supervisor } from '../process/supervisor.js';
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
  readonly #supervisor = new Supervisor();
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
    if (running !== undefined) this.#end(running, () => running.kill());
    const ending = this.#ending.get(workerId);
    // The last one may hold what the new one needs: memory, a device, a port.
    const start = () =>
      startWorker(
        () => this.#start(workerId),
        () => this.#closed,
      );
    return ending === undefined ? start() : ending.gone.then(start);
  }

  async submit(lease: Lease<P>): Promise<Told | Failed> {
    const { workerId, signal } = lease;
    if (signal.aborted) return failedBy(signal.reason);
    const worker = this.#workers.get(workerId) as Worker;
    const abort = () => this.#end(worker, () => worker.kill(signal.reason));
    signal.addEventListener('abort', abort, { once: true });
    try {
      return await worker.evaluate(lease);
    } finally {
      signal.removeEventListener('abort', abort);
      if (worker.dead) this.#end(worker, () => worker.kill());
      else if (this.#limitMemory) this.#end(worker, () => worker.end());
    }
  }

  async close(now: boolean): Promise<void> {
    this.#closed = true;
    for (const worker of this.#workers.values()) this.#end(worker, () => (now ? worker.kill() : worker.end()));
    const ending = [...this.#ending.values()];
    if (now) for (const { worker } of ending) void worker.kill(); // in its teardown
    await Promise.all(ending.map(({ gone }) => gone));
    await this.#supervisor.close();
  }

  async #start(workerId: number): Promise<void> {
    if (this.#closed) throw new ShacError('ERR_OBJECTIVE_FAILED', 'the run was stopped');
    const worker = new Worker(this.#plan, this.#supervisor, workerId);
    this.#workers.set(workerId, worker);
    worker.starting.catch(() => this.#end(worker, () => worker.kill()));
    await worker.starting;
  }

  /** Once for each worker. */
  #end(worker: Worker, how: () => Promise<void>): void {
    const { workerId } = worker;
    if (this.#workers.get(workerId) !== worker) return;
    this.#workers.delete(workerId);
    const gone = how().finally(() => this.#ending.delete(workerId));
    this.#ending.set(workerId, { worker, gone });
  }
}
