/** What an objective is told about the evaluation. */
export interface EvaluationContext {
  readonly trialId: number;
  /** Which evaluator runs it, 0 .. numParallelEvaluators - 1; never two evaluations at once on one. */
  readonly workerId: number;
  /** Aborted when the run is stopped or the evaluation timed out. */
  readonly signal: AbortSignal;
}

/** The function to optimise: parameters to a finite number. */
export type Objective<P> = (params: P, context: EvaluationContext) => number | Promise<number>;

/** Somewhere an objective can be run. */
export interface Evaluator<P> {
  /** Runs the objective once. Rejects when it fails or gives anything but a finite number. */
  evaluate(params: P, context: EvaluationContext): Promise<number>;
}
