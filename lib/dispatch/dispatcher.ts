/** The port behind which objectives run: what a run hands out, what it takes back, and in which order. */
import type { TrialError, TrialMemory } from '../study/trial.js';
import type { DispatchRun } from './dispatch-run.js';

/** What an objective is told about the evaluation. */
export interface EvaluationContext {
  readonly trialId: number;
  /** Which evaluator runs it, 0 .. numParallelEvaluators - 1; never two evaluations at once on one. */
  readonly workerId: number;
  /**
   * Aborted when the run is stopped or the evaluation timed out. A worker is ended then; half a second later where the
   * objective took its signal.
   */
  readonly signal: AbortSignal;
  /**
   * Tells how the evaluation is going: an intermediate value, at a step (an epoch, say) that counts from 0 by itself when
   * it is left out. Callbacks hear of it by `onReport`.
   */
  readonly report: (value: number, step?: number) => void;
}

/** The function to optimise: parameters to a finite number. */
export type Objective<P> = (params: P, context: EvaluationContext) => number | Promise<number>;

/**
 * One evaluation of one trial, handed to a {@link Dispatcher}.
 *
 * The run keeps the time limit itself: at `deadline` it aborts `signal`, and the trial has failed whatever the dispatcher
 * does. `deadline` is there to be sent to where no signal reaches.
 */
export interface Lease<P = Record<string, unknown>> extends EvaluationContext {
  /** The candidate's values. They stay the trial's: they are frozen, and a dispatcher gives the objective a copy. */
  readonly params: P;
  /** 1 for the first evaluation of the trial; with the trial's id it names this evaluation, in another process too. */
  readonly attempt: number;
  /**
   * Aborted once at the most: at the deadline, or when the run is stopped. Its reason says which. That is the only way to
   * cancel a lease.
   */
  readonly signal: AbortSignal;
  /** Milliseconds since 1970 at which `signal` is aborted; undefined when there is no time limit. */
  readonly deadline: number | undefined;
  /**
   * Hands an intermediate value on, in the order of the calls. Reports after the answer, or after an abort, are dropped.
   *
   * @throws TypeError for anything but numbers, so that a wrong report can fail the evaluation that made it.
   */
  readonly report: (value: number, step?: number) => void;
}

// How a lease ended. The names are those of the study's events.

/** The objective gave its value. */
export interface Told {
  readonly type: 'told';
  /** One finite number. */
  readonly values: readonly number[];
  /** What the objective's own process wrote to its standard error, the end of it. */
  readonly stderr?: string;
  /** What a managed engine found of its memory. */
  readonly memory?: TrialMemory;
}

/** The objective failed: it threw, gave no finite number, or its worker died. */
export interface Failed {
  readonly type: 'failed';
  /** A plain object, which may come from another process. */
  readonly error: TrialError;
  readonly stderr?: string;
  readonly memory?: TrialMemory;
}

/**
 * Somewhere an objective can be run. One is made for each `fit` and closed at its end. The run calls it, and nobody else:
 *
 * 1. `prepare(0)`, before any candidate is drawn. If it rejects, `fit` rejects with that, and `close(true)` follows.
 * 2. For each evaluation `prepare(workerId)`, then `submit(lease)` with that `workerId`. Different workers are at
 *    different points of this at once. One worker has one lease at a time; only a lease that was aborted may still be
 *    unsettled when the next is prepared.
 * 3. `close(now)`, once. Leases may be under way, and a `prepare` too. Nothing is called afterwards.
 *
 * Whoever creates a dispatcher may never call it: it starts nothing before the first `prepare`.
 */
export interface Dispatcher<P = Record<string, unknown>> {
  /**
   * Gets worker `workerId` ready: started, the objective loaded and set up; a worker that has died, or was ended by an
   * abort, is replaced. Cheap when nothing is to be done: it is called before every lease. Undefined when there is nothing
   * to wait for, which saves a turn of the event loop. The time limit does not run meanwhile.
   *
   * Rejects with what the user can mend: a module that is not there, a `setup` that throws. After the first call, that
   * fails the trial.
   */
  prepare(workerId: number): Promise<void> | undefined;
  /**
   * Runs the objective once. A failure of the objective, and the death of its worker, are answers (`failed`), and so is
   * a value that is no finite number. A rejection fails the trial as well: it is the dispatcher that has a fault. The
   * answer is checked, so nothing it can be harms the run.
   *
   * When `lease.signal` is aborted, the run waits no longer: the promise may settle in any way, or never. Whatever runs is
   * ended at once, a computation in a process by killing it; a function in this thread can only be told by the signal. A
   * lease that is aborted already is not begun.
   */
  submit(lease: Lease<P>): Promise<Told | Failed>;
  /**
   * Ends the workers: idle ones by their `teardown`, busy ones at once. With `now`, after an error or an abort, all are
   * ended at once and nothing is torn down.
   *
   * Resolves when nothing of the dispatcher is left: no process, thread, timer, socket or listener. It does not reject for
   * a teardown that throws: the results are there. What is waited for in `prepare` or `submit` is settled, except for a
   * function in this thread.
   */
  close(now: boolean): Promise<void>;
}

/** What `fit` takes for a dispatcher of the user's own. */
export interface DispatcherSource<P = Record<string, unknown>> {
  /**
   * Called once for each `fit`, before anything else is done. It may throw to refuse what the run asks for, and starts
   * nothing.
   */
  createDispatcher(run: DispatchRun): Dispatcher<P>;
}
