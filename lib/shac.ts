import { availableParallelism } from 'node:os';
import type { CallbackMethods, EpochLogs } from './callbacks/callback.js';
import { History } from './callbacks/history.js';
import { drawBatch, drawPredictions } from './drawing.js';
import { ShacError, ShacRangeError, ShacTypeError, show } from './errors.js';
import type { Objective } from './evaluators/evaluator.js';
import { InlineEvaluator } from './evaluators/inline.js';
import { evaluateAll, type Outcome } from './evaluators/schedule.js';
import {
  type DatasetOptions,
  type FitOptions,
  type ResolvedFitOptions,
  type ResolvedRunOptions,
  resolveDatasetOptions,
  resolveFitOptions,
} from './fit-options.js';
import { type Budget, type Direction, resolveOptions, resolveSeed, type ShacOptions } from './options.js';
import { type ParamsOf, SearchSpace, type SpaceDefinition } from './space/index.js';
import type { DatasetRow } from './storage/csv.js';
import { loadDataset, worstFirst } from './storage/dataset.js';
import { hasStudy, readStudy, saveStudy } from './storage/directory.js';
import { StudyState } from './study-state.js';
import { trainNextStage } from './training.js';
import { bestOf, isFinished, publicTrial, type Trial, type TrialRecord, toTrialError } from './trial.js';
import { abortSignal, flag, knownOptions, parallelism, text, wholeNumber } from './validate.js';

export interface AskOptions {
  /** Each time 2^k draws found no candidate, let one more of the k classifiers reject. Default false. */
  relaxChecks?: boolean;
  signal?: AbortSignal;
}

export interface TellOptions {
  /** As for `fit`, when this result is the last that the next classifier waits for. Default false. */
  skipCvChecks?: boolean;
  signal?: AbortSignal;
}

export interface PredictOptions extends AskOptions {
  /** Adds `numBatches` x M candidates. Default 0. */
  numBatches?: number;
  /** Only the first so many classifiers decide. Default: all. */
  maxClassifiers?: number;
}

/** One classifier of the cascade, as users see it. */
export interface ClassifierInfo {
  /** The batch after which it was trained. */
  readonly stage: number;
  /** Mean held-out accuracy over five stratified folds; null when the checks were skipped. */
  readonly cvAccuracy: number | null;
  /** Share of the whole space that it accepts on its own, from 4,096 fixed draws. */
  readonly acceptance: number;
}

/**
 * A search by Successive Halving and Classification (Kumar, Dahl, Vasudevan, Norouzi: Parallel Architecture and
 * Hyperparameter Search via Successive Halving and Classification, 2018).
 *
 * Batches of candidates are evaluated; each batch trains a classifier that tells its better half from the rest; later
 * candidates are drawn from what every classifier so far accepts.
 */
export class SHAC<D extends SpaceDefinition> {
  readonly space: SearchSpace<D>;
  readonly objective: Direction;
  readonly studyName: string;
  /** N, M, W, K and Tc. */
  readonly budget: Budget;
  /** The record of all epochs that this object has run. */
  readonly history = new History();
  #state: StudyState<D>;
  readonly #storage: string | undefined;
  #evaluators: number;
  #generators = availableParallelism();
  /** The long operation under way: others that change the study have to wait for it. */
  #running: string | undefined;
  /** Settles when every ask and tell so far has: they change the study one at a time, in the order of the calls. */
  #last: Promise<unknown> = Promise.resolve();

