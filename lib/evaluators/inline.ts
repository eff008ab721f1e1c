import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ShacError, show } from '../errors.js';
import { copyOf } from '../trial.js';
import type { Evaluation, EvaluationContext, Evaluator, Objective } from './evaluator.js';
import { type ModuleFile, setUpObjective } from './module.js';

/** Runs the objective in this thread: closures or modules, sync or async. */
export class InlineEvaluator<P> implements Evaluator<P> {
  readonly #source: Objective<P> | ModuleFile;
  readonly #collectGarbage: (() => void) | undefined;
  #objective: Objective<P> | undefined;
  #loading: Promise<void> | undefined;
  #teardown: (() => unknown) | undefined;

  /** @param limitMemory Collect garbage after each evaluation. */
  constructor(source: Objective<P> | ModuleFile, limitMemory: boolean) {
    this.#source = source;
    if (typeof source === 'function') this.#objective = source;
    this.#collectGarbage = limitMemory ? garbageCollector() : undefined;
  }

  /** All workers share this thread, and a module that is loaded and set up once. */
  prepare(): Promise<void> | undefined {
    if (this.#objective !== undefined) return undefined;
    this.#loading ??= this.#load(this.#source as ModuleFile);
    return this.#loading;
  }

  async evaluate(params: P, context: EvaluationContext): Promise<Evaluation> {
    const objective = this.#objective as Objective<P>;
    try {
      const value: unknown = await objective(copyOf(params), context);
      return { value: finite(value, context.trialId) };
    } finally {
      this.#collectGarbage?.();
    }
  }

  async close(now: boolean): Promise<void> {
    if (now) return;
    try {
      await this.#teardown?.();
    } catch {
      // As in a worker: a teardown that throws has nobody to tell; the results are there.
    }
  }

  async #load(source: ModuleFile): Promise<void> {
    const { evaluate, teardown } = await setUpObjective(source, 0);
    this.#teardown = teardown && (() => teardown({ workerId: 0 }));
    this.#objective = evaluate as Objective<P>;
  }
}

/** @throws ERR_OBJECTIVE_FAILED for anything but a finite number. */
export function finite(value: unknown, trialId: number): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new ShacError(
    'ERR_OBJECTIVE_FAILED',
    `the objective must return a finite number, trial ${trialId} gave ${show(value)}`,
  );
}

/** V8's own, which a script sees only with a flag. */
function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}
