import type { Dispatcher } from '../dispatch/dispatcher.js';
import { ShacError } from '../errors.js';
import { LinkedAbort } from '../native/linked-abort.js';
import { datasetOf, type EpochLogs } from '../observe/callback.js';
import type { History, StopReason } from '../observe/history.js';
import type { Watchers } from '../observe/watchers.js';
import type { ParamsOf, SpaceDefinition } from '../space/index.js';
import type { WatchDrawing } from '../strategies/candidates.js';
import type { Study } from '../study/study.js';
import { isFinished, type TrialRecord } from '../study/trial.js';
import { type StageTraining, trainDueStages } from '../training/trainer.js';
import { logDrawing, logEvaluations, logParameters, logTraining, newLogs } from './batch-logs.js';
import { Interruption } from './interruption.js';
import type { KeptStudy } from './kept-study.js';
import type { ResolvedFitOptions, ResolvedRunOptions } from './run-options.js';

/** What a run takes from the SHAC object that started it. */
export interface RunSettings<D extends SpaceDefinition> {
  readonly kept: KeptStudy<D>;
  /** Evaluations at once. */
  readonly evaluators: number;
  /** Native threads for drawing and training. */
  readonly generators: number;
  readonly history: History;
  readonly watchers: Watchers;
}

/** So many failures in a row end a run whose batches are of one trial. */
const MOST_FAILURES_ALONE = 10;

/** What the runs of every kind share: the steps of a batch. Their order is in sync-batches, async-batches and data-set. */
export class Run<D extends SpaceDefinition> {
  readonly settings: RunSettings<D>;
  /** The study does not become another one while a run holds it. */
  readonly study: Study<D>;
  /** Undefined when nobody listens: then nothing is watched. */
  readonly #watch: WatchDrawing | undefined;

  constructor(settings: RunSettings<D>) {
    const { watchers, kept } = settings;
    this.settings = settings;
    this.study = kept.study;
    this.#watch = watchers.hear('onProgress') ? (progress) => watchers.tell({ type: 'drawing', progress }) : undefined;
  }

  /** Whether a stage gave no classifier, and the run is to stop then. */
  get stoppedEarly(): boolean {
    return this.settings.history.stoppedEarly;
  }

  /** Every trial of the budget, or of the space, is finished, or being evaluated. */
  get isSpent(): boolean {
    return (this.#isBudgetSpent || this.isUsedUp) && this.study.idsIn('WAITING').length === 0;
  }

  /** Whether the space ends the search before the budget does. */
  get isUsedUp(): boolean {
    const { drawn, queue } = this.study;
    return !this.#isBudgetSpent && drawn.length + queue.length === 0 && this.settings.kept.candidates.isUsedUp;
  }

  get #isBudgetSpent(): boolean {
    const { trials, settings } = this.study;
    return trials.length >= settings.budget.totalBudget;
  }

  /** How many trials a batch has: as many as all of them, but for the last one of a space that is used up. */
  sizeOf(batch: number): number {
    const { batchSize } = this.study.settings.budget;
    return this.isUsedUp ? Math.min(batchSize, this.study.trials.length - batch * batchSize) : batchSize;
  }

  newLogs(): EpochLogs {
    return newLogs(this.study, this.settings.generators);
  }

  /** The whole of a run; `steps` are what is between its beginning and its end, and say why it ended. */
  async between(steps: () => Promise<StopReason>): Promise<void> {
    const { history, watchers } = this.settings;
    history.stopReason = undefined;
    await watchers.tell({ type: 'runBegan', logs: this.newLogs() });
    const reason = await steps();
    if (this.isUsedUp) this.settings.kept.candidates.noteUsedUp();
    history.stopReason ??= reason;
    await watchers.tell({ type: 'runEnded', logs: this.newLogs() });
  }

  /** Loads the objective: what is wrong with it ends the run before any trial. */
  async prepare(dispatcher: Dispatcher<ParamsOf<D>>, signal: AbortSignal | undefined): Promise<void> {
    const preparing = dispatcher.prepare(0);
    if (preparing === undefined) return;
    const stop = new LinkedAbort(signal);
    try {
      await new Interruption(stop.signal).orResult(preparing);
    } finally {
      stop.unlink();
    }
  }

  /** The next trials to evaluate. `fresh`: in the local phase, draw no more than one. */
  take(
    count: number,
    { relaxChecks: relax }: ResolvedFitOptions,
    { signal, fresh = false }: { signal: AbortSignal | undefined; fresh?: boolean },
  ): Promise<TrialRecord<ParamsOf<D>>[]> {
    const { kept, generators } = this.settings;
    return kept.candidates.take(count, { relax, threads: generators, signal, fresh }, this.#watch);
  }

  async beginEvaluation(batch: number, logs: EpochLogs): Promise<void> {
    logDrawing(this.study, batch, logs);
    const parameters = logParameters(this.study, batch, logs);
    await this.settings.watchers.tell({ type: 'evaluationBegan', parameters, logs });
  }

  /** What follows when a batch has all its results, wherever they came from. */
  async endBatch(batch: number, logs: EpochLogs, options: ResolvedRunOptions): Promise<void> {
    const { watchers, kept } = this.settings;
    const evaluations = logEvaluations(this.study, batch, logs);
    await watchers.tell({ type: 'evaluationEnded', evaluations, logs });
    await watchers.tell({ type: 'datasetChanged', dataset: datasetOf(this.study), logs });

    const started = performance.now();
    const training = await this.train(options);
    logs.trainingTime = performance.now() - started;
    logTraining(this.study, training, logs);
    await kept.save();
    await watchers.tell({ type: 'batchEnded', batch, logs });
  }

  /** Trains what is due. The run is to stop when `earlyStop` is set and a stage gave no classifier. */
  async train({ skipCvChecks, earlyStop, signal }: ResolvedRunOptions): Promise<StageTraining | undefined> {
    const training = await trainDueStages(this.study, { skipCvChecks, signal, threads: this.settings.generators });
    if (earlyStop && (training?.rejected ?? null) !== null) this.settings.history.stopReason = 'early-stop';
    return training;
  }

  /** How many of a batch's trials are finished. */
  finishedOf(batch: number): number {
    return this.study.batch(batch).filter(isFinished).length;
  }

  /** A whole batch of failures is a broken objective, not a bad corner of the space. Of batches of one, ten are. */
  refuseAllFailed(batch: number): void {
    const { batchSize, totalBudget } = this.study.settings.budget;
    const count = batchSize > 1 ? batchSize : Math.min(MOST_FAILURES_ALONE, totalBudget);
    const end = (batch + 1) * batchSize;
    if (end < count) return;
    const last = this.study.trials.slice(end - count, end);
    const first = last[0]?.error;
    if (first === undefined || last.some((trial) => trial.state !== 'FAIL')) return;
    const which =
      batchSize > 1 ? `all ${count} trials of batch ${batch}` : `the last ${count} trials, one a batch, all`;
    const message = `${which} failed; the first with ${first.name}: ${first.message}`;
    throw new ShacError('ERR_ALL_TRIALS_FAILED', message, { cause: first });
  }
}
