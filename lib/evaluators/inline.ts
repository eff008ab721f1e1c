import { ShacError, ShacTypeError, show } from '../errors.js';
import { copyOf } from '../trial.js';
import type { EvaluationContext, Evaluator, Objective } from './evaluator.js';

/** Runs the objective in this thread: closures, sync or async. */
export class InlineEvaluator<P> implements Evaluator<P> {
  readonly #objective: Objective<P>;

  constructor(objective: unknown) {
    if (typeof objective !== 'function') {
      throw new ShacTypeError(
        'ERR_INVALID_ARGUMENT',
        `the objective must be a function (params, context) => number, got ${show(objective)}`,
      );
    }
    this.#objective = objective as Objective<P>;
  }

  async evaluate(params: P, context: EvaluationContext): Promise<number> {
    const value: unknown = await this.#objective(copyOf(params), context);
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    throw new ShacError(
      'ERR_OBJECTIVE_FAILED',
      `the objective must return a finite number, trial ${context.trialId} gave ${show(value)}`,
    );
  }
}
