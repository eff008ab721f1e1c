import { ShacRangeError, ShacTypeError, show } from '../errors.js';
import type { Sampler } from '../native/sampler.js';
import type { CallbackMethods } from '../observe/callback.js';
import type { ResolvedFitOptions } from '../run/run-options.js';
import { MOST_AT_ONCE } from '../study/budget.js';
import {
  abortSignal,
  finiteNumber,
  flag,
  type OptionTable,
  oneOf,
  plainObject,
  type Resolved,
  readOptions,
  text,
  wholeNumber,
} from '../validate.js';
import type { ResolvedOptions } from './options.js';

/** What `fit` and `fitDataset` share. */
export interface RunOptions {
  /**
   * Take any classifier that tells its own points apart and rejects none of the elite, without the cross-validation
   * check. Default false.
   */
  skipCvChecks?: boolean;
  /** Stop when a stage gives no classifier. Default false. */
  earlyStop?: boolean;
  callbacks?: readonly CallbackMethods[];
  /** Stops the run. Every finished result is kept, and `fit` can go on afterwards. */
  signal?: AbortSignal;
}

export interface FitOptions extends RunOptions {
  /**
   * Each time 2^k draws found no candidate, let one more of the k classifiers reject. Only with the exact sampler.
   * Default false.
   */
  relaxChecks?: boolean;
  /** Milliseconds after which an evaluation fails. Default: never. */
  timeoutMs?: number;
  /** Further tries for an evaluation that failed. Default 0. */
  retries?: number;
  /** `'continue'` (default): a failed trial counts as not good. `'stop'`: the first failed trial ends the run. */
  onFailure?: 'continue' | 'stop';
  /**
   * `'sync'` (default): a batch is drawn when the one before is evaluated and learned from, as in PySHAC; the same seed
   * gives the same trials, whatever the number of evaluators. `'async'`: a free evaluator gets the next candidate from
   * the newest classifiers at once, and classifiers are trained meanwhile. No evaluator waits for the slowest of a
   * batch, but which classifiers a candidate has passed depends on how long evaluations take.
   */
  batches?: 'sync' | 'async';
}

export interface DatasetOptions extends RunOptions {
  /** Learn from the worst rows first, so that the classifiers get stricter. Default true. */
  presort?: boolean;
  /** Which study of a file that holds several. Default: its only one. */
  studyName?: string;
}

export interface ImportOptions<P = Record<string, unknown>> extends DatasetOptions {
  /**
   * Values of parameters that the other study's trials lack: what its objective did without being told. Inside of a `choice`,
   * by the keys joined by dots, as in `{ 'head.width': 32 }`: it counts for the trials whose branch has that parameter.
   */
  missing?: Partial<P> & { readonly [path: `${string}.${string}`]: unknown };
}

/** What of another study was taken over. */
export interface Imported {
  /** Trials. */
  readonly imported: number;
  /** How many finished trials were left out, by the reason: `{ '"x" is outside the space': 3 }`. */
  readonly skipped: Readonly<Record<string, number>>;
}

export interface AskOptions {
  /**
   * Each time 2^k draws found no candidate, let one more of the k classifiers reject. Only with the exact sampler.
   * Default false.
   */
  relaxChecks?: boolean;
  signal?: AbortSignal;
}

