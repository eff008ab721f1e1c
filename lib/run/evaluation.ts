import type { Dispatcher } from '../dispatch/dispatcher.js';
import { ShacError } from '../errors.js';
import { LinkedAbort } from '../native/linked-abort.js';
import type { ParamsOf, SpaceDefinition } from '../space/index.js';
import type { Awaitable } from '../store/awaitable.js';
import type { TrialFailed, TrialTold, ValueReported } from '../study/events.js';
import { publicTrial, type TrialRecord } from '../study/trial.js';
import type { Run } from './run.js';
import type { ResolvedFitOptions } from './run-options.js';
import { evaluateAll, type Outcome, type ScheduleOptions } from './schedule.js';
import { Chain } from './serial.js';

/** What is evaluated, and who hears of it. */
export interface EvaluationOptions<D extends SpaceDefinition> {
  readonly signal: AbortSignal | undefined;
  /** The next trial; undefined when there is no more. */
  readonly next: ScheduleOptions<ParamsOf<D>>['next'];
  /** Called when a result is kept, and the callbacks have heard of it. */
  readonly onFinished?: (trial: TrialRecord<ParamsOf<D>>) => void;
}

/**
 * Evaluates trials; each result is kept before anything else is done with it. What has none in the end waits again.
 *
 * @throws what a callback throws, the signal's reason, and with `onFailure: 'stop'` ERR_OBJECTIVE_FAILED.
 */
export async function evaluate<D extends SpaceDefinition>(
  run: Run<D>,
  dispatcher: Dispatcher<ParamsOf<D>>,
  { timeoutMs, retries, onFailure }: ResolvedFitOptions,
  { signal, next, onFinished }: EvaluationOptions<D>,
): Promise<void> {
  const { study } = run;
  const { kept, watchers, evaluators } = run.settings;
  const stop = new LinkedAbort(signal);
  const reports = new Chain();
  const late = new Chain();
  const stopBy = (error: unknown) => stop.abort(error);
  const hearsOfTrials = watchers.hear('onTrialEnd');
  const onOutcome = async (id: number, outcome: Outcome) => {
    const event = endOf(id, outcome);
    study.record(event);
    const saved = kept.save();
    // A store that is kept busy holds up no evaluation; who hears of results still hears of them in their order.
    if (!(saved instanceof Promise && kept.isStalled)) return heard(id, event, saved);
    saved.catch(() => {}); // told by the first of them
    late.run(() => heard(id, event, saved), stopBy);
  };
  const heard = async (id: number, event: TrialTold | TrialFailed, saved: Awaitable<void>) => {
    if (saved instanceof Promise) await saved;
    await reports.over;
    const trial = study.trials[id] as TrialRecord<ParamsOf<D>>;
    if (hearsOfTrials) await watchers.forward({ ...event, trial: publicTrial(trial) as never });
    if (trial.error !== undefined && onFailure === 'stop') {
      const message = `trial ${id} failed: ${trial.error.message}`;
      throw new ShacError('ERR_OBJECTIVE_FAILED', message, { cause: trial.error });
    }
    onFinished?.(trial);
  };
  try {
    await evaluateAll({
      dispatcher,
      next,
      parallel: evaluators,
      timeoutMs,
      retries,
      signal: stop.signal,
      onStart: (id, workerId) => {
        study.record({ type: 'started', id, workerId, at: Date.now() });
        kept.saveSoon();
      },
      onReport: ({ trialId: id, step, value }) => {
        const event: ValueReported = { type: 'reported', id, step, value };
        study.record(event);
        kept.saveSoon();
        reports.run(() => watchers.forward(event), stopBy);
      },
      onOutcome,
    });
    await late.over;
  } finally {
    await late.over.catch(() => {}); // whatever stopped the run: nobody hears of a trial after its end
    stop.unlink();
    study.requeue(); // after an error or an abort: what is unfinished is evaluated by the next run
  }
}

/** The event of a trial that ended. Fields that most trials lack are left out: this is made for every one. */
function endOf(id: number, { result, workerId, attempts, duration }: Outcome): TrialTold | TrialFailed {
  const { stderr, memory } = result;
  const at = Date.now();
  const event: TrialTold | TrialFailed =
    result.type === 'told'
      ? { type: 'told', id, values: result.values, at, attempts, workerId, duration }
      : { type: 'failed', id, error: result.error, at, attempts, workerId, duration };
  if (stderr === undefined && memory === undefined) return event;
  return { ...event, ...(stderr !== undefined && { stderr }), ...(memory !== undefined && { memory }) };
}