  /**
   * @throws a typed error, before any work, for a space or an option that is not as documented; when `storage` holds
   *   another study, ERR_RESTORE_MISMATCH with the difference.
   */
  constructor(space: D, options: ShacOptions) {
    this.space = new SearchSpace(space);
    const resolved = resolveOptions(options);
    this.objective = resolved.objective;
    this.studyName = resolved.studyName;
    this.budget = resolved.budget;
    this.#state = new StudyState(this.space, resolved);
    this.#evaluators = parallelism('numParallelEvaluators', undefined, this.budget.batchSize);
    this.#storage = resolved.storage;
    if (this.#storage !== undefined && hasStudy(this.#storage)) this.#state = readStudy(this.#state, this.#storage);
  }

  /** Trials that were handed out so far, by id. */
  get trials(): readonly Trial<ParamsOf<D>>[] {
    return this.#state.trials.map(publicTrial);
  }

  /** The best complete trial, the earliest of equals; undefined before there is one. */
  get bestTrial(): Trial<ParamsOf<D>> | undefined {
    const best = bestOf(this.#state.trials, this.objective);
    return best && publicTrial(best);
  }

  /** The cascade's classifiers, oldest first. */
  get classifiers(): readonly ClassifierInfo[] {
    const { cascade, classifiers } = this.#state;
    return classifiers.map(({ stage, cvAccuracy }, index) => ({
      stage,
      cvAccuracy,
      acceptance: cascade.acceptance(index),
    }));
  }

  /** The seed in force: as given, or as drawn. */
  get seed(): number {
    return this.#state.seed;
  }

  /** Evaluations at once. Default min(batch size, cores); 1 is strictly serial, in index order. */
  get numParallelEvaluators(): number {
    return this.#evaluators;
  }

  /** @param n 1 to 256, or null for the default. */
  setNumParallelEvaluators(n: number | null): void {
    this.#evaluators = parallelism('numParallelEvaluators', n, this.budget.batchSize);
  }

  /** Native threads that draw candidates and train. Default: the cores. They never change a result. */
  get numParallelGenerators(): number {
    return this.#generators;
  }

  /** @param n 1 to 256, or null for the default. */
  setNumParallelGenerators(n: number | null): void {
    this.#generators = parallelism('numParallelGenerators', n, Number.POSITIVE_INFINITY);
  }

  /** Seeds what is drawn from now on; null takes a random seed. Predictions start again from their first. */
  setSeed(seed: number | null): void {
    this.#state.seed = resolveSeed(seed);
    this.#state.predictions = 0;
  }

  /** Runs `action` under `seed`, then goes on with the seed of before. */
  async asDeterministic<T>(seed: number, action: () => T | Promise<T>): Promise<T> {
    const { seed: before, predictions } = this.#state;
    this.setSeed(seed);
    try {
      return await action();
    } finally {
      this.#state.seed = before;
      this.#state.predictions = predictions;
    }
  }

  /**
   * Whether every classifier accepts these params.
   *
   * @throws ERR_INVALID_VALUE for params that are not in the space.
   */
  accepts(params: ParamsOf<D>): boolean {
    return this.#state.cascade.accepts(this.space.encode(params))[0] === true;
  }

  /**
   * Searches until the budget is spent: draws a batch, evaluates it, trains a classifier, and again. Goes on with a
   * study that is part done; returns at once when nothing is left.
   *
   * @throws ERR_EMPTY_REGION, ERR_XGBOOST, ERR_ALL_TRIALS_FAILED (every trial of a batch failed), ERR_OBJECTIVE_FAILED
   *   (with `onFailure: 'stop'`), or the signal's reason. Every finished result is kept, and `fit` can go on afterwards.
   */
  async fit(objective: Objective<ParamsOf<D>>, options?: FitOptions): Promise<History> {
    const resolved = resolveFitOptions(options);
    const evaluator = new InlineEvaluator<ParamsOf<D>>(objective);
    return this.#exclusively('fit', resolved, async (emit) => {
      // Handed out by ask, or by a run that was stopped, and never told: evaluated now.
      for (const id of this.#state.idsIn('RUNNING')) this.#state.update(id, { state: 'WAITING' });
      while (this.#state.trials.length < this.budget.totalBudget || this.#state.idsIn('WAITING').length > 0) {
        resolved.signal?.throwIfAborted();
        if (!(await this.#evaluateBatch(evaluator, resolved, emit))) break;
      }
    });
  }

  /** One epoch of `fit`. False when the run is to stop early. */
  async #evaluateBatch(
    evaluator: InlineEvaluator<ParamsOf<D>>,
    options: ResolvedFitOptions,
    emit: Emit,
  ): Promise<boolean> {
    const state = this.#state;
    const { batchSize } = this.budget;
    await this.#train(options); // is due when a run was stopped between a batch and its training
    const epoch = Math.floor((state.idsIn('WAITING')[0] ?? state.trials.length) / batchSize);
    const first = epoch * batchSize;
    const logs = this.#newLogs();
    await emit('onEpochBegin', epoch, logs);

    const finished = state.trials.slice(first, first + batchSize).filter(isFinished).length;
    const trials = await this.#take(batchSize - finished, options);
    const { draws, samplingTime } = state.batches.find(({ stage }) => stage === epoch) ?? {};
    if (draws !== undefined && samplingTime !== undefined) {
      Object.assign(logs, { draws, acceptance: batchSize / draws, samplingTime });
    }
    const batch = () => state.trials.slice(first, first + batchSize);
    logs.parameters = batch().map((trial) => trial.params);
    await emit('onEvaluationBegin', logs.parameters, logs);
    const started = performance.now();
    await this.#evaluate(trials, evaluator, options, emit);
    logs.evaluationTime = performance.now() - started;
    await this.#endBatch(epoch, batch(), logs, options, emit);
    const failed = batch().filter((trial) => trial.state === 'FAIL');
    if (failed.length === batchSize) {
      const { name, message } = failed[0]?.error ?? { name: 'Error', message: 'unknown' };
      throw new ShacError(
        'ERR_ALL_TRIALS_FAILED',
        `all ${batchSize} trials of batch ${epoch} failed; the first with ${name}: ${message}`,
      );
    }
    return !this.history.stoppedEarly;
  }

  async #evaluate(
    trials: readonly TrialRecord<ParamsOf<D>>[],
    evaluator: InlineEvaluator<ParamsOf<D>>,
    options: ResolvedFitOptions,
    emit: Emit,
  ): Promise<void> {
    const { timeoutMs, retries, onFailure, signal = new AbortController().signal } = options;
    const state = this.#state;
    try {
      await evaluateAll(trials, {
        evaluator,
        parallel: this.#evaluators,
        timeoutMs,
        retries,
        signal,
        onStart: (id, workerId) => state.update(id, { state: 'RUNNING', workerId }),
        onOutcome: async (id, { result, workerId, attempts, duration }: Outcome) => {
          const change = { workerId, attempts, duration };
          const trial = this.#record(id, 'value' in result ? result.value : result, change);
          await emit('onTrialEnd', trial);
          if (trial.error !== undefined && onFailure === 'stop') {
            throw new ShacError('ERR_OBJECTIVE_FAILED', `trial ${id} failed: ${trial.error.message}`, {
              cause: trial.error,
            });
          }
        },
      });
    } finally {
      // After an error or an abort: unfinished trials are evaluated by the next run.
      for (const id of state.idsIn('RUNNING')) state.update(id, { state: 'WAITING' });
    }
  }

  /** What follows when a batch has all its results, wherever they came from. */
  async #endBatch(
    epoch: number,
    batch: readonly TrialRecord<ParamsOf<D>>[],
    logs: EpochLogs,
    options: ResolvedRunOptions,
    emit: Emit,
  ): Promise<void> {
    logs.deviceIds = batch.map((trial) => trial.workerId ?? null);
    logs.evaluations = batch.map((trial) => trial.value);
    await emit('onEvaluationEnded', logs.evaluations, logs);
    await emit('onDatasetChanged', { trials: this.trials }, logs);
    const started = performance.now();
    const { model, rejected } = (await this.#train(options)) ?? { model: null, rejected: null };
    logs.trainingTime = performance.now() - started;
    logs.model = model && { stage: model.stage, cvAccuracy: model.cvAccuracy, attempts: model.attempts };
    logs.rejected = rejected;
    logs.datasetIndex = this.#state.datasetIndex;
    logs.classifiers = this.#state.classifiers.length;
    logs.best = this.bestTrial?.value ?? null;
    this.history.stoppedEarly = options.earlyStop && rejected !== null;
    this.#save();
    await emit('onEpochEnd', epoch, logs);
  }

  /**
   * Learns from results that exist already, batch by batch, as if they had been evaluated; `fit` can go on from there.
   *
   * @param source Path of a CSV file as `saveData` (or PySHAC) writes it, or rows of `{ params, value }`; a value of
   *   null is a failed evaluation. No more rows than the budget.
   * @throws ERR_DATASET_MISMATCH naming the columns or the row that do not fit.
   */
  async fitDataset(source: string | readonly DatasetRow<ParamsOf<D>>[], options?: DatasetOptions): Promise<History> {
    const resolved = resolveDatasetOptions(options);
    const rows = loadDataset(this.space, source);
    const { totalBudget, batchSize } = this.budget;
    const state = this.#state;
    if (rows.length === 0 || rows.length > totalBudget) {
      throw new ShacRangeError(
        'ERR_DATASET_MISMATCH',
        `the data set has ${rows.length} rows, expected 1 to totalBudget ${totalBudget}`,
      );
    }
    if (state.trials.length > 0) {
      throw new ShacError(
        'ERR_STUDY_BUSY',
        `the study has ${state.trials.length} trials already; make a new SHAC for the data set`,
      );
    }
    const sorted = resolved.presort ? worstFirst(rows, this.objective) : rows;
    return this.#exclusively('fitDataset', resolved, async (emit) => {
      for (let first = 0; first < sorted.length; first += batchSize) {
        resolved.signal?.throwIfAborted();
        const logs = this.#newLogs();
        const epoch = first / batchSize;
        await emit('onEpochBegin', epoch, logs);
        for (const { params, value } of sorted.slice(first, first + batchSize)) {
          const id = state.trials.length;
          state.trials.push(state.newTrial(id, this.space.encode(params), params));
          this.#record(id, value ?? { error: 'no value in the data set' }, { attempts: 1 });
        }
        const batch = state.trials.slice(first);
        logs.parameters = batch.map((trial) => trial.params);
        await this.#endBatch(epoch, batch, logs, resolved, emit);
        if (this.history.stoppedEarly) break;
      }
    });
  }

  /**
   * Hands out candidates to evaluate; give their values to `tell`. Fewer than `count` when the budget ends, none when
   * it is spent. A batch that is asked for before the results of the last one are told is drawn from the classifiers
   * that there are.
   */
  async ask(count = 1, options?: AskOptions): Promise<Trial<ParamsOf<D>>[]> {
    const given = knownOptions('ask', options, ['relaxChecks', 'signal']);
    const resolved = {
      relaxChecks: flag('relaxChecks', given.relaxChecks),
      signal: abortSignal('signal', given.signal),
    };
    wholeNumber('count', count, { min: 1 });
    this.#refuseWhileRunning('ask');
    return this.#serially(async () => {
      const trials = await this.#take(count, resolved);
      return trials.map(({ id }) => publicTrial(this.#state.update(id, { state: 'RUNNING' })));
    });
  }

  /**
   * Gives the result of a trial: a value, or `{ error }` for one that failed (NaN and infinities fail as well). Resolves
   * when a classifier that waited for it is trained.
   *
   * @throws ERR_UNKNOWN_TRIAL, ERR_TRIAL_FINISHED (told before), ERR_INVALID_VALUE.
   */
  async tell(trialId: number, result: number | { error: unknown }, options?: TellOptions): Promise<void> {
    const given = knownOptions('tell', options, ['skipCvChecks', 'signal']);
    const training = {
      skipCvChecks: flag('skipCvChecks', given.skipCvChecks),
      signal: abortSignal('signal', given.signal),
    };
    this.#refuseWhileRunning('tell');
    const trial = this.#state.trials[trialId];
    if (trial === undefined) {
      const { length } = this.#state.trials;
      throw new ShacRangeError(
        'ERR_UNKNOWN_TRIAL',
        `there is no trial ${show(trialId)}; ${length === 0 ? 'none was asked for yet' : `ids are 0 to ${length - 1}`}`,
      );
    }
    if (isFinished(trial)) {
      throw new ShacError(
        'ERR_TRIAL_FINISHED',
        `trial ${trialId} is ${trial.state} already, with ${show(trial.value)}`,
      );
    }
    if (typeof result !== 'number' && (typeof result !== 'object' || result === null || !('error' in result))) {
      throw new ShacTypeError(
        'ERR_INVALID_VALUE',
        `the result of trial ${trialId} must be a number or { error }, got ${show(result)}`,
      );
    }
    this.#record(trialId, result, { attempts: trial.attempts + 1 });
    await this.#serially(() => this.#train(training));
    this.#save();
  }

  /**
   * Candidates that pass the cascade, without counting against the budget.
   *
   * @returns `numSamples + numBatches * M` params.
   * @throws RangeError when `maxClassifiers` is more than there are; ERR_EMPTY_REGION.
   */
  async predict(numSamples = 1, options?: PredictOptions): Promise<ParamsOf<D>[]> {
    const given = knownOptions('predict', options, ['numBatches', 'relaxChecks', 'maxClassifiers', 'signal']);
    const samples = wholeNumber('numSamples', numSamples, { min: 0, max: 2 ** 24 });
    const batches = wholeNumber('numBatches', given.numBatches ?? 0, { min: 0, max: 2 ** 24 });
    const count = wholeNumber('numSamples + numBatches * M', samples + batches * this.budget.numBatches, {
      min: 0,
      max: 2 ** 24,
    });
    const there = this.#state.cascade.size;
    const classifiers = wholeNumber('maxClassifiers', given.maxClassifiers ?? there, { min: 0 });
    if (classifiers > there) {
      throw new ShacRangeError(
        'ERR_INVALID_ARGUMENT',
        `maxClassifiers is ${classifiers}, but the cascade has ${there} classifiers`,
      );
    }
    return drawPredictions(this.#state, count, classifiers, {
      relax: flag('relaxChecks', given.relaxChecks),
      threads: this.#generators,
      signal: abortSignal('signal', given.signal),
    });
  }

  /** Writes the study to a directory in PySHAC's layout, with what an exact continuation needs beside it. */
  async saveData(dir: string): Promise<void> {
    saveStudy(this.#state, text('dir', dir));
  }

  /**
   * Replaces this study by one that `saveData` (or PySHAC) wrote. Trials without a result are evaluated again.
   *
   * @throws ERR_FILE, ERR_CLASSIFIER_INVALID, ERR_RESTORE_MISMATCH (with the difference), ERR_DATASET_MISMATCH; the
   *   study is then as it was.
   */
  async restoreData(dir: string): Promise<void> {
    this.#refuseWhileRunning('restoreData');
    this.#state = readStudy(this.#state, text('dir', dir));
  }

  /** The next `count` trials that wait for evaluation, drawing batches as needed. */
  async #take(
    count: number,
    { relaxChecks, signal }: { relaxChecks: boolean; signal: AbortSignal | undefined },
  ): Promise<TrialRecord<ParamsOf<D>>[]> {
    const state = this.#state;
    const taken = state.idsIn('WAITING').slice(0, count);
    while (taken.length < count) {
      if (state.drawn.length === 0) {
        if (state.trials.length >= this.budget.totalBudget) break;
        await drawBatch(state, { relax: relaxChecks, threads: this.#generators, signal });
      }
      for (const trial of state.drawn.splice(0, count - taken.length)) {
        state.trials.push(trial);
        taken.push(trial.id);
      }
    }
    return taken.map((id) => state.trials[id] as TrialRecord<ParamsOf<D>>);
  }

  /** Keeps a result. What is no finite number is a failure. */
  #record(id: number, result: number | { error: unknown }, change: Partial<Trial<ParamsOf<D>>>): Trial<ParamsOf<D>> {
    const finished =
      typeof result === 'number' && Number.isFinite(result)
        ? ({ state: 'COMPLETE', value: result } as const)
        : ({
            state: 'FAIL',
            error: toTrialError(typeof result === 'number' ? `the value is ${result}` : result.error),
          } as const);
    return publicTrial(this.#state.update(id, { ...change, ...finished }));
  }

  /** Trains every classifier that is due; what came of the last one. */
  async #train(options: { skipCvChecks: boolean; signal: AbortSignal | undefined }) {
    let last: Awaited<ReturnType<typeof trainNextStage>>;
    const { skipCvChecks, signal } = options;
    for (;;) {
      const next = await trainNextStage(this.#state, { skipCvChecks, signal, threads: this.#generators });
      if (next === undefined) return last;
      last = next;
    }
  }

  #save(): void {
    if (this.#storage !== undefined) saveStudy(this.#state, this.#storage);
  }

  #newLogs(): EpochLogs {
    return { generatorThreads: this.#generators, perClassifierBudget: this.budget.pointsPerClassifier };
  }

  /** Runs a whole `fit` or `fitDataset`, with its callbacks; nothing else may change the study meanwhile. */
  async #exclusively(name: string, options: ResolvedRunOptions, run: (emit: Emit) => Promise<void>): Promise<History> {
    this.#refuseWhileRunning(name);
    options.signal?.throwIfAborted();
    this.#running = name;
    const callbacks: CallbackMethods[] = [this.history, ...options.callbacks];
    const emit: Emit = async (event, ...args) => {
      for (const callback of callbacks) {
        await (callback[event] as ((...args: unknown[]) => unknown) | undefined)?.apply(callback, args);
      }
    };
    try {
      await this.#last;
      this.history.stoppedEarly = false;
      for (const callback of callbacks) callback.setEngine?.(this as unknown as SHAC<SpaceDefinition>);
      await emit('onTrainBegin', this.#newLogs());
      await run(emit);
      await emit('onTrainEnd', this.#newLogs());
    } finally {
      this.#running = undefined;
      this.#save();
    }
    return this.history;
  }

  #serially<T>(step: () => Promise<T>): Promise<T> {
    const result = this.#last.then(step);
    this.#last = result.catch(() => {});
    return result;
  }

  #refuseWhileRunning(name: string): void {
    if (this.#running === undefined) return;
    throw new ShacError('ERR_STUDY_BUSY', `${name} cannot be called while ${this.#running} is running; await it first`);
  }
}

type Emit = <K extends Exclude<keyof CallbackMethods, 'setEngine'>>(
  event: K,
  ...args: Parameters<NonNullable<CallbackMethods[K]>>
) => Promise<void>;
