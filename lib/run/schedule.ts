import { setMaxListeners } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Evaluation, EvaluationContext, Evaluator, FailedEvaluation } from '../dispatch/evaluator.js';
import { ProcessFailure } from '../dispatch/failure.js';
import { checkReport } from '../dispatch/objective/report.js';
import { ShacError } from '../errors.js';
import { LinkedAbort } from '../native/linked-abort.js';
import { type Report, type TrialRecord, toTrialError } from '../study/trial.js';
import { Interruption } from './interruption.js';

/** Milliseconds after which timers and signals get their turn, even if no evaluation ever waits for anything. */
const TURN_MS = 5;

/** How one trial's evaluation ended. */
export interface Outcome {
  readonly result: Evaluation | FailedEvaluation;
  readonly workerId: number;
  readonly attempts: number;
  /** Milliseconds of the last attempt. */
  readonly duration: number;
}

/** What has to be known of a trial to evaluate it. */
export type Evaluable<P> = Pick<TrialRecord<P>, 'id' | 'params' | 'attempts'>;

export interface ScheduleOptions<P> {
  evaluator: Evaluator<P>;
  /** The next trial for a worker that is free; undefined ends it. */
  next: () => Evaluable<P> | undefined | Promise<Evaluable<P> | undefined>;
  /** Evaluations at once; 1 is strictly serial, in the order of the trials. */
  parallel: number;
  /** Milliseconds after which an evaluation fails; 0 is never. */
  timeoutMs: number;
  /** Further tries for an evaluation that failed. */
  retries: number;
  /** Stops the run: unfinished evaluations are told through their own signal and not waited for. */
  signal: AbortSignal | undefined;
  onStart: (trialId: number, workerId: number) => void;
  onReport: (report: Report) => void;
  onOutcome: (trialId: number, outcome: Outcome) => void | Promise<void>;
}

/**
 * Evaluates trials on `parallel` workers, each of which takes the next trial in order when it is free.
 *
 * @throws the signal's reason when it is aborted, what `next` and `onOutcome` throw; never because an evaluation failed.
 */
export async function evaluateAll<P>(options: ScheduleOptions<P>): Promise<void> {
  const { signal } = options;
  signal?.throwIfAborted();
  const stop = new AbortController();
  setMaxListeners(0, stop.signal); // each evaluator listens
  const interruption = new Interruption(stop.signal);
  let turn = performance.now();
  const work = async (workerId: number) => {
    for (;;) {
      const waited = options.next();
      const trial = waited instanceof Promise ? await waited : waited;
      if (trial === undefined || stop.signal.aborted) return;
      options.onStart(trial.id, workerId);
      const outcome = await attempt(trial, workerId, options, interruption);
      if (stop.signal.aborted) return;
      await options.onOutcome(trial.id, outcome);
      if (performance.now() - turn > TURN_MS) {
        await nextTurn();
        turn = performance.now();
      }
      if (stop.signal.aborted) return;
    }
  };
  let abort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal?.reason);
  });
  signal?.addEventListener('abort', abort, { once: true });
  const workers = Array.from({ length: options.parallel }, (_, workerId) => work(workerId));
  try {
    await Promise.race([Promise.all(workers), aborted]);
  } finally {
    signal?.removeEventListener('abort', abort);
    // Whoever is still running (after an abort, or an error in onOutcome) is told, and not waited for.
    stop.abort(signal?.aborted ? signal.reason : new ShacError('ERR_OBJECTIVE_FAILED', 'the run was stopped'));
    void Promise.allSettled(workers);
  }
}

async function attempt<P>(
  trial: Evaluable<P>,
  workerId: number,
  options: ScheduleOptions<P>,
  run: Interruption,
): Promise<Outcome> {
  const { evaluator, timeoutMs, retries } = options;
  for (let attempts = trial.attempts + 1; ; attempts++) {
    let started = performance.now();
    let result: Outcome['result'];
    try {
      const preparing = evaluator.prepare(workerId);
      if (preparing !== undefined) {
        await run.orResult(preparing);
        started = performance.now();
      }
      // A signal of its own, which ends with the run or with the time-out; without one, the run's will do.
      const limit = timeoutMs > 0 ? new Limit(run.signal, timeoutMs, trial.id) : undefined;
      const interruption = limit === undefined ? run : new Interruption(limit.signal);
      const context = contextOf(trial.id, workerId, interruption.signal, options);
      try {
        result = await interruption.orResult(evaluator.evaluate(trial.params, context));
      } finally {
        limit?.clear();
      }
    } catch (reason) {
      const { stderr } = Object(reason) as { stderr?: unknown };
      const memory = reason instanceof ProcessFailure ? reason.memory : undefined;
      result = {
        error: toTrialError(reason),
        ...(typeof stderr === 'string' && { stderr }),
        ...(memory && { memory }),
      };
    }
    const duration = performance.now() - started;
    if ('value' in result || attempts > trial.attempts + retries || run.signal.aborted) {
      return { result, workerId, attempts, duration };
    }
  }
}

function contextOf<P>(
  trialId: number,
  workerId: number,
  signal: AbortSignal,
  { onReport }: ScheduleOptions<P>,
): EvaluationContext {
  let steps = 0;
  const report = (value: number, step = steps) => {
    checkReport(value, step);
    steps = step + 1;
    if (!signal.aborted) onReport({ trialId, value, step });
  };
  return { trialId, workerId, signal, report };
}

/** The signal of one evaluation that has a time limit. */
class Limit extends LinkedAbort {
  readonly #timer: NodeJS.Timeout;

  constructor(run: AbortSignal, timeoutMs: number, trialId: number) {
    super(run);
    this.#timer = setTimeout(() => {
      const message = `trial ${trialId} took longer than timeoutMs = ${timeoutMs} ms`;
      this.abort(new ShacError('ERR_OBJECTIVE_FAILED', message));
    }, timeoutMs);
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.unlink();
  }
}