export interface EnqueueOptions {
  /**
   * Leave out params that are those of a trial, or that were enqueued before, in this call too. Default false: then
   * they are evaluated again, or with `distinct` an ERR_REPEATED_PARAMS.
   */
  skipIfExists?: boolean;
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

const CALLBACK_METHODS = Object.keys({
  setEngine: true,
  onTrainBegin: true,
  onTrainEnd: true,
  onEpochBegin: true,
  onEpochEnd: true,
  onProgress: true,
  onEvaluationBegin: true,
  onEvaluationEnded: true,
  onReport: true,
  onTrialEnd: true,
  onDatasetChanged: true,
} satisfies Record<keyof CallbackMethods, true>);

function callbackList(name: string, value: unknown): readonly CallbackMethods[] {
  const callbacks = value ?? [];
  if (!Array.isArray(callbacks) || callbacks.some((item) => typeof item !== 'object' || item === null)) {
    throw new ShacTypeError('ERR_INVALID_ARGUMENT', `${name} must be an array of objects, got ${show(callbacks)}`);
  }
  for (const callback of callbacks) {
    requireKnownMethods(callback);
    for (const name of CALLBACK_METHODS) {
      const method: unknown = callback[name] ?? undefined;
      if (method === undefined || typeof method === 'function') continue;
      throw new ShacTypeError('ERR_INVALID_ARGUMENT', `${name} of a callback must be a function, got ${show(method)}`);
    }
  }
  return callbacks;
}

/** A method whose name begins as theirs do, and is none of them, would never be called. */
function requireKnownMethods(callback: object): void {
  for (
    let owner: object = callback;
    owner !== null && owner !== Object.prototype;
    owner = Object.getPrototypeOf(owner)
  ) {
    const unknown = Object.getOwnPropertyNames(owner).find(
      (name) => /^on[A-Z]/.test(name) && !CALLBACK_METHODS.includes(name),
    );
    if (unknown === undefined) continue;
    throw new ShacTypeError(
      'ERR_UNKNOWN_OPTION',
      `${unknown} is no method of a callback; there are ${CALLBACK_METHODS.join(', ')}`,
    );
  }
}

/** The longest time that a timer of Node can wait. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;
const MOST_CANDIDATES = { min: 0, max: MOST_AT_ONCE };

const RUN_OPTIONS = {
  skipCvChecks: flag,
  earlyStop: flag,
  callbacks: callbackList,
  signal: abortSignal,
} satisfies OptionTable<RunOptions>;

const FIT_OPTIONS = {
  ...RUN_OPTIONS,
  relaxChecks: flag,
  timeoutMs: (name, value = 0) => finiteNumber(name, value, { min: 0, max: LONGEST_TIMEOUT }),
  retries: (name, value = 0) => wholeNumber(name, value, { min: 0, max: 1000 }),
  onFailure: (name, value = 'continue') => oneOf(name, value, ['continue', 'stop']),
  batches: (name, value = 'sync') => oneOf(name, value, ['sync', 'async']),
} satisfies OptionTable<FitOptions>;

const DATASET_OPTIONS = {
  ...RUN_OPTIONS,
  presort: (name, value = true) => flag(name, value),
  studyName: (name, value) => (value === undefined ? undefined : text(name, value)),
} satisfies OptionTable<DatasetOptions>;

const IMPORT_OPTIONS = {
  ...DATASET_OPTIONS,
  missing: (name, value) => (value === undefined ? {} : plainObject(name, value)),
} satisfies OptionTable<ImportOptions>;

const ASK_OPTIONS = { relaxChecks: flag, signal: abortSignal } satisfies OptionTable<AskOptions>;

const ENQUEUE_OPTIONS = { skipIfExists: flag } satisfies OptionTable<EnqueueOptions>;

const TELL_OPTIONS = { skipCvChecks: flag, signal: abortSignal } satisfies OptionTable<TellOptions>;

const PREDICT_OPTIONS = {
  numBatches: (name, value) => wholeNumber(name, value ?? 0, MOST_CANDIDATES),
  relaxChecks: flag,
  // Undefined means all: the table does not know how many there are.
  maxClassifiers: (name, value) =>
    value === undefined || value === null ? undefined : wholeNumber(name, value, { min: 0 }),
  signal: abortSignal,
} satisfies OptionTable<PredictOptions>;

/** The names of the options of `fit`. */
export const FIT_OPTION_NAMES = Object.keys(FIT_OPTIONS) as readonly (keyof FitOptions)[];

/**
 * The options, if the sampler can do as they say. Relaxing counts draws from the whole space, which sequential Monte
 * Carlo does not make.
 *
 * @throws ERR_INVALID_ARGUMENT for a sampler that cannot relax.
 */
function withSampler<T extends { relaxChecks: boolean }>(options: T, { method }: Sampler): T {
  if (options.relaxChecks && method !== 'exact') {
    throw new ShacTypeError(
      'ERR_INVALID_ARGUMENT',
      `relaxChecks needs sampler "exact", got true with sampler ${show(method)}; leave one of them out`,
    );
  }
  return options;
}

export function resolveFitOptions(value: unknown, sampler: Sampler): ResolvedFitOptions {
  return withSampler(readOptions('fit', value, FIT_OPTIONS), sampler);
}

export type ResolvedDataset = Resolved<typeof DATASET_OPTIONS>;

export function resolveDatasetOptions(value: unknown): ResolvedDataset {
  return readOptions('fitDataset', value, DATASET_OPTIONS);
}

export function resolveImportOptions(value: unknown): Resolved<typeof IMPORT_OPTIONS> {
  return readOptions('importFrom', value, IMPORT_OPTIONS);
}

export function resolveAskOptions(value: unknown, sampler: Sampler): Resolved<typeof ASK_OPTIONS> {
  return withSampler(readOptions('ask', value, ASK_OPTIONS), sampler);
}

export function resolveEnqueueOptions(value: unknown): Resolved<typeof ENQUEUE_OPTIONS> {
  return readOptions('enqueue', value, ENQUEUE_OPTIONS);
}

export function resolveTellOptions(value: unknown): Resolved<typeof TELL_OPTIONS> {
  return readOptions('tell', value, TELL_OPTIONS);
}

/** How many candidates a prediction is for, and how many of the cascade's classifiers decide. */
export function resolvePredictOptions(
  numSamples: unknown,
  value: unknown,
  { budget: { numBatches: batchesOfStudy }, sampler }: Pick<ResolvedOptions, 'budget' | 'sampler'>,
  cascadeSize: number,
): Resolved<typeof ASK_OPTIONS> & { count: number; classifiers: number } {
  const options = withSampler(readOptions('predict', value, PREDICT_OPTIONS), sampler);
  const { numBatches, maxClassifiers: classifiers = cascadeSize, relaxChecks, signal } = options;
  const samples = wholeNumber('numSamples', numSamples, MOST_CANDIDATES);
  const count = wholeNumber('numSamples + numBatches * M', samples + numBatches * batchesOfStudy, MOST_CANDIDATES);
  if (classifiers > cascadeSize) {
    throw new ShacRangeError(
      'ERR_INVALID_ARGUMENT',
      `maxClassifiers is ${classifiers}, but the cascade has ${cascadeSize} classifiers`,
    );
  }
  return { count, classifiers, relaxChecks, signal };
}
