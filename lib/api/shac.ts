import type { ManagedRun } from '../dispatch/dispatch-run.js';
import { createDispatcher, type ObjectiveSource } from '../dispatch/registry.js';
import { ShacError, ShacRangeError, ShacTypeError, show } from '../errors.js';
import type { DatasetRow } from '../exchange/csv.js';
import { loadDataset, worstFirst } from '../exchange/dataset.js';
import { readStudy, saveStudy } from '../exchange/directory.js';
import { History } from '../observe/history.js';
import { Engine } from '../run/engine.js';
import { KeptStudy } from '../run/kept-study.js';
import { type ParamsOf, SearchSpace, type SpaceDefinition } from '../space/index.js';
import type { Storage } from '../store/storage.js';
import { type DrawOptions, drawPredictions, takeTrials } from '../strategies/drawing.js';
import type { Budget } from '../study/budget.js';
import type { Direction } from '../study/direction.js';
import { StudyState } from '../study/study-state.js';
import { isFinished, publicTrial, type Trial } from '../study/trial.js';
import { trainDueStages } from '../training/trainer.js';
import { text, wholeNumber } from '../validate.js';
import {
  type AskOptions,
  type DatasetOptions,
  type FitOptions,
  type PredictOptions,
  type ResolvedRunOptions,
  resolveAskOptions,
  resolveDatasetOptions,
  resolveFitOptions,
  resolvePredictOptions,
  resolveTellOptions,
  type TellOptions,
} from './call-options.js';
import { resolveOptions, resolveSeed, type ShacOptions } from './options.js';
import { ParallelSettings } from './parallel-settings.js';

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
export class SHAC<D extends SpaceDefinition, O = ObjectiveSource<ParamsOf<D>>> extends ParallelSettings {
  readonly space: SearchSpace<D>;
  readonly objective: Direction;
  readonly studyName: string;
  /** N, M, W, K and Tc. */
  readonly budget: Budget;
  /** The record of all epochs that this object has run. */
  readonly history = new History();
  readonly #study: KeptStudy<D>;
  /** One that nobody else can close: made here from a path. */
  readonly #ownStorage: Storage | undefined;
  /** The long operation under way: others that change the study have to wait for it. */
  #running: string | undefined;
  /** Settles when every ask and tell so far has: they change the study one at a time, in the order of the calls. */
  #last: Promise<unknown> = Promise.resolve();

  /**
   * @throws a typed error, before any work, for a space or an option that is not as documented; when `storage` holds
   *   another study of this name, ERR_RESTORE_MISMATCH with the difference; ERR_STORAGE when it cannot be read or made.
   */
  constructor(space: D, options: ShacOptions) {
    const resolved = resolveOptions(options);
    super(resolved.budget.batchSize);
    this.space = new SearchSpace(space);
    this.objective = resolved.objective;
    this.studyName = resolved.studyName;
    this.budget = resolved.budget;
    const { storage } = resolved;
    if (typeof options.storage === 'string') this.#ownStorage = storage;
    try {
      const store = storage?.openStudy(this.space, resolved);
      this.#study = new KeptStudy(new StudyState(this.space, resolved), store);
    } catch (error) {
      this.#ownStorage?.close();
      throw error;
    }
  }

