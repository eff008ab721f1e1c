import { Cascade } from './cascade/cascade.js';
import type { ResolvedOptions } from './options.js';
import type { ParamsOf, SearchSpace, SpaceDefinition } from './space/index.js';
import { isFinished, type TrialRecord, type TrialState } from './trial.js';

/** How a batch was drawn. */
export interface BatchRecord {
  readonly stage: number;
  /** Classifiers that decided. */
  readonly classifiers: number;
  /** Draws it took: batch size / draws is the measured acceptance of the cascade. */
  readonly draws: number;
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
 * Streams of one seed: batch b draws from stream b, the p-th prediction from stream 2^30 + p.
 */
export class StudyState<D extends SpaceDefinition> {
  /** Trials that were handed out, by id. */
  readonly trials: TrialRecord<ParamsOf<D>>[] = [];
  /** Candidates of the newest batch that were not: the trials with the next ids, all WAITING. */
  drawn: TrialRecord<ParamsOf<D>>[] = [];
  readonly batches: BatchRecord[] = [];
  readonly classifiers: ClassifierRecord[] = [];
  readonly cascade: Cascade;
  seed: number;
  /** Calls of predict since the seed was set. */
  predictions = 0;
  /** Trials that classifiers have been trained on (or were refused on): the next ones start here. */
  datasetIndex = 0;

  constructor(
    readonly space: SearchSpace<D>,
    readonly options: ResolvedOptions,
  ) {
    this.cascade = new Cascade(space);
    this.seed = options.seed;
  }

  /** @throws ERR_CLASSIFIER_INVALID when its model is not one of this space. */
  addClassifier(classifier: ClassifierRecord): void {
    this.cascade.append(classifier.model);
    this.classifiers.push(classifier);
  }

  update(id: number, change: Partial<TrialRecord<ParamsOf<D>>>): TrialRecord<ParamsOf<D>> {
    const trial = { ...(this.trials[id] as TrialRecord<ParamsOf<D>>), ...change };
    this.trials[id] = trial;
    return trial;
  }

  /** A new trial for a row that was drawn, or read from a data set. */
  newTrial(id: number, codes: Uint16Array, params: ParamsOf<D>, rejections = 0): TrialRecord<ParamsOf<D>> {
    const stage = Math.floor(id / this.options.budget.batchSize);
    return { id, stage, params, state: 'WAITING', value: null, attempts: 0, rejections, codes };
  }

  /** Ids of the trials in a state, in order. */
  idsIn(state: TrialState): number[] {
    return this.trials.filter((trial) => trial.state === state).map((trial) => trial.id);
  }

  /** The trials that the next classifier is trained on, or undefined while any of them is missing or unfinished. */
  nextTrainingSet(): TrialRecord<ParamsOf<D>>[] | undefined {
    const { pointsPerClassifier } = this.options.budget;
    if (pointsPerClassifier === 0) return undefined;
    const next = this.trials.slice(this.datasetIndex, this.datasetIndex + pointsPerClassifier);
    return next.length === pointsPerClassifier && next.every(isFinished) ? next : undefined;
  }
}
