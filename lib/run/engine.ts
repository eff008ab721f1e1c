import type { ResolvedFitOptions, ResolvedRunOptions } from '../api/call-options.js';
import type { Dispatcher as Evaluator } from '../dispatch/dispatcher.js';
import { ShacError } from '../errors.js';
import type { DatasetRow } from '../exchange/csv.js';
import { LinkedAbort } from '../native/linked-abort.js';
import type { CallbackMethods, EpochLogs } from '../observe/callback.js';
import { type Emit, emitterTo } from '../observe/emit.js';
import type { History } from '../observe/history.js';
import type { ParamsOf, SpaceDefinition } from '../space/index.js';
import { dropStale, takeTrials, type WatchDrawing } from '../strategies/drawing.js';
import type { StudyState } from '../study/study-state.js';
import { isFinished, publicTrial, type TrialRecord } from '../study/trial.js';
import { type StageTraining, trainDueStages } from '../training/trainer.js';
import { Interruption } from './interruption.js';
import { evaluateAll, type Outcome, type ScheduleOptions } from './schedule.js';

/** What a run takes from the SHAC object that started it. */
export interface EngineSettings {
  /** Evaluations at once. */
  evaluators: number;
  /** Native threads for drawing and training. */
  generators: number;
  history: History;
  callbacks: readonly CallbackMethods[];
  /** Makes the results durable; what is not needed at once can wait for others. */
  save: () => void;
  saveSoon: () => void;
}

/** So many failures in a row end a run whose batches are of one trial. */
const MOST_FAILURES_ALONE = 10;

/**
 * The order of the steps, here and nowhere else: draw a batch, evaluate it, keep the results, train a classifier, and
 * again; or in an 'async' run, all of them beside each other. Each epoch is one batch, told to the callbacks.
 */
export class Engine<D extends SpaceDefinition> {
  readonly #state: StudyState<D>;
  readonly #settings: EngineSettings;
  readonly #emit: Emit;
  /** Undefined when no callback listens: then nothing is watched. */
  readonly #watch: WatchDrawing | undefined;

  constructor(state: StudyState<D>, settings: EngineSettings) {
    this.#state = state;
    this.#settings = settings;
    this.#emit = emitterTo([settings.history, ...settings.callbacks]);
    this.#watch = this.#hears('onProgress') ? (progress) => this.#emit('onProgress', progress) : undefined;
  }

