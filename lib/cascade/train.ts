import type { ClassifierOptions } from '../options.js';
import { withAbort } from './abort.js';
import { addon, type ClassifierHandle } from './addon.js';

/** PySHAC gives up on a classifier after its first try and 11 more. */
export const MAX_ATTEMPTS = 12;
const FOLDS = 5;
const LEAST_ACCURACY = 0.5;

export interface TrainingSet {
  /** rows x columns. */
  codes: Uint16Array;
  columns: number;
  /** One a row, 0 or 1. */
  labels: Uint8Array;
}

export interface TrainOptions {
  params: Required<ClassifierOptions>;
  /** Leave out cross-validation: any classifier that accepts some of its points and rejects others will do. */
  skipCvChecks: boolean;
  /** A whole number in [0, 2^53), and the classifier's number: together they decide which rows share a fold. */
  seed: number;
  index: number;
  threads: number;
  signal?: AbortSignal | undefined;
}

/** Why no classifier came of a stage. */
export type Rejection = 'one-class' | 'cv-accuracy' | 'constant';

export type TrainingOutcome =
  | {
      readonly model: Uint8Array;
      readonly compiled: ClassifierHandle;
      readonly cvAccuracy: number | null;
      readonly attempts: number;
    }
  | { readonly rejected: Rejection; readonly attempts: number };

/**
 * Trains the classifier of one stage as PySHAC does: a classifier whose mean accuracy over stratified five-fold
 * cross-validation is below one half, or that predicts one class for all its own points, is refused and tried again
 * with another seed, 12 times at the most.
 */
export async function trainClassifier(set: TrainingSet, options: TrainOptions): Promise<TrainingOutcome> {
  const { params, skipCvChecks, seed, index, threads, signal } = options;
  // With one label only, every classifier predicts that class.
  if (new Set(set.labels).size < 2) return { rejected: 'one-class', attempts: 0 };
  const folds = skipCvChecks ? 0 : Math.min(FOLDS, set.labels.length);
  let rejected: Rejection = 'constant';
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const trained = await withAbort(signal, (token) =>
      addon.train(
        {
          ...set,
          params: { ...params, seed: attempt },
          folds,
          shuffleSeed: shuffleKey(seed, index, attempt),
          threads,
        },
        token,
      ),
    );
    const { model, classifier: compiled, cvAccuracy, accepted } = trained;
    if (cvAccuracy !== null && cvAccuracy < LEAST_ACCURACY) rejected = 'cv-accuracy';
    else if (accepted > 0 && accepted < set.labels.length)
      return { model, compiled, cvAccuracy, attempts: attempt + 1 };
    else if (params.subsample === 1)
      return { rejected: 'constant', attempts: attempt + 1 }; // no seed changes the model
    else rejected = 'constant';
  }
  return { rejected, attempts: MAX_ATTEMPTS };
}

function shuffleKey(seed: number, index: number, attempt: number): bigint {
  return BigInt(seed) ^ (BigInt(index * MAX_ATTEMPTS + attempt + 1) << 50n);
}
