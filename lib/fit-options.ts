import type { CallbackMethods } from './callbacks/callback.js';
import { ShacTypeError, show } from './errors.js';
import { abortSignal, finiteNumber, flag, knownOptions, oneOf, wholeNumber } from './validate.js';

/** What `fit` and `fitDataset` share. */
export interface RunOptions {
  /** Take any classifier that tells its own points apart, without the cross-validation check. Default false. */
  skipCvChecks?: boolean;
  /** Stop when a stage gives no classifier. Default false. */
  earlyStop?: boolean;
  callbacks?: readonly CallbackMethods[];
  /** Stops the run. Every finished result is kept, and `fit` can go on afterwards. */
  signal?: AbortSignal;
}

export interface FitOptions extends RunOptions {
  /** Each time 2^k draws found no candidate, let one more of the k classifiers reject. Default false. */
  relaxChecks?: boolean;
  /** Milliseconds after which an evaluation fails. Default: never. */
  timeoutMs?: number;
  /** Further tries for an evaluation that failed. Default 0. */
  retries?: number;
  /** `'continue'` (default): a failed trial counts as not good. `'stop'`: the first failed trial ends the run. */
  onFailure?: 'continue' | 'stop';
}

export interface DatasetOptions extends RunOptions {
  /** Learn from the worst rows first, so that the classifiers get stricter. Default true. */
  presort?: boolean;
}

export interface ResolvedRunOptions {
  skipCvChecks: boolean;
  earlyStop: boolean;
  callbacks: readonly CallbackMethods[];
  signal: AbortSignal | undefined;
}

export interface ResolvedFitOptions extends ResolvedRunOptions {
  relaxChecks: boolean;
  timeoutMs: number;
  retries: number;
  onFailure: 'continue' | 'stop';
}

const RUN_OPTIONS = [
  'skipCvChecks',
  'earlyStop',
  'callbacks',
  'signal',
] as const satisfies readonly (keyof RunOptions)[];
const FIT_OPTIONS = [...RUN_OPTIONS, 'relaxChecks', 'timeoutMs', 'retries', 'onFailure'] as const;
const DATASET_OPTIONS = [...RUN_OPTIONS, 'presort'] as const;

function runOptions(options: Record<string, unknown>): ResolvedRunOptions {
  const callbacks: unknown = options.callbacks ?? [];
  if (!Array.isArray(callbacks) || callbacks.some((item) => typeof item !== 'object' || item === null)) {
    throw new ShacTypeError('ERR_INVALID_ARGUMENT', `callbacks must be an array of objects, got ${show(callbacks)}`);
  }
  return {
    skipCvChecks: flag('skipCvChecks', options.skipCvChecks),
    earlyStop: flag('earlyStop', options.earlyStop),
    callbacks,
    signal: abortSignal('signal', options.signal),
  };
}

export function resolveFitOptions(value: unknown): ResolvedFitOptions {
  const options = knownOptions('fit', value, FIT_OPTIONS);
  const { timeoutMs = 0, retries = 0, onFailure = 'continue' } = options;
  return {
    ...runOptions(options),
    relaxChecks: flag('relaxChecks', options.relaxChecks),
    // The longest time that a timer of Node can wait.
    timeoutMs: finiteNumber('timeoutMs', timeoutMs, { min: 0, max: 2 ** 31 - 1 }),
    retries: wholeNumber('retries', retries, { min: 0, max: 1000 }),
    onFailure: oneOf('onFailure', onFailure, ['continue', 'stop']),
  };
}

export function resolveDatasetOptions(value: unknown): ResolvedRunOptions & { presort: boolean } {
  const options = knownOptions('fitDataset', value, DATASET_OPTIONS);
  return { ...runOptions(options), presort: flag('presort', options.presort ?? true) };
}
