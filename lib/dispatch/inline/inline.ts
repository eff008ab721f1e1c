import { copyOf } from '../../study/trial.js';
import type { Evaluation, EvaluationContext, Evaluator, FailedEvaluation } from '../evaluator.js';
import type { TensorTask } from '../managed/frameworks.js';
import { garbageCollector } from '../objective/garbage.js';
import { type ModuleFile, type ReadyObjective, ready, setUpObjective } from '../objective/module.js';
import { type Callable, plain } from '../objective/runtime.js';

/** Runs the objective in this thread: closures or modules, sync or async. */
export class InlineEvaluator<P> implements Evaluator<P> {
  readonly #source: Callable | ModuleFile;
  readonly #task: TensorTask | undefined;
  readonly #collectGarbage: (() => void) | undefined;
  #objective: ReadyObjective | undefined;
  #loading: Promise<void> | undefined;

  /**
   * @param limitMemory Collect garbage after each evaluation.
   * @param task The framework that the objective is called with, if any.
   */
  constructor(source: Callable | ModuleFile, limitMemory: boolean, task?: TensorTask) {
    this.#source = source;
    this.#task = task;
    if (typeof source === 'function' && task === undefined) this.#objective = ready(plain, source, undefined);
    this.#collectGarbage = limitMemory ? garbageCollector() : undefined;
  }

  /** All workers share this thread, and a module that is loaded and set up once. */
  prepare(): Promise<void> | undefined {
    if (this.#objective !== undefined) return undefined;
    this.#loading ??= this.#load();
    return this.#loading;
  }

  async evaluate(params: P, context: EvaluationContext): Promise<Evaluation | FailedEvaluation> {
    const objective = this.#objective as ReadyObjective;
    try {
      return await objective.evaluate(copyOf(params), context);
    } finally {
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
