/// <reference lib="esnext.disposable" preserve="true" />
import type { ManagedRun } from '../dispatch/dispatch-run.js';
import { createDispatcher, type ObjectiveSource } from '../dispatch/registry.js';
import { ShacError } from '../errors.js';
import type { DatasetRow } from '../exchange/csv.js';
import type { ImportedSearch } from '../exchange/imported.js';
import { History } from '../observe/history.js';
import { Watchers } from '../observe/watchers.js';
import { ask, tell } from '../run/ask-and-tell.js';
import { fitRows, requireBeginning } from '../run/data-set.js';
import { enqueue, requireRoomForRows } from '../run/enqueue.js';
import { fitObjective } from '../run/fit.js';
import type { KeptStudy } from '../run/kept-study.js';
import { Run } from '../run/run.js';
import type { ResolvedRunOptions } from '../run/run-options.js';
import { Serial } from '../run/serial.js';
import {
  type CheckedSpace,
  type ParamsOf,
  type PartialParamsOf,
  SearchSpace,
  type SpaceDefinition,
} from '../space/index.js';
import { type Awaitable, then } from '../store/awaitable.js';
import type { Store } from '../store/store.js';
import { drawPredictions } from '../strategies/predictions.js';
import type { ProposeOptions } from '../strategies/strategy.js';
import type { Budget } from '../study/budget.js';
import type { Direction } from '../study/direction.js';
import type { ClassifierInfo } from '../study/records.js';
import type { Study } from '../study/study.js';
import { publicTrial, type Trial } from '../study/trial.js';
import { text, wholeNumber } from '../validate.js';
import {
  type AskOptions,
  type DatasetOptions,
  type EnqueueOptions,
  type FitOptions,
  type Imported,
  type ImportOptions,
  type PredictOptions,
  type ResolvedDataset,
  resolveAskOptions,
  resolveDatasetOptions,
  resolveEnqueueOptions,
  resolveFitOptions,
  resolveImportOptions,
  resolvePredictOptions,
  resolveTellOptions,
  type TellOptions,
} from './call-options.js';
import { datasetRows, fittingRows, restoreFrom } from './data.js';
import { givenParams } from './given-params.js';
import { warnOfNothing } from './nothing-to-do.js';
import { keptStudy, open, opened } from './opened.js';
import { resolveOptions, resolveSeed, type ShacOptions } from './options.js';
import { ParallelSettings } from './parallel-settings.js';

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
  /** The record of all batches that this object has run. */
  readonly history = new History();
  readonly #kept: KeptStudy<D>;
  /** Made here from a path, so close() closes it. */
  readonly #ownStorage: Store | undefined;
  /** The long operation under way: others that change the study have to wait for it. */
  #running: string | undefined;
  /** Asks and tells change the study one at a time, in the order of the calls. */
  readonly #calls = new Serial();

  /**
   * @throws a typed error, before any work, for a space or an option that is not as documented; when `storage` holds
   *   another study of this name, ERR_RESTORE_MISMATCH with the difference (of the seed as well, where one is given), or
   *   with `ifExists: 'error'` ERR_STUDY_EXISTS; ERR_STORAGE when it cannot be read or made.
   */
  constructor(space: CheckedSpace<D>, options: NoInfer<ShacOptions<D>>) {
    const resolved = resolveOptions(options);
    const searched = new SearchSpace<D>(space);
    const ownStorage = typeof options.storage === 'string' ? resolved.storage : undefined;
    const kept = keptStudy(() => open(searched, resolved), ownStorage);
    super(kept.study.settings.budget.batchSize);
    this.space = searched;
    this.objective = resolved.direction;
    this.studyName = kept.study.settings.studyName;
    this.#kept = kept;
    this.#ownStorage = ownStorage;
  }

  /**
   * A search whose store answers by promises; the same as `new SHAC` for any other.
   *
   * @throws as `new SHAC` does.
   */
  static async open<D extends SpaceDefinition, S = SHAC<D>>(
    space: CheckedSpace<D>,
    options: NoInfer<ShacOptions<D>>,
  ): Promise<S> {
    const shac = new SHAC<D>(space, await opened<D>(space, options));
    try {
      await shac.#study.compile(); // a damaged classifier is found now
    } catch (error) {
      await shac.close();
      throw error;
    }
    return shac as S;
  }

  get #study(): Study<D> {
    return this.#kept.study;
  }

  /** N, M, W, K and Tc: those of the stored study, where it has grown. */
  get budget(): Budget {
    return this.#study.settings.budget;
  }

  /** Trials that were handed out so far, by id. */
  get trials(): readonly Trial<ParamsOf<D>>[] {
    return this.#study.publicTrials;
  }

  /** The best complete trial, the earliest of equals; undefined before there is one. */
  get bestTrial(): Trial<ParamsOf<D>> | undefined {
    const { best } = this.#study;
    return best && publicTrial(best);
  }

  /** The cascade's classifiers, oldest first. */
  get classifiers(): readonly ClassifierInfo[] {
    const study = this.#study;
    return study.classifiers.map(({ stage, cvAccuracy }, index) => ({
      stage,
      cvAccuracy,
      acceptance: study.acceptance(index),
    }));
  }

  /** The seed in force: as given, or as drawn. */
  get seed(): number {
    return this.#study.seed;
  }

  /**
   * Seeds what is drawn from now on; null takes a random seed. Predictions start again from their first.
   *
   * @throws ERR_STUDY_BUSY while `fit` or `fitDataset` is running.
   */
  setSeed(seed: number | null): void {
    this.#refuseWhileRunning('setSeed');
    this.#study.record({ type: 'seeded', seed: resolveSeed(seed), predictions: 0 });
    void this.#kept.keep();
  }

  /** Runs `action` under `seed`, then goes on with the seed of before. */
  async asDeterministic<T>(seed: number, action: () => T | Promise<T>): Promise<T> {
    const { seed: before, predictions } = this.#study;
    this.setSeed(seed);
    try {
      return await action();
    } finally {
      this.#study.record({ type: 'seeded', seed: before, predictions });
      await this.#kept.keep();
    }
  }

  /**
   * Whether every classifier accepts these params. Constraints are not asked.
   *
   * @throws ERR_INVALID_VALUE for params that are not in the space.
   */
  accepts(params: ParamsOf<D>): boolean {
    return this.#study.cascade.accepts(this.space.encode(params))[0] === true;
  }

  /**
   * Searches until the budget is spent: draws a batch, evaluates it, trains a classifier, and again. Goes on with a
   * study that is part done. When nothing is left, it returns at once, with a warning and `history.stopReason`
   * `'nothing-to-do'`.
   *
   * @param objective A function, evaluated in this thread; or a module, evaluated as `evaluatorBackend` says.
   * @throws ERR_INVALID_OBJECTIVE (a module that cannot be loaded, a function for a worker), ERR_EMPTY_REGION,
   *   ERR_EMPTY_SPACE and ERR_CONSTRAINT_FAILED (of constraints), ERR_XGBOOST, ERR_ALL_TRIALS_FAILED (every trial of a batch
   *   failed, or ten batches of one), ERR_OBJECTIVE_FAILED (with `onFailure: 'stop'`), or the signal's reason. Every
   *   finished result is kept, and `fit` can go on afterwards.
   */
  async fit(objective: O, options?: FitOptions): Promise<History> {
    const resolved = resolveFitOptions(options, this.#study.settings.sampler);
    const history = await this.#exclusively('fit', resolved, async () => {
      const { evaluatorBackend: backend, numParallelEvaluators: evaluators, limitMemory, managed } = this;
      const { names, innerNames } = this.space;
      const place = { backend, evaluators, limitMemory, names, innerNames, managed };
      const dispatcher = await createDispatcher(objective, place);
      return async (run) => {
        let ended = false;
        try {
          await fitObjective(run, dispatcher, resolved);
          ended = true;
        } finally {
          await dispatcher.close(!ended);
        }
      };
    });
    if (history.stopReason === 'nothing-to-do') warnOfNothing(this.#kept, this.studyName);
    return history;
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
    const rows = await datasetRows(this.space, source, { ...resolved, objective: this.objective });
    return this.#learn('fitDataset', rows, resolved);
  }

  /**
   * Takes over the finished trials of another study that fit this space, where a bound was wider or a parameter was
   * lacking. They are learned from as by {@link SHAC.fitDataset}, and count against the budget.
   *
   * @param source A search, or a file: an SQLite file or a journal of Optuna or of this library, or JSONL.
   * @returns how many were taken over, and how many were not, by the reason.
   * @throws ERR_DATASET_MISMATCH when none fits, there are more than the budget, or the objective is the other one;
   *   ERR_INVALID_VALUE for a value of `missing` that is not in the space; ERR_STUDY_BUSY when this study has other trials;
   *   and what `fitDataset` throws for files. Nothing is taken over then.
   */
  async importFrom(source: ImportedSearch | string, options?: ImportOptions<ParamsOf<D>>): Promise<Imported> {
    const resolved = resolveImportOptions(options);
    const { rows, skipped } = await fittingRows(this.space, source, { ...resolved, objective: this.objective });
    await this.#learn('importFrom', rows, resolved);
    return { imported: rows.length, skipped };
  }

  async #learn(name: string, rows: readonly DatasetRow<ParamsOf<D>>[], options: ResolvedDataset): Promise<History> {
    const { inOrder } = await import('../exchange/dataset.js');
    const sorted = inOrder(rows, { ...options, objective: this.objective, most: this.budget.totalBudget });
    requireRoomForRows(this.#study, rows.length);
    return this.#exclusively(name, options, async () => async (run) => {
      requireBeginning(this.#study, sorted);
      await fitRows(run, sorted, options);
    });
  }

  /**
   * Hands out candidates to evaluate; give their values to `tell`. Fewer than `count` when the budget ends, none when
   * it is spent. A batch that is asked for before the results of the last one are told is drawn from the classifiers
   * that there are.
   */
  async ask(count = 1, options?: AskOptions): Promise<Trial<ParamsOf<D>>[]> {
    const { relaxChecks: relax, signal } = resolveAskOptions(options, this.#study.settings.sampler);
    wholeNumber('count', count, { min: 1 });
    this.#refuseWhileRunning('ask');
    const drawing = { relax, signal, threads: this.numParallelGenerators };
    return ask(this.#kept, this.#calls, count, drawing);
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
    const threads = this.numParallelGenerators;
    return tell(this.#kept, this.#calls, { trialId, result }, { ...training, threads });
  }

  /**
   * Params to evaluate before anything else is drawn, in this order, such as those that are in use now. They count against
   * the budget. Some of the params are enough: what is missing is drawn. While a run is under way, they are the next that
   * it draws. They are kept at once, also for a search that goes on later.
   *
   * @returns how many were added: all of them, but for what `skipIfExists` leaves out.
   * @throws ERR_INVALID_VALUE, naming the key and the value, for params that are not in the space; ERR_INVALID_BUDGET, with
   *   how many fit, where the budget has no room for all; ERR_CONSTRAINT_VIOLATED; with `distinct` ERR_REPEATED_PARAMS for
   *   params that were tried or wait, or of which nothing else is left. None is added then. ERR_STUDY_BUSY while `fitDataset`
   *   or `importFrom` is running.
   */
  async enqueue(params: PartialParamsOf<D> | readonly PartialParamsOf<D>[], options?: EnqueueOptions): Promise<number> {
    const { skipIfExists } = resolveEnqueueOptions(options);
    const given = givenParams(this.space, 'params', params);
    if (this.#running !== 'fit') this.#refuseWhileRunning('enqueue');
    return enqueue(this.#kept, this.#calls, given, { skipIfExists, threads: this.numParallelGenerators });
  }

  /**
   * Candidates that pass the cascade and the constraints, without counting against the budget.
   *
   * @returns `numSamples + numBatches * M` params.
   * @throws RangeError when `maxClassifiers` is more than there are; ERR_EMPTY_REGION, ERR_EMPTY_SPACE,
   *   ERR_CONSTRAINT_FAILED.
   */
  async predict(numSamples = 1, options?: PredictOptions): Promise<ParamsOf<D>[]> {
    const { count, classifiers, relaxChecks, signal } = resolvePredictOptions(
      numSamples,
      options,
      this.#study.settings,
      this.#study.classifiers.length,
    );
    const drawing: ProposeOptions = { relax: relaxChecks, signal, threads: this.numParallelGenerators };
    return drawPredictions(this.#study, count, classifiers, drawing);
  }

  /** Writes the study to a directory in PySHAC's layout, with what an exact continuation needs beside it. */
  async saveData(dir: string): Promise<void> {
    text('dir', dir);
    const { saveStudy } = await import('../exchange/directory/save.js');
    saveStudy(this.#study, dir);
  }

  /**
   * Replaces this study, its seed as well, by one that `saveData` (or PySHAC) wrote. Trials without a result are evaluated again.
   *
   * @throws ERR_FILE, ERR_CLASSIFIER_INVALID, ERR_RESTORE_MISMATCH (with the difference), ERR_DATASET_MISMATCH; the
   *   study is then as it was.
   */
  async restoreData(dir: string): Promise<void> {
    await restoreFrom(dir, this.#kept, this.#calls, () => this.#refuseWhileRunning('restoreData'));
  }

  /**
   * Lets go of the storage: others may go on with the study. Trials that were asked for and not told wait again. The file
   * is closed if `storage` was its path: what is in memory can still be read, and nothing be added.
   *
   * @returns a promise if the store answers by promises, or is busy.
   */
  close(): Awaitable<void> {
    this.#refuseWhileRunning('close');
    return then(this.#kept.close(), () => this.#ownStorage?.close());
  }

  /** `await using search = new SHAC(…)` closes it at the end of its block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** What an engine that manages a framework asks of its evaluators. */
  protected get managed(): ManagedRun | undefined {
    return undefined;
  }

  /**
   * Runs a whole `fit` or `fitDataset`; nothing else may change the study meanwhile.
   *
   * @param prepare What has to be there, and can be refused, before the study is touched; gives the steps of the run.
   */
  async #exclusively(
    name: string,
    { callbacks, signal }: ResolvedRunOptions,
    prepare: () => Promise<(run: Run<D>) => Promise<void>>,
  ): Promise<History> {
    this.#refuseWhileRunning(name);
    signal?.throwIfAborted();
    this.#running = name;
    try {
      const steps = await prepare();
      await this.#calls.idle;
      await this.#kept.hold(async () => {
        for (const callback of callbacks) callback.setEngine?.(this as never);
        await steps(
          new Run({
            kept: this.#kept,
            evaluators: this.numParallelEvaluators,
            generators: this.numParallelGenerators,
            history: this.history,
            watchers: new Watchers(this.studyName, [this.history, ...callbacks]),
          }),
        );
        await this.#kept.save();
      });
    } finally {
      this.#running = undefined;
    }
    return this.history;
  }

  #refuseWhileRunning(name: string): void {
    if (this.#running === undefined) return;
    throw new ShacError('ERR_STUDY_BUSY', `${name} cannot be called while ${this.#running} is running; await it first`);
  }
}