  #hears(event: Exclude<keyof CallbackMethods, 'setEngine'>): boolean {
    return this.#settings.callbacks.some((callback) => typeof callback[event] === 'function');
  }

  /** Evaluates batches until the budget is spent, or a stage gave no classifier and `earlyStop` is set. */
  async fit(evaluator: Evaluator<ParamsOf<D>>, options: ResolvedFitOptions): Promise<void> {
    const state = this.#state;
    await this.#between(async () => {
      // Handed out by ask and never told: evaluated now.
      state.requeue();
      // One is due when a run was stopped between a batch and its training.
      if (this.#endsRun(await this.#train(options), options) || this.#isSpent()) return;
      await this.#prepare(evaluator, options.signal);
      if (options.batches === 'async') return this.#fitAsync(evaluator, options);
      while (!this.#isSpent()) {
        options.signal?.throwIfAborted();
        await this.#fitBatch(evaluator, options);
        if (this.#settings.history.stoppedEarly) return;
      }
    });
  }

  /** Loads the objective: what is wrong with it ends the run before any trial. */
  async #prepare(evaluator: Evaluator<ParamsOf<D>>, signal: AbortSignal | undefined): Promise<void> {
    const preparing = evaluator.prepare(0);
    if (preparing === undefined) return;
    const stop = new LinkedAbort(signal);
    try {
      await new Interruption(stop.signal).orResult(preparing);
    } finally {
      stop.unlink();
    }
  }

  #isSpent(): boolean {
    const { trials, options } = this.#state;
    return trials.length >= options.budget.totalBudget && this.#state.idsIn('WAITING').length === 0;
  }

  /** The same with results that exist already. */
  async fitRows(rows: readonly DatasetRow<ParamsOf<D>>[], options: ResolvedRunOptions): Promise<void> {
    const state = this.#state;
    const { batchSize } = state.options.budget;
    await this.#between(async () => {
      // Of a data set that was stopped, whole batches are there; a training may be due.
      if (this.#endsRun(await this.#train(options), options)) return;
      const begun = Math.floor(state.trials.length / batchSize) * batchSize;
      for (let first = begun; first < rows.length; first += batchSize) {
        options.signal?.throwIfAborted();
        const epoch = first / batchSize;
        const logs = this.#newLogs();
        await this.#emit('onEpochBegin', epoch, logs);
        for (const { params, value } of rows.slice(state.trials.length, first + batchSize)) {
          const id = state.trials.length;
          state.trials.push(state.newTrial(id, state.space.encode(params), params));
          state.finish(id, value ?? { error: 'no value in the data set' }, { attempts: 1 });
        }
        this.#settings.save();
        const batch = state.trials.slice(first);
        logs.parameters = batch.map((trial) => trial.params);
        await this.#endBatch(epoch, batch, logs, options);
        if (this.#settings.history.stoppedEarly) return;
      }
    });
  }

  async #between(run: () => Promise<void>): Promise<void> {
    this.#settings.history.stoppedEarly = false;
    await this.#emit('onTrainBegin', this.#newLogs());
    await run();
    await this.#emit('onTrainEnd', this.#newLogs());
  }

  /** One batch after the other: drawn, evaluated, learned from. */
  async #fitBatch(evaluator: Evaluator<ParamsOf<D>>, options: ResolvedFitOptions): Promise<void> {
    const state = this.#state;
    const { batchSize } = state.options.budget;
    const epoch = Math.floor((state.idsIn('WAITING')[0] ?? state.trials.length) / batchSize);
    const logs = this.#newLogs();
    await this.#emit('onEpochBegin', epoch, logs);

    const missing = batchSize - this.#batch(epoch).filter(isFinished).length;
    const trials = await this.#take(missing, options, options.signal);
    await this.#beginEvaluation(epoch, logs);
    const started = performance.now();
    let next = 0;
    await this.#evaluate(evaluator, options, options.signal, () => trials[next++]);
    logs.evaluationTime = performance.now() - started;
    await this.#endBatch(epoch, this.#batch(epoch), logs, options);
    this.#refuseAllFailed(epoch);
  }

  /**
   * All batches at once: a free evaluator is given the next candidate, from the classifiers that there are. Batches are
   * still ended in order, each once all its results are in, while later ones are evaluated.
   */
  async #fitAsync(evaluator: Evaluator<ParamsOf<D>>, options: ResolvedFitOptions): Promise<void> {
    const state = this.#state;
    const { batchSize } = state.options.budget;
    const begun = new Map<number, { logs: EpochLogs; started: number }>();
    /** Results of the batches that are not ended yet. */
    const finished = new Map<number, number>();
    let epoch = Math.floor((state.idsIn('WAITING')[0] ?? state.trials.length) / batchSize);
    for (const trial of state.trials.slice(epoch * batchSize)) if (isFinished(trial)) count(finished, trial.stage);
    const stop = new LinkedAbort(options.signal);

    const take = async () => {
      if (this.#settings.history.stoppedEarly) return undefined;
      dropStale(state);
      const [trial] = await this.#take(1, options, stop.signal, true);
      if (trial === undefined) return undefined;
      state.update(trial.id, { state: 'RUNNING' }); // nobody else gets it
      if (!begun.has(trial.stage)) {
        const logs = this.#newLogs();
        begun.set(trial.stage, { logs, started: performance.now() });
        await this.#emit('onEpochBegin', trial.stage, logs);
        await this.#beginEvaluation(trial.stage, logs);
      }
      return trial;
    };
    const endBatches = async () => {
      for (; finished.get(epoch) === batchSize && !this.#settings.history.stoppedEarly; epoch++) {
        const batch = this.#batch(epoch);
        const { logs, started } = begun.get(epoch) ?? { logs: this.#newLogs(), started: performance.now() };
        logs.evaluationTime = performance.now() - started;
        logs.parameters = batch.map((trial) => trial.params);
        this.#logDrawing(epoch, logs);
        await this.#endBatch(epoch, batch, logs, { ...options, signal: stop.signal });
        this.#refuseAllFailed(epoch);
        finished.delete(epoch);
      }
    };
    // One after the other, beside the evaluations; what they throw stops those as well.
    let taking: Promise<unknown> = Promise.resolve();
    let ending: Promise<void> = Promise.resolve();
    const next = () => {
      const taken = taking.then(take);
      taking = taken.catch(() => {});
      return taken;
    };
    const onFinished = ({ stage }: TrialRecord<ParamsOf<D>>) => {
      if (count(finished, stage) < batchSize || stop.signal.aborted) return;
      ending = ending.then(endBatches);
      ending.catch((error) => stop.abort(error));
    };
    try {
      await this.#evaluate(evaluator, options, stop.signal, next, onFinished);
      await ending;
    } catch (error) {
      stop.abort(error);
      throw error;
    } finally {
      // What is being drawn or trained is told, and waited for: nobody else changes the study once the run has ended.
      await Promise.allSettled([taking, ending]);
      stop.unlink();
      state.requeue();
    }
  }

  #batch(epoch: number): TrialRecord<ParamsOf<D>>[] {
    const { batchSize } = this.#state.options.budget;
    return this.#state.trials.slice(epoch * batchSize, (epoch + 1) * batchSize);
  }

  /** A whole batch of failures is a broken objective, not a bad corner of the space. Of batches of one, ten are. */
  #refuseAllFailed(epoch: number): void {
    const { batchSize, totalBudget } = this.#state.options.budget;
    const count = batchSize > 1 ? batchSize : Math.min(MOST_FAILURES_ALONE, totalBudget);
    const end = (epoch + 1) * batchSize;
    if (end < count) return;
    const last = this.#state.trials.slice(end - count, end);
    const first = last[0]?.error;
    if (first === undefined || last.some((trial) => trial.state !== 'FAIL')) return;
    const which =
      batchSize > 1 ? `all ${count} trials of batch ${epoch}` : `the last ${count} trials, one a batch, all`;
    throw new ShacError('ERR_ALL_TRIALS_FAILED', `${which} failed; the first with ${first.name}: ${first.message}`);
  }

  #take(count: number, { relaxChecks: relax }: ResolvedFitOptions, signal: AbortSignal | undefined, fresh = false) {
    return takeTrials(this.#state, count, { relax, threads: this.#settings.generators, signal, fresh }, this.#watch);
  }

  async #beginEvaluation(epoch: number, logs: EpochLogs): Promise<void> {
    this.#logDrawing(epoch, logs);
    const drawn = this.#state.drawn.filter(({ stage }) => stage === epoch).reverse();
    logs.parameters = [...this.#batch(epoch), ...drawn].map((trial) => trial.params);
    await this.#emit('onEvaluationBegin', logs.parameters, logs);
  }

  /** How a batch was drawn; not there for one that a data set gave. */
  #logDrawing(epoch: number, logs: EpochLogs): void {
    const parts = this.#state.batches.filter(({ stage }) => stage === epoch);
    const last = parts.at(-1);
    if (last === undefined) return;
    const { acceptance, liveMass } = last;
    const sum = (key: 'count' | 'draws' | 'samplingTime') => parts.reduce((total, part) => total + part[key], 0);
    const samplingTime = sum('samplingTime');
    Object.assign(logs, { draws: sum('draws'), accepted: sum('count'), acceptance, liveMass, samplingTime });
  }

  /** @param onFinished Called when a result is kept, and the callbacks have heard of it. */
  async #evaluate(
    evaluator: Evaluator<ParamsOf<D>>,
    { timeoutMs, retries, onFailure }: ResolvedFitOptions,
    signal: AbortSignal | undefined,
    next: ScheduleOptions<ParamsOf<D>>['next'],
    onFinished?: (trial: TrialRecord<ParamsOf<D>>) => void,
  ): Promise<void> {
    const state = this.#state;
    const stop = new LinkedAbort(signal);
    let reported: Promise<void> = Promise.resolve();
    const onOutcome = async (id: number, { result, workerId, attempts, duration }: Outcome) => {
      const { stderr, memory } = result;
      const kept = { ...(stderr !== undefined && { stderr }), ...(memory !== undefined && { memory }) };
      const run = { workerId, attempts, duration, ...kept };
      const trial = state.finish(id, result.type === 'told' ? (result.values[0] as number) : result, run);
      this.#settings.save();
      await reported;
      if (this.#hears('onTrialEnd')) await this.#emit('onTrialEnd', publicTrial(trial));
      if (trial.error !== undefined && onFailure === 'stop') {
        throw new ShacError('ERR_OBJECTIVE_FAILED', `trial ${id} failed: ${trial.error.message}`, {
          cause: trial.error,
        });
      }
      onFinished?.(trial);
    };
    try {
      await evaluateAll({
        dispatcher: evaluator,
        next,
        parallel: this.#settings.evaluators,
        timeoutMs,
        retries,
        signal: stop.signal,
        onStart: (id, workerId) => {
          state.update(id, { state: 'RUNNING', workerId });
          this.#settings.saveSoon();
        },
        onReport: (report) => {
          state.unsaved?.reports.push(report);
          this.#settings.saveSoon();
          reported = reported.then(() => this.#emit('onReport', report));
          reported.catch((error) => stop.abort(error));
        },
        onOutcome,
      });
    } finally {
      stop.unlink();
      state.requeue(); // after an error or an abort: what is unfinished is evaluated by the next run
    }
  }

  /** What follows when a batch has all its results, wherever they came from. */
  async #endBatch(
    epoch: number,
    batch: readonly TrialRecord<ParamsOf<D>>[],
    logs: EpochLogs,
    options: ResolvedRunOptions,
  ): Promise<void> {
    const state = this.#state;
    logs.deviceIds = batch.map((trial) => trial.workerId ?? null);
    logs.evaluations = batch.map((trial) => trial.value);
    await this.#emit('onEvaluationEnded', logs.evaluations, logs);
    await this.#emit('onDatasetChanged', state.dataset, logs);

    const started = performance.now();
    const training = await this.#train(options);
    const { model, rejected } = training ?? { model: null, rejected: null };
    logs.trainingTime = performance.now() - started;
    logs.model = model && { stage: model.stage, cvAccuracy: model.cvAccuracy, attempts: model.attempts };
    logs.rejected = rejected;
    logs.datasetIndex = state.datasetIndex;
    logs.classifiers = state.classifiers.length;
    logs.best = state.best?.value ?? null;
    this.#endsRun(training, options);
    this.#settings.save();
    await this.#emit('onEpochEnd', epoch, logs);
  }

  /** Whether what came of a training ends the run: a stage without a classifier, with `earlyStop`. */
  #endsRun(training: StageTraining | undefined, { earlyStop }: ResolvedRunOptions): boolean {
    const rejected = training?.rejected ?? null;
    this.#settings.history.stoppedEarly = earlyStop && rejected !== null;
    return this.#settings.history.stoppedEarly;
  }

  #train({ skipCvChecks, signal }: ResolvedRunOptions) {
    return trainDueStages(this.#state, { skipCvChecks, signal, threads: this.#settings.generators });
  }

  #newLogs(): EpochLogs {
    return {
      generatorThreads: this.#settings.generators,
      perClassifierBudget: this.#state.options.budget.pointsPerClassifier,
    };
  }
}

/** Counts one more; returns how many there are. */
function count(counts: Map<number, number>, key: number): number {
  const next = (counts.get(key) ?? 0) + 1;
  counts.set(key, next);
  return next;
}
