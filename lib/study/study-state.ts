import type { ClassifierHandle } from '../native/addon.js';
import { Cascade } from '../native/cascade.js';
import type { ParamsOf, SearchSpace, SpaceDefinition } from '../space/index.js';
import type { Unsaved } from '../store/unsaved.js';
import { LocalPhase } from '../strategies/local-phase.js';
import { isBetter } from './direction.js';
import type { StudySettings } from './settings.js';
import { isFinished, publicTrial, type Trial, type TrialRecord, toTrialError } from './trial.js';

/** How a batch was drawn, or in an 'async' run a part of it. */
export interface BatchRecord {
  readonly stage: number;
  /** Classifiers that decided; in the local phase, that there were. */
  readonly classifiers: number;
  /** Candidates: the batch size, or what a data set or an earlier part left of it. */
  readonly count: number;
  /**
   * Draws from the region that the classifiers accept, those from a partition of the space and those of single
   * coordinates among them. In the local phase, those that candidates were drawn with.
   */
  readonly draws: number;
  /** Estimated share of the space that the cascade accepts. */
  readonly acceptance: number;
  /** Proven upper bound on it. */
  readonly liveMass: number;
  /** Milliseconds. */
  readonly samplingTime: number;
}

/** One classifier of the cascade. */
export interface ClassifierRecord {
  /** The batch after which it was trained. */
  readonly stage: number;
  /** Mean held-out accuracy over five stratified folds; null when the checks were skipped. */
  readonly cvAccuracy: number | null;
  /** Trainings it took. */
  readonly attempts: number;
  /** XGBoost's UBJSON. */
  readonly model: Uint8Array;
}

/**
 * Everything an engine knows. It can be rebuilt from what is saved; nothing else is needed to go on.
 *
 * Streams of one seed: batch b draws from stream b, the rest of a batch that was begun by an 'async' run (or a data set)
 * from stream 2^29 + the number of drawings before it, what the local phase draws from stream 2^28 + that number, the
 * p-th prediction from stream 2^30 + p.
 */
export class StudyState<D extends SpaceDefinition> {
  /** Trials that were handed out, by id. */
  readonly trials: TrialRecord<ParamsOf<D>>[] = [];
  /** Candidates of the newest batch that were not: the trials with the next ids, all WAITING, the next one last. */
  drawn: TrialRecord<ParamsOf<D>>[] = [];
  readonly batches: BatchRecord[] = [];
  readonly classifiers: ClassifierRecord[] = [];
  readonly cascade: Cascade;
  readonly localPhase: LocalPhase<D>;
  /** The complete trial with the best value, the earliest of equals. */
  best: TrialRecord<ParamsOf<D>> | undefined;
  seed: number;
  /** Calls of predict since the seed was set. */
  predictions = 0;
  /** Trials of the stages that have been trained on (or refused): the next stage starts here. */
  datasetIndex = 0;
  /** What its storage does not hold yet; undefined when it has none. */
  unsaved: Unsaved | undefined;
  /** Every trial before this one is finished. */
  #unfinishedFrom = 0;

  constructor(
    readonly space: SearchSpace<D>,
    readonly options: StudySettings,
  ) {
    this.cascade = new Cascade(space);
    this.localPhase = new LocalPhase(this);
    this.seed = options.seed;
  }

  /** @throws ERR_CLASSIFIER_INVALID when its model is not one of this space. */
  addClassifier(classifier: ClassifierRecord, compiled?: ClassifierHandle): void {
    this.cascade.append(classifier.model, compiled);
    this.classifiers.push(classifier);
  }

  update(id: number, change: Partial<TrialRecord<ParamsOf<D>>>): TrialRecord<ParamsOf<D>> {
    const trial = { ...(this.trials[id] as TrialRecord<ParamsOf<D>>), ...change };
    this.trials[id] = trial;
    this.unsaved?.trials.add(id);
    return trial;
  }

  /** Keeps a result: what is no finite number is a failure. */
  finish(
    id: number,
    result: number | { readonly error: unknown },
    change: Partial<TrialRecord<ParamsOf<D>>>,
  ): TrialRecord<ParamsOf<D>> {
    if (typeof result !== 'number' || !Number.isFinite(result)) {
      const error = toTrialError(typeof result === 'number' ? `the value is ${result}` : result.error);
      return this.update(id, { ...change, state: 'FAIL', error });
    }
    const trial = this.update(id, { ...change, state: 'COMPLETE', value: result });
    this.noteBest(trial);
    return trial;
  }

  /** Keeps a complete trial when it is the best so far. */
  noteBest(trial: TrialRecord<ParamsOf<D>>): void {
    const { best } = this;
    const value = trial.value as number;
    const earlier = best !== undefined && best.value === value && trial.id < best.id;
    if (best === undefined || earlier || isBetter(value, best.value as number, this.options.objective))
      this.best = trial;
  }

  /** What was handed out and has no result waits again. */
  requeue(): void {
    for (const id of this.idsIn('RUNNING')) this.update(id, { state: 'WAITING' });
  }

  /** The trials as users see them, made when they are looked at. */
  get dataset(): { readonly trials: readonly Trial<ParamsOf<D>>[] } {
    const { trials } = this;
    return {
      get trials() {
        return trials.map(publicTrial);
      },
    };
  }

  /** A new trial for a row that was drawn, or read from a data set. */
  newTrial(id: number, codes: Uint16Array, params: ParamsOf<D>, rejections = 0): TrialRecord<ParamsOf<D>> {
    const stage = Math.floor(id / this.options.budget.batchSize);
    return { id, stage, params, state: 'WAITING', value: null, attempts: 0, rejections, codes };
  }

  /** Ids of the unfinished trials in a state, in order. */
  idsIn(state: 'WAITING' | 'RUNNING'): number[] {
    const { trials } = this;
    while (this.#unfinishedFrom < trials.length && isFinished(trials[this.#unfinishedFrom] as Trial<unknown>)) {
      this.#unfinishedFrom++;
    }
    const ids: number[] = [];
    for (let id = this.#unfinishedFrom; id < trials.length; id++) if (trials[id]?.state === state) ids.push(id);
    return ids;
  }

  /**
   * The trials that bring the next classifier, or undefined while any of them is missing or unfinished. Those of the
   * local phase bring none.
   */
  nextStage(): TrialRecord<ParamsOf<D>>[] | undefined {
    const { budget, localFrom } = this.options;
    const { pointsPerClassifier } = budget;
    const end = this.datasetIndex + pointsPerClassifier;
    if (pointsPerClassifier === 0 || end > localFrom) return undefined;
    const next = this.trials.slice(this.datasetIndex, end);
    return next.length === pointsPerClassifier && next.every(isFinished) ? next : undefined;
  }
}
