import type { Row } from '../space/index.js';
import type { BatchRecord, ClassifierRecord } from './records.js';
import type { TrialError, TrialMemory, TrialRecord } from './trial.js';

/** A point of the space that was chosen to be evaluated. */
export interface Candidate<P> {
  readonly params: P;
  readonly row: Row;
  /** Classifiers that reject it. */
  readonly rejections: number;
  /** Of one that was enqueued: the params that were given. The others were drawn. */
  readonly fixed?: Partial<P> | undefined;
}

/** How the last evaluation of a trial went, whatever came of it. */
export interface Evaluated {
  /** Evaluations begun, retries included. */
  readonly attempts: number;
  /** Which evaluator ran it; undefined for a told trial. */
  readonly workerId?: number;
  /** Milliseconds. */
  readonly duration?: number;
  readonly stderr?: string;
  readonly memory?: TrialMemory;
}

/** A study begins. */
export interface StudyCreated {
  readonly type: 'created';
  readonly seed: number;
}

/** A study begins with all that another one, or a file, knew. */
export interface StudyRestored<P> {
  readonly type: 'restored';
  readonly snapshot: Snapshot<P>;
}

/** Params, or some of them, are to be evaluated before anything else is drawn, behind those that wait for that already. */
export interface ParamsEnqueued<P> {
  readonly type: 'enqueued';
  readonly params: readonly Partial<P>[];
}

/**
 * Candidates get the next ids. They wait until they are issued. Each that is made of enqueued params is made of those that
 * have waited longest, which wait no more.
 */
export interface CandidatesDrawn<P> {
  readonly type: 'drawn';
  /** Undefined for the rows of a data set, and for candidates that were enqueued. */
  readonly batch: BatchRecord | undefined;
  readonly candidates: readonly Candidate<P>[];
}

/**
 * The newest candidates of the newest batch are taken back before they are issued: there are classifiers that they have
 * not passed, or params that were enqueued since.
 */
export interface CandidatesDropped {
  readonly type: 'dropped';
  readonly count: number;
}

/** The next candidates become trials. */
export interface CandidatesIssued {
  readonly type: 'issued';
  readonly count: number;
}

/** A trial is being evaluated. */
export interface TrialStarted {
  readonly type: 'started';
  readonly id: number;
  /** Undefined while no evaluator has it: it was asked for, or is about to be handed to one. */
  readonly workerId?: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Trials that were being evaluated wait again. */
export interface TrialsRequeued {
  readonly type: 'requeued';
  readonly ids: readonly number[];
}

/** An objective reported an intermediate value. */
export interface ValueReported {
  readonly type: 'reported';
  readonly id: number;
  readonly step: number;
  /** May be NaN or infinite. */
  readonly value: number;
}

/** A trial is complete. */
export interface TrialTold extends Evaluated {
  readonly type: 'told';
  readonly id: number;
  /** Finite, one an objective. */
  readonly values: readonly number[];
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** A trial has failed. */
export interface TrialFailed extends Evaluated {
  readonly type: 'failed';
  readonly id: number;
  readonly error: TrialError;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** The next trials were learned from. */
export interface StageTrained {
  readonly type: 'trained';
  /** How many of them. */
  readonly trials: number;
  /** Null when none came of them, or when there are enough. */
  readonly classifier: ClassifierRecord | null;
}

/** Random numbers come from another seed from now on, or from another place in its streams. */
export interface StudySeeded {
  readonly type: 'seeded';
  readonly seed: number;
  /** Calls of `predict` since the seed was set. */
  readonly predictions: number;
}

/**
 * What happens to a study, one thing at a time. The events in their order are the study: whoever applies them gets the
 * same state. Events are plain data and are never altered.
 */
export type StudyEvent<P = Record<string, unknown>> =
  | StudyCreated
  | StudyRestored<P>
  | ParamsEnqueued<P>
  | CandidatesDrawn<P>
  | CandidatesDropped
  | CandidatesIssued
  | TrialStarted
  | TrialsRequeued
  | ValueReported
  | TrialTold
  | TrialFailed
  | StageTrained
  | StudySeeded;

/** All that is known of a study at one moment, but for the intermediate values that were reported. */
export interface Snapshot<P> {
  readonly seed: number;
  /** The seed that the study was begun with; where that is not known, `seed` stands for it. */
  readonly firstSeed?: number;
  readonly predictions: number;
  /** Trials that have been learned from. */
  readonly datasetIndex: number;
  readonly batches: readonly BatchRecord[];
  readonly classifiers: readonly ClassifierRecord[];
  /** By id: trials, and behind them the candidates that were not issued, which all wait. */
  readonly trials: readonly TrialRecord<P>[];
  /** How many of them are trials. */
  readonly issued: number;
  /** Params that were enqueued and of which there is no candidate yet, the next ones first; none where it is left out. */
  readonly queue?: readonly Partial<P>[];
}
