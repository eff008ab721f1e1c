import { setMaxListeners } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { checkAnswer } from '../dispatch/answer.js';
import type { Dispatcher, Failed, Told } from '../dispatch/dispatcher.js';
import { failedBy } from '../dispatch/failure.js';
import { ShacError } from '../errors.js';
import type { Report, Trial } from '../study/trial.js';
import { Interruption } from './interruption.js';
import { Reporter, TimeLimit } from './lease.js';

/** Milliseconds after which timers and signals get their turn, even if no evaluation ever waits for anything. */
const TURN_MS = 5;

/** How one trial's evaluation ended. */
export interface Outcome {
  /** Checked: what is told is one finite number. */
  readonly result: Told | Failed;
  readonly workerId: number;
  readonly attempts: number;
  /** Milliseconds of the last attempt. */
  readonly duration: number;
}

/** What has to be known of a trial to evaluate it. */
export type Evaluable<P> = Pick<Trial<P>, 'id' | 'params' | 'attempts'>;

export interface ScheduleOptions<P> {
  dispatcher: Dispatcher<P>;
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
  setMaxListeners(0, stop.signal); // each evaluation listens
  const run = new Interruption(stop.signal);
  const giveWay = turns();
  let abort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal?.reason);
  });
  signal?.addEventListener('abort', abort, { once: true });
  const workers = Array.from({ length: options.parallel }, (_, workerId) => work(workerId, options, run, giveWay));
  try {
    await Promise.race([Promise.all(workers), aborted]);
  } finally {
    signal?.removeEventListener('abort', abort);
    // Whoever is still running (after an abort, or an error in onOutcome) is told, and not waited for.
    stop.abort(signal?.aborted ? signal.reason : new ShacError('ERR_OBJECTIVE_FAILED', 'the run was stopped'));
    void Promise.allSettled(workers);
  }
}

/** What one worker does: a trial after the other, until there is none, or the run ends. */
async function work<P>(
  workerId: number,
  options: ScheduleOptions<P>,
  run: Interruption,
  giveWay: () => Promise<void> | undefined,
): Promise<void> {
  const { signal } = run;
  for (;;) {
    const waited = options.next();
    const trial = waited instanceof Promise ? await waited : waited;
    if (trial === undefined || signal.aborted) return;
    options.onStart(trial.id, workerId);
    let outcome: Outcome;
    let attempt = trial.attempts;
    do {
      outcome = await evaluate(trial, workerId, ++attempt, options, run);
      if (signal.aborted) return;
    } while (outcome.result.type === 'failed' && attempt <= trial.attempts + options.retries);
    await options.onOutcome(trial.id, outcome);
    const turn = giveWay();
    if (turn !== undefined) await turn;
    if (signal.aborted) return;
  }
}

/** Says when to wait for a turn of the event loop: never, as long as others wait often enough by themselves. */
function turns(): () => Promise<void> | undefined {
  let last = performance.now();
  return () => {
    if (performance.now() - last <= TURN_MS) return undefined;
    return nextTurn().then(() => {
      last = performance.now();
    });
  };
}

/** One evaluation of a trial. */
async function evaluate<P>(
  trial: Evaluable<P>,
  workerId: number,
  attempt: number,
  { dispatcher, timeoutMs, onReport }: ScheduleOptions<P>,
  run: Interruption,
): Promise<Outcome> {
  const { id: trialId, params } = trial;
  let started = performance.now();
  let result: Outcome['result'];
  try {
    const preparing = dispatcher.prepare(workerId);
    if (preparing !== undefined) {
      await run.orResult(preparing);
      started = performance.now();
    }
    // A signal of its own, which ends with the run or with the time-out; without one, the run's will do.
    const limit = timeoutMs > 0 ? new TimeLimit(run.signal, timeoutMs, trialId) : undefined;
    const interruption = limit === undefined ? run : new Interruption(limit.signal);
    const { signal } = interruption;
    const reporter = new Reporter(trialId, signal, onReport);
    const { report } = reporter;
    const lease = { params, trialId, workerId, attempt, signal, deadline: limit?.deadline, report };
    try {
      const answering = dispatcher.submit(lease);
      limit?.submitted();
      const answer = await interruption.orResult(answering);
      limit?.requireInTime();
      result = checkAnswer(answer, trialId);
    } finally {
      reporter.end();
      limit?.clear();
    }
  } catch (reason) {
    result = failedBy(reason);
  }
  return { result, workerId, attempts: attempt, duration: performance.now() - started };
}
