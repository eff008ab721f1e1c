import type { SpaceDefinition } from '../space/index.js';
import type { Budget } from '../study/budget.js';
import type { Direction } from '../study/direction.js';
import type { ClassifierInfo, ClassifierRecord } from '../study/records.js';
import type { StudyView } from '../study/study.js';
import type { Report, Trial } from '../study/trial.js';

/** What is known of a run when it begins. */
export interface TrainLogs {
  /** Native threads that draw candidates. */
  generatorThreads: number;
  /** Tc: trials that bring the next classifier. */
  perClassifierBudget: number;
}

/** What is known of an epoch (a batch); filled in as it goes on. */
export interface EpochLogs extends TrainLogs {
  /** The batch's candidates, in index order. */
  parameters?: Record<string, unknown>[];
  /** Which evaluator ran each of them. */
  deviceIds?: (number | null)[];
  /** Their values; null for a failed trial. */
  evaluations?: (number | null)[];
  /** Trials that classifiers have been trained on so far. */
  datasetIndex?: number;
  /** The classifier that came of the batch; null when there is none. */
  model?: Pick<ClassifierRecord, 'stage' | 'cvAccuracy' | 'attempts'> | null;
  /** Why there is none: `'one-class'`, `'cv-accuracy'`, `'constant'`, `'elite'`; null when one was not due, or was found. */
  rejected?: string | null;
  /** Classifiers after the batch. */
  classifiers?: number;
  /** Draws that the batch took; it and the next three are not there for one of enqueued params alone. */
  draws?: number;
  /** Candidates that came of them. */
  accepted?: number;
  /** Estimated share of the space that the cascade accepts. */
  acceptance?: number;
  /** Proven upper bound on it: what the sampler's partition of the space could not rule out. */
  liveMass?: number;
  /**
   * Estimated share that the constraints admit of what the classifiers accept (of the space, where there are none); not there
   * in a search without constraints.
   */
  admitted?: number;
  /** Best value so far; null before the first complete trial. */
  best?: number | null;
  /** Milliseconds spent on drawing, evaluating, training. */
  samplingTime?: number;
  evaluationTime?: number;
  trainingTime?: number;
}

/** How far the drawing of a batch is, for `onProgress`. */
export interface SamplingProgress {
  /** The batch, counted from 0. */
  readonly stage: number;
  readonly phase: 'sampling';
  /** Candidates that the batch takes. */
  readonly wanted: number;
  /** Candidates found so far. */
  readonly accepted: number;
  /** Draws made so far. */
  readonly draws: number;
  /** Estimated share of the space that the cascade accepts; 0 before the first candidate is found. */
  readonly acceptance: number;
  /** Proven upper bound on it so far. */
  readonly liveMass: number;
}

/** The trials of a study, for `onDatasetChanged`. */
export interface Dataset {
  readonly trials: readonly Trial[];
}

/** The trials are made when they are looked at: most callbacks do not. */
export function datasetOf<D extends SpaceDefinition>(study: StudyView<D>): Dataset {
  return {
    get trials() {
      return study.publicTrials as readonly Trial[];
    },
  };
}

/** The search that a callback is of, as far as it may be used while it runs. */
export interface Engine {
  readonly studyName: string;
  readonly objective: Direction;
  readonly budget: Budget;
  readonly seed: number;
  readonly trials: readonly Trial[];
  readonly bestTrial: Trial | undefined;
  readonly classifiers: readonly ClassifierInfo[];
  readonly numParallelEvaluators: number;
  readonly numParallelGenerators: number;
  accepts(params: Record<string, unknown>): boolean;
  predict(
    numSamples?: number,
    options?: { numBatches?: number; relaxChecks?: boolean; maxClassifiers?: number; signal?: AbortSignal },
  ): Promise<Record<string, unknown>[]>;
  saveData(dir: string): Promise<void>;
}

/**
 * What can be called back during `fit` and `fitDataset`. Every method is optional and may be async: the run waits for
 * it, and stops when it throws. An epoch is one batch, counted from 0.
 */
export interface CallbackMethods<E = Engine> {
  setEngine?(engine: E): void;
  onTrainBegin?(logs: TrainLogs): void | Promise<void>;
  onTrainEnd?(logs: TrainLogs): void | Promise<void>;
  onEpochBegin?(epoch: number, logs: EpochLogs): void | Promise<void>;
  onEpochEnd?(epoch: number, logs: EpochLogs): void | Promise<void>;
  /**
   * While a batch is drawn, ten times a second at the most (so not at all for most batches), and once when it is drawn;
   * not for a batch that a data set or an earlier run has drawn, or that is of enqueued params alone. PySHAC has no counterpart.
   */
  onProgress?(progress: SamplingProgress): void | Promise<void>;
  /** Before a batch is evaluated. In the local phase of an 'async' run only its first trial is drawn by then. */
  onEvaluationBegin?(parameters: Record<string, unknown>[], logs: EpochLogs): void | Promise<void>;
  /** After a batch is evaluated; null is a failed trial. */
  onEvaluationEnded?(evaluations: (number | null)[], logs: EpochLogs): void | Promise<void>;
  /** An objective reported an intermediate value. PySHAC has no counterpart. */
  onReport?(report: Report): void | Promise<void>;
  /** A trial is finished, in order of completion. PySHAC has no counterpart. */
  onTrialEnd?(trial: Trial): void | Promise<void>;
  /** Results were added. */
  onDatasetChanged?(dataset: Dataset, logs: EpochLogs): void | Promise<void>;
}

/** A base class for callbacks, with the engine at hand; a plain object with some of the methods will do as well. */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: every method that the interface adds is optional
export class Callback<E = Engine> {
  engine: E | undefined;

  setEngine(engine: E): void {
    this.engine = engine;
  }
}

/** The methods that a subclass may have: it can mark them with `override`. */
export interface Callback<E = Engine> extends CallbackMethods<E> {
  setEngine(engine: E): void;
}
