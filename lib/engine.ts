import type { ResolvedFitOptions, ResolvedRunOptions } from './call-options.js';
import type { CallbackMethods, EpochLogs } from './callbacks/callback.js';
import { type Emit, emitterTo } from './callbacks/emit.js';
import type { History } from './callbacks/history.js';
import { takeTrials, type WatchDrawing } from './drawing.js';
import { ShacError } from './errors.js';
import type { Evaluator } from './evaluators/evaluator.js';
import { evaluateAll, type Outcome } from './evaluators/schedule.js';
import type { ParamsOf, SpaceDefinition } from './space/index.js';
import type { DatasetRow } from './storage/csv.js';
import type { StudyState } from './study-state.js';
import { type StageTraining, trainDueStages } from './training.js';
import { isFinished, publicTrial, type TrialRecord } from './trial.js';

/** What a run takes from the SHAC object that started it. */
export interface EngineSettings {
  /** Evaluations at once. */
  evaluators: number;
  /** Native threads for drawing and training. */
  generators: number;
  history: History;
  callbacks: readonly CallbackMethods[];
  /** Makes the results durable. */
  save: () => void;
}

/**
 * The order of the steps, here and nowhere else: draw a batch, evaluate it, keep the results, train a classifier, and
 * again. Each epoch is one batch, told to the callbacks.
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
    const listening = settings.callbacks.some(({ onProgress }) => typeof onProgress === 'function');
    this.#watch = listening ? (progress) => this.#emit('onProgress', progress) : undefined;
  }

  /** Evaluates batches until the budget is spent, or a stage gave no classifier and `earlyStop` is set. */
  async fit(evaluator: Evaluator<ParamsOf<D>>, options: ResolvedFitOptions): Promise<void> {
    const state = this.#state;
    await this.#between(async () => {
      // Handed out by ask and never told: evaluated now.
      state.requeue();
      // One is due when a run was stopped between a batch and its training.
      if (this.#endsRun(await this.#train(options), options)) return;
      while (state.trials.length < state.options.budget.totalBudget || state.idsIn('WAITING').length > 0) {
        options.signal?.throwIfAborted();
        await this.#fitBatch(evaluator, options);
        if (this.#settings.history.stoppedEarly) return;
      }
    });
  }

  /** The same with results that exist already. */
  async fitRows(rows: readonly DatasetRow<ParamsOf<D>>[], options: ResolvedRunOptions): Promise<void> {
    const state = this.#state;
    const { batchSize } = state.options.budget;
    await this.#between(async () => {
      for (let first = 0; first < rows.length; first += batchSize) {
        options.signal?.throwIfAborted();
        const epoch = first / batchSize;
        const logs = this.#newLogs();
        await this.#emit('onEpochBegin', epoch, logs);
        for (const { params, value } of rows.slice(first, first + batchSize)) {
          const id = state.trials.length;
          state.trials.push(state.newTrial(id, state.space.encode(params), params));
          state.finish(id, value ?? { error: 'no value in the data set' }, { attempts: 1 });
        }
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

  async #fitBatch(evaluator: Evaluator<ParamsOf<D>>, options: ResolvedFitOptions): Promise<void> {
    const state = this.#state;
    const { batchSize } = state.options.budget;
    const epoch = Math.floor((state.idsIn('WAITING')[0] ?? state.trials.length) / batchSize);
    const batch = () => state.trials.slice(epoch * batchSize, (epoch + 1) * batchSize);
    const logs = this.#newLogs();
    await this.#emit('onEpochBegin', epoch, logs);

    const { relaxChecks: relax, signal } = options;
    const missing = batchSize - batch().filter(isFinished).length;
    const draw = { relax, threads: this.#settings.generators, signal };
    const trials = await takeTrials(state, missing, draw, this.#watch);
    const drawn = state.batches.find(({ stage }) => stage === epoch);
    if (drawn !== undefined) {
      const { count: accepted, draws, acceptance, liveMass, samplingTime } = drawn;
      Object.assign(logs, { draws, accepted, acceptance, liveMass, samplingTime });
    }
    logs.parameters = batch().map((trial) => trial.params);
    await this.#emit('onEvaluationBegin', logs.parameters, logs);

    const started = performance.now();
    await this.#evaluate(trials, evaluator, options);
    logs.evaluationTime = performance.now() - started;
    await this.#endBatch(epoch, batch(), logs, options);
    refuseAllFailed(epoch, batch());
  }

  async #evaluate(
    trials: readonly TrialRecord<ParamsOf<D>>[],
    evaluator: Evaluator<ParamsOf<D>>,
    { timeoutMs, retries, onFailure, signal }: ResolvedFitOptions,
  ): Promise<void> {
    const state = this.#state;
    const onOutcome = async (id: number, { result, workerId, attempts, duration }: Outcome) => {
      const trial = state.finish(id, 'value' in result ? result.value : result, { workerId, attempts, duration });
      await this.#emit('onTrialEnd', publicTrial(trial));
      if (trial.error !== undefined && onFailure === 'stop') {
        throw new ShacError('ERR_OBJECTIVE_FAILED', `trial ${id} failed: ${trial.error.message}`, {
          cause: trial.error,
        });
      }
    };
    try {
      await evaluateAll(trials, {
        evaluator,
        parallel: this.#settings.evaluators,
        timeoutMs,
        retries,
        signal,
        onStart: (id, workerId) => state.update(id, { state: 'RUNNING', workerId }),
        onOutcome,
      });
    } finally {
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

/** A whole batch of failures is a broken objective, not a bad corner of the space. */
function refuseAllFailed(epoch: number, batch: readonly TrialRecord<unknown>[]): void {
  const first = batch[0]?.error;
  if (first === undefined || batch.some((trial) => trial.state !== 'FAIL')) return;
  throw new ShacError(
    'ERR_ALL_TRIALS_FAILED',
    `all ${batch.length} trials of batch ${epoch} failed; the first with ${first.name}: ${first.message}`,
  );
}
