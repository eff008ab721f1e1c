import { withAbort } from './abort.js';
import { addon, type NativeBoosterParams, type NativeTrainResult } from './addon.js';
import type { Cascade } from './cascade.js';
import { noteCompiled } from './compiled.js';

/** PySHAC gives up on a classifier after its first try and 11 more. */
export const MAX_ATTEMPTS = 12;
const FOLDS = 5;

export interface TrainingSet {
  /** rows x columns. */
  codes: Uint16Array;
  columns: number;
  /** One a row, 0 or 1. */
  labels: Uint8Array;
  /** One a row, how much it counts; undefined when all rows count alike. */
  weights?: Float32Array | undefined;
  /** Further rows of codes, each of which the classifier has to accept. */
  elite?: Uint16Array | undefined;
}

export interface TrainOptions {
  params: Omit<NativeBoosterParams, 'seed'>;
  /** Whose next classifier it is to be. */
  cascade: Cascade;
  /** Leave out cross-validation: any classifier that accepts some of its points and rejects others will do. */
  skipCvChecks: boolean;
  /** A whole number in [0, 2^53), and the classifier's number: together they decide which rows share a fold. */
  seed: number;
  index: number;
  threads: number;
  signal?: AbortSignal | undefined;
}

/** Why no classifier came of a stage. */
export type Rejection = 'one-class' | NonNullable<NativeTrainResult['rejected']>;

export type TrainingOutcome =
  | {
      readonly model: Uint8Array;
      readonly cvAccuracy: number | null;
      readonly acceptance: number;
      readonly attempts: number;
    }
  | { readonly rejected: Rejection; readonly attempts: number };

/**
 * Trains the classifier of one stage as PySHAC does: a classifier whose mean accuracy over stratified five-fold
 * cross-validation is below one half, or that predicts one class for all its own points, is refused and tried again
 * with another seed, 12 times at the most. So is one that rejects one of the elite.
 */
export async function trainClassifier(set: TrainingSet, options: TrainOptions): Promise<TrainingOutcome> {
  const { params, cascade, skipCvChecks, seed, index, threads, signal } = options;
  // With one label only, every classifier predicts that class.
  if (new Set(set.labels).size < 2) return { rejected: 'one-class', attempts: 0 };
  const folds = skipCvChecks ? 0 : Math.min(FOLDS, set.labels.length);
  const shuffleSeed = (BigInt(index + 1) << 53n) | BigInt(seed);
  const request = { ...set, cascade: cascade.handle, params: { ...params, seed: 0 }, folds, attempts: MAX_ATTEMPTS };
  const trained = await withAbort(signal, (token) => addon.train({ ...request, shuffleSeed, threads }, token));
  const { model, classifier, acceptance, cvAccuracy, attempts, rejected } = trained;
  if (rejected !== null) return { rejected, attempts };
  noteCompiled(model, classifier);
  return { model, cvAccuracy, acceptance: acceptance as number, attempts };
}
