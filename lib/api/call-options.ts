import { ShacRangeError, ShacTypeError, show } from '../errors.js';
import type { Sampler } from '../native/sampler.js';
import type { CallbackMethods } from '../observe/callback.js';
import type { ResolvedFitOptions, ResolvedRunOptions } from '../run/run-options.js';
import { abortSignal, finiteNumber, flag, knownOptions, oneOf, text, wholeNumber } from '../validate.js';
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

export interface AskOptions {
  /**
   * Each time 2^k draws found no candidate, let one more of the k classifiers reject. Only with the exact sampler.
   * Default false.
   */
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

const RUN_OPTIONS = [
  'skipCvChecks',
  'earlyStop',
  'callbacks',
  'signal',
] as const satisfies readonly (keyof RunOptions)[];
const FIT_OPTIONS = [...RUN_OPTIONS, 'relaxChecks', 'timeoutMs', 'retries', 'onFailure', 'batches'] as const;
const DATASET_OPTIONS = [...RUN_OPTIONS, 'presort', 'studyName'] as const;

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

function runOptions(options: Record<string, unknown>): ResolvedRunOptions {
  const callbacks: unknown = options.callbacks ?? [];
  if (!Array.isArray(callbacks) || callbacks.some((item) => typeof item !== 'object' || item === null)) {
    throw new ShacTypeError('ERR_INVALID_ARGUMENT', `callbacks must be an array of objects, got ${show(callbacks)}`);
  }
  for (const callback of callbacks) {
    for (const name of CALLBACK_METHODS) {
      const method: unknown = callback[name] ?? undefined;
      if (method === undefined || typeof method === 'function') continue;
      throw new ShacTypeError('ERR_INVALID_ARGUMENT', `${name} of a callback must be a function, got ${show(method)}`);
    }
  }
  return {
    skipCvChecks: flag('skipCvChecks', options.skipCvChecks),
    earlyStop: flag('earlyStop', options.earlyStop),
    callbacks,
    signal: abortSignal('signal', options.signal),
  };
}

/**
 * Relaxing counts draws from the whole space, which sequential Monte Carlo does not make.
 *
 * @throws ERR_INVALID_ARGUMENT for a sampler that cannot relax.
 */
function relaxing(value: unknown, { method }: Sampler): boolean {
  const relaxChecks = flag('relaxChecks', value);
  if (relaxChecks && method !== 'exact') {
    throw new ShacTypeError(
      'ERR_INVALID_ARGUMENT',
      `relaxChecks needs sampler "exact", got true with sampler ${show(method)}; leave one of them out`,
    );
  }
  return relaxChecks;
}

export function resolveFitOptions(value: unknown, sampler: Sampler): ResolvedFitOptions {
  const options = knownOptions('fit', value, FIT_OPTIONS);
  const { timeoutMs = 0, retries = 0, onFailure = 'continue', batches = 'sync' } = options;
  return {
    ...runOptions(options),
    relaxChecks: relaxing(options.relaxChecks, sampler),
    // The longest time that a timer of Node can wait.
    timeoutMs: finiteNumber('timeoutMs', timeoutMs, { min: 0, max: 2 ** 31 - 1 }),
    retries: wholeNumber('retries', retries, { min: 0, max: 1000 }),
    onFailure: oneOf('onFailure', onFailure, ['continue', 'stop']),
    batches: oneOf('batches', batches, ['sync', 'async']),
  };
}

export interface ResolvedDatasetOptions extends ResolvedRunOptions {
  presort: boolean;
  studyName: string | undefined;
}

export function resolveDatasetOptions(value: unknown): ResolvedDatasetOptions {
  const options = knownOptions('fitDataset', value, DATASET_OPTIONS);
  const { presort = true, studyName } = options;
  return {
    ...runOptions(options),
    presort: flag('presort', presort),
    studyName: studyName === undefined ? undefined : text('studyName', studyName),
  };
}

export interface ResolvedAskOptions {
  relaxChecks: boolean;
  signal: AbortSignal | undefined;
}

export function resolveAskOptions(value: unknown, sampler: Sampler): ResolvedAskOptions {
  const { relaxChecks, signal } = knownOptions('ask', value, ['relaxChecks', 'signal']);
  return { relaxChecks: relaxing(relaxChecks, sampler), signal: abortSignal('signal', signal) };
}

export function resolveTellOptions(value: unknown): Pick<ResolvedRunOptions, 'skipCvChecks' | 'signal'> {
  const { skipCvChecks, signal } = knownOptions('tell', value, ['skipCvChecks', 'signal']);
  return { skipCvChecks: flag('skipCvChecks', skipCvChecks), signal: abortSignal('signal', signal) };
}

const MOST_CANDIDATES = { min: 0, max: 2 ** 24 };

/** How many candidates a prediction is for, and how many of the cascade's classifiers decide. */
export function resolvePredictOptions(
  numSamples: unknown,
  value: unknown,
  { budget: { numBatches: batchesOfStudy }, sampler }: Pick<ResolvedOptions, 'budget' | 'sampler'>,
  cascadeSize: number,
): ResolvedAskOptions & { count: number; classifiers: number } {
  const options = knownOptions('predict', value, ['numBatches', 'relaxChecks', 'maxClassifiers', 'signal']);
  const samples = wholeNumber('numSamples', numSamples, MOST_CANDIDATES);
  const batches = wholeNumber('numBatches', options.numBatches ?? 0, MOST_CANDIDATES);
  const count = wholeNumber('numSamples + numBatches * M', samples + batches * batchesOfStudy, MOST_CANDIDATES);
  const classifiers = wholeNumber('maxClassifiers', options.maxClassifiers ?? cascadeSize, { min: 0 });
  if (classifiers > cascadeSize) {
    throw new ShacRangeError(
      'ERR_INVALID_ARGUMENT',
      `maxClassifiers is ${classifiers}, but the cascade has ${cascadeSize} classifiers`,
    );
  }
  return {
    count,
    classifiers,
    relaxChecks: relaxing(options.relaxChecks, sampler),
    signal: abortSignal('signal', options.signal),
  };
}