  get #state(): StudyState<D> {
    return this.#study.state;
  }

  /** Trials that were handed out so far, by id. */
  get trials(): readonly Trial<ParamsOf<D>>[] {
    return this.#state.dataset.trials;
  }

  /** The best complete trial, the earliest of equals; undefined before there is one. */
  get bestTrial(): Trial<ParamsOf<D>> | undefined {
    const { best } = this.#state;
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
   * @param objective A function, evaluated in this thread; or a module, evaluated as `evaluatorBackend` says.
   * @throws ERR_INVALID_OBJECTIVE (a module that cannot be loaded, a function for a worker), ERR_EMPTY_REGION,
   *   ERR_XGBOOST, ERR_ALL_TRIALS_FAILED (every trial of a batch failed, or ten batches of one), ERR_OBJECTIVE_FAILED (with
   *   `onFailure: 'stop'`), or the signal's reason. Every finished result is kept, and `fit` can go on afterwards.
   */
  async fit(objective: O, options?: FitOptions): Promise<History> {
    const resolved = resolveFitOptions(options, this.#state.options.sampler);
    const evaluator = createDispatcher<ParamsOf<D>>(objective, {
      backend: this.evaluatorBackend,
      limitMemory: this.limitMemory,
      names: this.space.names,
      managed: this.managed,
    });
    return this.#exclusively('fit', resolved, async (engine) => {
      let ended = false;
      try {
        await engine.fit(evaluator, resolved);
        ended = true;
      } finally {
        await evaluator.close(!ended);
      }
    });
  }

  /**
   * Learns from results that exist already, batch by batch, as if they had been evaluated; `fit` can go on from there.
   * Goes on with a data set that it was stopped in. Rows in the place of the local phase's trials bring no classifiers: of
   * a data set for all of the budget, a search with `local: false` learns more.
   *
   * @param source Path of a file, recognised by its content: CSV as `saveData` (or PySHAC) writes it, JSONL with
   *   `{ "params": { … }, "value": 1 }` a line, an SQLite file of Optuna or of this library, or a journal of Optuna; or
   *   rows of `{ params, value }`. A value of null is a failed evaluation; so are Optuna's trials that failed, were pruned
   *   or are infinite. No more rows than the budget.
   * @throws ERR_DATASET_MISMATCH naming the columns, the row, the line or the trial that do not fit; ERR_STUDY_NOT_FOUND,
   *   ERR_STORAGE or ERR_STORAGE_VERSION for a file of studies that cannot be read.
   */
  async fitDataset(source: string | readonly DatasetRow<ParamsOf<D>>[], options?: DatasetOptions): Promise<History> {
    const resolved = resolveDatasetOptions(options);
    const rows = await loadDataset(this.space, source, { objective: this.objective, studyName: resolved.studyName });
    const { totalBudget } = this.budget;
    if (rows.length === 0 || rows.length > totalBudget) {
      throw new ShacRangeError(
        'ERR_DATASET_MISMATCH',
        `the data set has ${rows.length} rows, expected 1 to totalBudget ${totalBudget}`,
      );
    }
    const sorted = resolved.presort ? worstFirst(rows, this.objective) : rows;
    return this.#exclusively('fitDataset', resolved, async (engine) => {
      if (!this.#isBeginningOf(sorted)) {
        const { length } = this.#state.trials;
        throw new ShacError(
          'ERR_STUDY_BUSY',
          `the study has ${length} trials already, which are not those of the data set; make a new SHAC for it`,
        );
      }
      await engine.fitRows(sorted, resolved);
    });
  }

  /** Whether the trials are the first of these rows: a data set that was stopped goes on. */
  #isBeginningOf(rows: readonly DatasetRow<ParamsOf<D>>[]): boolean {
    const textOf = (params: ParamsOf<D>) => this.space.toText(params).join('\0');
    return this.#state.trials.every((trial, i) => {
      const row = rows[i];
      return isFinished(trial) && row?.value === trial.value && textOf(row.params) === textOf(trial.params);
    });
  }

  /**
   * Hands out candidates to evaluate; give their values to `tell`. Fewer than `count` when the budget ends, none when
   * it is spent. A batch that is asked for before the results of the last one are told is drawn from the classifiers
   * that there are.
   */
  async ask(count = 1, options?: AskOptions): Promise<Trial<ParamsOf<D>>[]> {
    const { relaxChecks, signal } = resolveAskOptions(options, this.#state.options.sampler);
    wholeNumber('count', count, { min: 1 });
    this.#refuseWhileRunning('ask');
    return this.#study.hold(() =>
      this.#serially(async () => {
        const trials = await takeTrials(this.#state, count, this.#draw(relaxChecks, signal));
        const asked = trials.map(({ id }) => publicTrial(this.#state.update(id, { state: 'RUNNING' })));
        try {
          this.#study.save();
        } catch (error) {
          for (const { id } of asked) this.#state.update(id, { state: 'WAITING' }); // nobody has got them
          throw error;
        }
        return asked;
      }),
    );
  }

  /**
   * Gives the result of a trial: a value, or `{ error }` for one that failed (NaN and infinities fail as well). Resolves
   * when a classifier that waited for it is trained.
   *
   * @throws ERR_UNKNOWN_TRIAL, ERR_TRIAL_FINISHED (told before), ERR_INVALID_VALUE.
   */
  async tell(trialId: number, result: number | { error: unknown }, options?: TellOptions): Promise<void> {
    const training = resolveTellOptions(options);
    this.#refuseWhileRunning('tell');
    const keep = () => {
      const trial = this.#requireUntold(trialId, result);
      this.#state.finish(trialId, result, { attempts: trial.attempts + 1 });
      this.#study.save(); // now: the training may be stopped
    };
    return this.#study.hold(async () => {
      keep();
      await this.#serially(() => trainDueStages(this.#state, { ...training, threads: this.numParallelGenerators }));
      this.#study.save();
    }, keep);
  }

  #requireUntold(trialId: number, result: unknown): Trial<ParamsOf<D>> {
    const trial = typeof trialId === 'number' ? this.#state.trials[trialId] : undefined;
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
    return trial;
  }

  /**
   * Candidates that pass the cascade, without counting against the budget.
   *
   * @returns `numSamples + numBatches * M` params.
   * @throws RangeError when `maxClassifiers` is more than there are; ERR_EMPTY_REGION.
   */
  async predict(numSamples = 1, options?: PredictOptions): Promise<ParamsOf<D>[]> {
    const { count, classifiers, relaxChecks, signal } = resolvePredictOptions(
      numSamples,
      options,
      this.#state.options,
      this.#state.cascade.size,
    );
    return drawPredictions(this.#state, count, classifiers, this.#draw(relaxChecks, signal));
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
    text('dir', dir);
    const restored = readStudy(this.#state, dir);
    await this.#study.hold(() =>
      this.#serially(async () => {
        this.#study.state = restored;
        this.#study.save();
      }),
    );
  }

  /**
   * Lets go of the storage: others may go on with the study. Trials that were asked for and not told wait again. The file
   * is closed if `storage` was its path: what is in memory can still be read, and nothing be added.
   */
  close(): void {
    this.#refuseWhileRunning('close');
    this.#study.close();
    this.#ownStorage?.close();
  }

  /** What an engine that manages a framework asks of its evaluators. */
  protected get managed(): ManagedRun | undefined {
    return undefined;
  }

  #draw(relax: boolean, signal: AbortSignal | undefined): DrawOptions {
    return { relax, threads: this.numParallelGenerators, signal };
  }

  /** Runs a whole `fit` or `fitDataset`; nothing else may change the study meanwhile. */
  async #exclusively(
    name: string,
    { callbacks, signal }: ResolvedRunOptions,
    run: (engine: Engine<D>) => Promise<void>,
  ): Promise<History> {
    this.#refuseWhileRunning(name);
    signal?.throwIfAborted();
    this.#running = name;
    try {
      await this.#last;
      await this.#study.hold(async () => {
        for (const callback of callbacks) callback.setEngine?.(this as unknown as SHAC<SpaceDefinition>);
        await run(
          new Engine(this.#state, {
            evaluators: this.numParallelEvaluators,
            generators: this.numParallelGenerators,
            history: this.history,
            callbacks,
            save: () => this.#study.save(),
            saveSoon: () => this.#study.saveSoon(),
          }),
        );
        this.#study.save();
      });
    } finally {
      this.#running = undefined;
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
