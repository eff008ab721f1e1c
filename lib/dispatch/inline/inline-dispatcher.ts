import { copyOf } from '../../study/params.js';
import type { DispatchRun } from '../dispatch-run.js';
import type { Dispatcher, Failed, Lease, Told } from '../dispatcher.js';
import { failedBy } from '../failure.js';
import { garbageCollector } from '../objective/garbage.js';
import { type CodeObjective, type ModuleFile, resolveModule } from '../objective/module.js';
import { type ReadyObjective, ready, setUpObjective } from '../objective/ready.js';
import { Reports } from '../objective/report.js';
import { type Callable, plain, type RuntimeTask } from '../objective/runtime.js';
import { Late } from './late.js';

/** The dispatcher of a function or a module in this thread. */
export function createInlineDispatcher(source: CodeObjective, { limitMemory }: DispatchRun): Dispatcher<unknown> {
  return new InlineDispatcher(typeof source === 'function' ? source : resolveModule(source), limitMemory);
}

/** Runs the objective in this thread: closures or modules, sync or async. */
export class InlineDispatcher<P> implements Dispatcher<P> {
  readonly #source: Callable | ModuleFile;
  readonly #task: RuntimeTask | undefined;
  readonly #collectGarbage: (() => void) | undefined;
  /** Evaluations that were given up and have not ended yet, by workerId. */
  readonly #late = new Map<number, Late>();
  #objective: ReadyObjective | undefined;
  #loading: Promise<void> | undefined;

  /**
   * @param limitMemory Collect garbage after each evaluation.
   * @param task The framework that the objective is called with, if any.
   */
  constructor(source: Callable | ModuleFile, limitMemory: boolean, task?: RuntimeTask) {
    this.#source = source;
    this.#task = task;
    if (typeof source === 'function' && task === undefined) this.#objective = ready(plain, source, undefined);
    this.#collectGarbage = limitMemory ? garbageCollector() : undefined;
  }

  /**
   * All workers share this thread, and a module that is loaded and set up once. One whose last evaluation took too long
   * waits for its end, as it would for the end of any other; not for ever, since nothing here can end a function.
   */
  prepare(workerId: number): Promise<void> | undefined {
    if (this.#objective === undefined) {
      this.#loading ??= this.#load();
      return this.#loading;
    }
    const late = this.#late.get(workerId);
    this.#late.delete(workerId);
    return late?.ended();
  }

  submit(lease: Lease<P>): Promise<Told | Failed> {
    const { signal, workerId } = lease;
    if (signal.aborted) return Promise.resolve(failedBy(signal.reason));
    const answer = this.#evaluate(lease);
    if (lease.deadline === undefined) return answer;
    const late = new Late(lease, answer);
    const onAbort = () => this.#late.set(workerId, late);
    signal.addEventListener('abort', onAbort, { once: true });
    void answer.finally(() => {
      signal.removeEventListener('abort', onAbort);
      if (this.#late.get(workerId) === late) this.#late.delete(workerId);
    });
    return answer;
  }

  async #evaluate({ params, trialId, workerId, signal, report }: Lease<P>): Promise<Told | Failed> {
    const objective = this.#objective as ReadyObjective;
    const reports = new Reports(report);
    try {
      return await objective.evaluate(copyOf(params), { trialId, workerId, signal, report: reports.report });
    } catch (reason) {
      return failedBy(reason);
    } finally {
      reports.flush();
      this.#collectGarbage?.();
    }
  }

  async close(now: boolean): Promise<void> {
    try {
      if (!now) await this.#objective?.teardown?.({ workerId: 0 });
    } catch {
      // As in a worker: a teardown that throws has nobody to tell; the results are there.
    } finally {
      this.#objective?.end();
    }
  }

  async #load(): Promise<void> {
    this.#objective = await setUpObjective(this.#source, 0, this.#task);
  }
}
