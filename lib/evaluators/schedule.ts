import { ShacError } from '../errors.js';
import { type Trial, type TrialError, toTrialError } from '../trial.js';
import type { Evaluator } from './evaluator.js';

/** How one trial's evaluation ended. */
export interface Outcome {
  /** The finite value, or why there is none. */
  readonly result: { readonly value: number } | { readonly error: TrialError };
  readonly workerId: number;
  readonly attempts: number;
  /** Milliseconds of the last attempt. */
  readonly duration: number;
}

export interface ScheduleOptions<P> {
  evaluator: Evaluator<P>;
  /** Evaluations at once; 1 is strictly serial, in the order of the trials. */
  parallel: number;
  /** Milliseconds after which an evaluation fails; 0 is never. */
  timeoutMs: number;
  /** Further tries for an evaluation that failed. */
  retries: number;
  /** Stops the run: unfinished evaluations are told through their own signal and not waited for. */
  signal: AbortSignal | undefined;
  onStart: (trialId: number, workerId: number) => void;
  onOutcome: (trialId: number, outcome: Outcome) => void | Promise<void>;
}

/**
 * Evaluates trials on `parallel` workers, each of which takes the next trial in order when it is free.
 *
 * @throws the signal's reason when it is aborted, what `onOutcome` throws; never because an evaluation failed.
 */
export async function evaluateAll<P>(trials: readonly Trial<P>[], options: ScheduleOptions<P>): Promise<void> {
  const { signal } = options;
  signal?.throwIfAborted();
  const stop = new AbortController();
  let next = 0;
  const work = async (workerId: number) => {
    for (let trial = trials[next++]; trial !== undefined; trial = trials[next++]) {
      options.onStart(trial.id, workerId);
      const outcome = await attempt(trial, workerId, options, stop.signal);
      if (stop.signal.aborted) return;
      await options.onOutcome(trial.id, outcome);
      if (stop.signal.aborted) return;
    }
  };
  let abort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal?.reason);
  });
  signal?.addEventListener('abort', abort, { once: true });
  const workers = Array.from({ length: Math.min(options.parallel, trials.length) }, (_, workerId) => work(workerId));
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
  trial: Trial<P>,
  workerId: number,
  { evaluator, timeoutMs, retries }: ScheduleOptions<P>,
  stop: AbortSignal,
): Promise<Outcome> {
  for (let attempts = trial.attempts + 1; ; attempts++) {
    const started = performance.now();
    let result: Outcome['result'];
    try {
      result = { value: await limited(evaluator, trial, workerId, timeoutMs, stop) };
    } catch (reason) {
      result = { error: toTrialError(reason) };
    }
    const duration = performance.now() - started;
    if ('value' in result || attempts > trial.attempts + retries || stop.aborted) {
      return { result, workerId, attempts, duration };
    }
  }
}

/** One evaluation with its own signal, which ends with the run or with the time-out. */
async function limited<P>(
  evaluator: Evaluator<P>,
  trial: Trial<P>,
  workerId: number,
  timeoutMs: number,
  stop: AbortSignal,
): Promise<number> {
  const own = new AbortController();
  let abort: (reason: unknown) => void = () => {};
  const ended = new Promise<never>((_, reject) => {
    abort = (reason) => {
      own.abort(reason);
      reject(reason);
    };
  });
  const onStop = () => abort(stop.reason);
  stop.addEventListener('abort', onStop, { once: true });
  const onTimeout = () =>
    abort(new ShacError('ERR_OBJECTIVE_FAILED', `trial ${trial.id} took longer than timeoutMs = ${timeoutMs} ms`));
  const timer = timeoutMs > 0 ? setTimeout(onTimeout, timeoutMs) : undefined;
  try {
    const context = { trialId: trial.id, workerId, signal: own.signal };
    return await Promise.race([evaluator.evaluate(trial.params, context), ended]);
  } finally {
    clearTimeout(timer);
    stop.removeEventListener('abort', onStop);
  }
}
