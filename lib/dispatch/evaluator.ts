import type { TrialError, TrialMemory } from '../study/trial.js';

/** What an objective is told about the evaluation. */
export interface EvaluationContext {
  readonly trialId: number;
  /** Which evaluator runs it, 0 .. numParallelEvaluators - 1; never two evaluations at once on one. */
  readonly workerId: number;
  /** Aborted when the run is stopped or the evaluation timed out. A worker is ended instead. */
  readonly signal: AbortSignal;
  /**
   * Tells how the evaluation is going: an intermediate value, at a step (an epoch, say) that counts from 0 by itself when
   * it is left out. Callbacks hear of it by `onReport`.
   */
  readonly report: (value: number, step?: number) => void;
}

/** The function to optimise: parameters to a finite number. */
export type Objective<P> = (params: P, context: EvaluationContext) => number | Promise<number>;

/** How an evaluation ended well. */
export interface Evaluation {
  /** Finite. */
  readonly value: number;
  /** What the objective's own process wrote to its standard error, the end of it. */
  readonly stderr?: string;
  /** What a managed engine found of its memory. */
  readonly memory?: TrialMemory;
}

/** How an evaluation failed. */
export interface FailedEvaluation extends Omit<Evaluation, 'value'> {
  readonly error: TrialError;
}

/**
 * Somewhere an objective can be run. Made for one run (`fit`) and closed after it; evaluations with different workerIds
 * may be under way at once.
 */
export interface Evaluator<P> {
  /**
   * Gets worker `workerId` ready: started, and the objective loaded. Undefined when there is nothing to wait for. Rejects with what the
   * user can mend: a module that is not there, a `setup` that throws.
   */
  prepare(workerId: number): Promise<void> | undefined;
  /**
   * Runs the objective once. Resolves to a failure, or rejects, when it fails or gives anything but a finite number; what
   * is rejected with may have a `stderr` as an Evaluation has. Once `context.signal` is aborted whatever runs is ended, and the worker replaced by
   * the next `prepare`.
   */
  evaluate(params: P, context: EvaluationContext): Promise<Evaluation | FailedEvaluation>;
  /** Ends the workers, those that are idle by their `teardown`; `now` kills them all. Nothing of it is left after. */
  close(now: boolean): Promise<void>;
}
