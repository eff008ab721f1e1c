/** The native addon, and the signatures of its entry points (native/binding/entries.h). */
import { withFailures } from './failures.js';
import { loadAddon } from './load.js';

declare const cascadeHandle: unique symbol;
declare const classifierHandle: unique symbol;
declare const tokenHandle: unique symbol;
declare const progressHandle: unique symbol;
declare const historyHandle: unique symbol;
/** Opaque: a native cascade, freed with the JavaScript value. */
export type CascadeHandle = { readonly [cascadeHandle]: never };
/** Opaque: a classifier that a job has trained or read, compiled. */
export type ClassifierHandle = { readonly [classifierHandle]: never };
/** Opaque: stops the jobs that were started with it. */
export type TokenHandle = { readonly [tokenHandle]: never };
/** Opaque: finished trials, freed with the JavaScript value. */
export type HistoryHandle = { readonly [historyHandle]: never };
/** Opaque: how far the job is that was started with it. */
export type ProgressHandle = { readonly [progressHandle]: never };

/** Holds where the code of the coordinate `parent` has an entry that is not 0. */
export interface NativeCondition {
  parent: number;
  codes: Uint8Array;
}

export interface NativeSampleRequest {
  seed: bigint;
  stream: number;
  count: number;
  classifiers: number;
  threads: number;
  relax: boolean;
  /** Bytes that the partition of the space, or the population of chains, may take; 0 for plain rejection. */
  memory: number;
  maxDraws: number;
  /** 0: exact sampling. Else sequential Monte Carlo with so many sweeps after each classifier. */
  sweeps: number;
}

export interface NativeSampleResult {
  /** count x dimensions. */
  codes: Uint16Array;
  /** count x dimensions, each in (0, 1): the place inside the code's cell. */
  offsets: Float64Array;
  /** For each candidate, how many classifiers reject it: 0 unless relaxed. */
  rejections: Uint32Array;
  /**
   * Draws up to and including the last candidate, those from a partition of the space among them; of sequential Monte
   * Carlo all proposals, those of single coordinates among them.
   */
  draws: number;
  /** Estimated share of the prior that every classifier accepts. */
  acceptance: number;
  /** Proven upper bound on it: the share of the prior that the partition could not rule out. */
  liveMass: number;
  /** Boxes of the partition. */
  boxes: number;
}

/** How far a sampling job is. */
export interface NativeProgress {
  /** Candidates found so far. */
  accepted: number;
  /** Draws made so far. */
  draws: number;
  /** Estimated share of the prior that every classifier accepts; 0 before the first candidate. */
  acceptance: number;
  /** Proven upper bound on it. */
  liveMass: number;
}

export interface NativeBoosterParams {
  rounds: number;
  maxDepth: number;
  eta: number;
  lambda: number;
  minChildWeight: number;
  subsample: number;
  seed: number;
}

export interface NativeTrainRequest {
  codes: Uint16Array;
  labels: Uint8Array;
  columns: number;
  /** One a row; undefined when all rows count alike. */
  weights?: Float32Array | undefined;
  /** Whose space the classifier divides, for its acceptance. */
  cascade?: CascadeHandle | undefined;
  /** Further rows of codes, each of which the classifier has to accept. */
  elite?: Uint16Array | undefined;
  params: NativeBoosterParams;
  /** Of the cross-validation; 0 for none. */
  folds: number;
  /** Tries before the classifier is refused, each with folds (and, when rows are sampled, a model) of its own. */
  attempts: number;
  shuffleSeed: bigint;
  threads: number;
}

export interface NativeTrainResult {
  /** XGBoost's UBJSON. */
  model: Uint8Array;
  /** The same, compiled: spares reading it again. */
  classifier: ClassifierHandle;
  /** Share of the prior that it accepts, from 4,096 fixed draws; null without a cascade, and after a refusal. */
  acceptance: number | null;
  /** Mean held-out accuracy over the folds, at least one half; null without folds, and after a refusal. */
  cvAccuracy: number | null;
  /** Why it is refused: below one half in every attempt, one class for all its own rows, or none for the elite. */
  rejected: 'cv-accuracy' | 'constant' | 'elite' | null;
  /** Attempts made. */
  attempts: number;
}

/** What a history has to know of a study. */
export interface NativeHistoryOptions {
  /** One a coordinate: 1 when its values have no order, else 2 when it may be inactive, else 0. */
  kinds: Uint8Array;
  /** Trials before it are not of the local phase. */
  localFrom: number;
  /** Trials of the local phase that are evaluated at once. */
  batch: number;
}

/** Trials that are finished, one row each. */
export interface NativeRows {
  /** Whole numbers below 2^26, none of which is in the history. */
  ids: Float64Array;
  /** rows x dimensions: places in [0, 1), (plain code + offset) / levels; -1 of coordinates that are inactive. */
  points: Float64Array;
  /** Smaller is better; NaN of a failure. */
  values: Float64Array;
}

export interface NativeLocalRequest {
  history: HistoryHandle;
  /** One a coordinate, 0 when its cells count as one value each, which is in the middle. */
  continuous: Uint8Array;
  /** As `fitSurrogate` gave them: the length scale of each coordinate, then the noise. */
  parameters: Float64Array;
  /** Points that are being evaluated. */
  pending: Float64Array;
  /** Points that the classifiers accept. */
  candidates: Float64Array;
  count: number;
  /** How many of `count` are to be chosen from the candidates; these come first. */
  explore: number;
  seed: bigint;
  stream: number;
  /**
   * When it is given: not `count` points, but all those that the first one would be chosen from, the most promising first;
   * with the random numbers of the stream from this one on, a whole number up to 2^53.
   */
  rankedFrom?: number;
}

/** What a process says that a second signal ends while its event loop is blocked, or that aborts. */
export interface LastWords {
  /** On standard error, some time after a first signal that was not heard. */
  waiting: string;
  /** On standard error, at the end. */
  ended: string;
  /** To the file descriptor `output`, at the end. */
  result: string;
  output: number;
}

export interface Addon {
  createToken(): TokenHandle;
  cancel(token: TokenHandle): void;
  /** Cancels the jobs under way and waits for their threads. */
  stop(): void;
  /** `conditions`: none, or one a coordinate. */
  createCascade(
    levels: Uint32Array,
    snaps: (Uint16Array | null)[],
    conditions?: (readonly NativeCondition[] | null)[] | null,
  ): CascadeHandle;
  /** Returns the number of classifiers after it. */
  appendClassifier(cascade: CascadeHandle, model: Uint8Array | ClassifierHandle): number;
  /** The same off the event loop, up to the question whether it is one of a cascade's space. */
  compileClassifier(model: Uint8Array): Promise<ClassifierHandle>;
  accepts(cascade: CascadeHandle, codes: Uint16Array): Uint8Array;
  margins(cascade: CascadeHandle, codes: Uint16Array, classifier: number): Float32Array;
  /** Share of the prior that one classifier accepts, from 4,096 fixed draws. */
  acceptance(cascade: CascadeHandle, classifier: number): number;
  createProgress(): ProgressHandle;
  readProgress(progress: ProgressHandle): NativeProgress;
  sample(
    cascade: CascadeHandle,
    request: NativeSampleRequest,
    token?: TokenHandle,
    progress?: ProgressHandle,
  ): Promise<NativeSampleResult>;
  createHistory(options: NativeHistoryOptions): HistoryHandle;
  /** Returns the number of trials after it. A call under way knows those that there were when it began. */
  addTrials(history: HistoryHandle, rows: NativeRows): number;
  /** @param end Only trials with smaller ids count, if any of them is there. */
  fitSurrogate(history: HistoryHandle, end?: number, token?: TokenHandle): Promise<Float64Array>;
  /**
   * count x dimensions places, -1 of coordinates that are inactive; with `rankedFrom` as many rows as there are, one at
   * least.
   */
  propose(cascade: CascadeHandle, request: NativeLocalRequest, token?: TokenHandle): Promise<Float64Array>;
  train(request: NativeTrainRequest, token?: TokenHandle): Promise<NativeTrainResult>;
  /** XGBoost's own margins of rows of codes: what compiled classifiers are compared with. */
  xgboostMargins(model: Uint8Array, codes: Uint16Array): Promise<Float32Array>;
  xgboostVersion(): string;
  /**
   * A file descriptor for standard output which no child process gets. `divert`: what is written to descriptor 1 from now
   * on, by whomever, goes to standard error. On Windows it is 1, and nothing is diverted.
   */
  takeOutput(divert: boolean): number;
  /**
   * A second SIGINT, SIGTERM or SIGHUP (on Windows Ctrl-C or Ctrl-Break) ends the process soon, a third one at once, also
   * while the event loop is blocked. For a process that listens to all of these already, in its main thread; called again,
   * it replaces the words.
   */
  guardSignals(words: LastWords): void;
  /** The event loop is not blocked. `told`: what there is to say at the end has been said. */
  signalHeard(told: boolean): void;
  /** Takes back `guardSignals`; to be called before the listeners are removed. */
  releaseSignals(): void;
}

export const addon: Addon = withFailures(loadAddon() as Addon);

// Threads must not run on while the process is taken down; and nobody is there any more to wait for their results.
process.on('exit', () => addon.stop());
