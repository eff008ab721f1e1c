import { randomInt } from 'node:crypto';
import { ShacRangeError, ShacTypeError, show } from './errors.js';
import { resolveSampler, type Sampler, type SamplerOption } from './sampler.js';
import { sqlite } from './storage/sqlite/sqlite-storage.js';
import type { Storage } from './storage/storage.js';
import { finiteNumber, knownOptions, oneOf, text, wholeNumber } from './validate.js';

/** Whether larger or smaller values are better. */
export type Direction = 'max' | 'min';

/** Variants of the algorithm. `'paper'` is that of Kumar et al. (2018) as PySHAC implements it. */
export type Preset = 'paper';

/** XGBoost's parameters of the classifiers; the defaults are PySHAC's. */
export interface ClassifierOptions {
  /** Boosting rounds, that is trees. Default 200. */
  rounds?: number;
  /** Largest depth of a tree, 1 to 12. Default 3. */
  maxDepth?: number;
  /** Learning rate, in (0, 1]. Default 0.1. */
  eta?: number;
  /** L2 regularisation of the leaves. Default 1. */
  lambda?: number;
  /** Least sum of hessians in a leaf. Default 1. */
  minChildWeight?: number;
  /** Share of the rows that each tree sees, in (0, 1]. Default 1. */
  subsample?: number;
}

export interface ShacOptions {
  /** N: how many trials the search evaluates. Divisible by `numBatches`. */
  totalBudget: number;
  /** M: in how many batches. */
  numBatches: number;
  /** `'max'` (default) looks for the largest value, `'min'` for the smallest. */
  objective?: Direction;
  /** Most classifiers that are ever trained. Default 18, as in the paper. */
  maxClassifiers?: number;
  /** A whole number in [0, 2^53). The same seed gives the same trials. Default: drawn at random, and kept. */
  seed?: number | null;
  preset?: Preset;
  classifier?: ClassifierOptions;
  /**
   * Memory, in MiB, that a call may use for the sampler's partition of the space: boxes that rule out what no classifier
   * accepts, so that drawing takes fewer draws. A whole number; 0 draws by plain rejection, without a partition. The
   * distribution of the candidates is the same for any value, but which of them are drawn may differ: a study goes on
   * only with the value that it began with. Default 64.
   */
  samplerMemory?: number;
  /** How candidates are drawn: `'exact'` (default), or `'smc'`, which is approximate. */
  sampler?: SamplerOption;
  /**
   * Where the study is kept: the path of an SQLite file (or of a directory, for the file `shac.db` in it), or what
   * `sqlite` or `memory` gives. A study of this name that is there already goes on; each result is there before it is
   * used. Default: it is not kept.
   */
  storage?: string | Storage;
  /** The study's name in its storage, and in messages. Default `'shac'`. */
  studyName?: string;
}

/** The sizes that follow from a budget. */
export interface Budget {
  /** N, trials in all. */
  readonly totalBudget: number;
  /** M, batches. */
  readonly numBatches: number;
  /** W = N / M, trials a batch. */
  readonly batchSize: number;
  /** K = min(max(M - 1, 1), maxClassifiers). */
  readonly totalClassifiers: number;
  /** Tc = W * floor(N / (W * (K + 1))), trials that each classifier is trained on; 0 when M = 1. */
  readonly pointsPerClassifier: number;
}

export interface ResolvedOptions {
  readonly budget: Budget;
  readonly objective: Direction;
  readonly seed: number;
  readonly preset: Preset;
  readonly classifier: Readonly<Required<ClassifierOptions>>;
  /** MiB. */
  readonly samplerMemory: number;
  readonly sampler: Sampler;
  readonly storage: Storage | undefined;
  readonly studyName: string;
}

/** MiB of `samplerMemory` unless the user says otherwise. */
export const SAMPLER_MEMORY = 64;

/** The budget's sizes, as PySHAC computes them. */
export function planBudget(totalBudget: unknown, numBatches: unknown, maxClassifiers: unknown = 18): Budget {
  const n = wholeNumber('totalBudget', totalBudget, { min: 1, code: 'ERR_INVALID_BUDGET' });
  const m = wholeNumber('numBatches', numBatches, { min: 1, code: 'ERR_INVALID_BUDGET' });
  const most = wholeNumber('maxClassifiers', maxClassifiers, { min: 1, max: 1000 });
  if (n % m !== 0) {
    const next = Math.ceil(n / m) * m;
    throw new ShacRangeError(
      'ERR_INVALID_BUDGET',
      `totalBudget ${n} is not divisible by numBatches ${m}; ${next} would be, or another number of batches`,
    );
  }
  const batchSize = n / m;
  const totalClassifiers = Math.min(Math.max(m - 1, 1), most);
  const pointsPerClassifier = batchSize * Math.floor(n / (batchSize * (totalClassifiers + 1)));
  return { totalBudget: n, numBatches: m, batchSize, totalClassifiers, pointsPerClassifier };
}

/** A seed as given, or a random one for null or undefined. */
export function resolveSeed(seed: unknown): number {
  if (seed === undefined || seed === null) return randomInt(2 ** 48 - 1);
  return wholeNumber('seed', seed, { min: 0 });
}

function resolveClassifier(value: unknown): Required<ClassifierOptions> {
  const name = 'classifier';
  const options = knownOptions(name, value, ['rounds', 'maxDepth', 'eta', 'lambda', 'minChildWeight', 'subsample']);
  const { rounds = 200, maxDepth = 3, eta = 0.1, lambda = 1, minChildWeight = 1, subsample = 1 } = options;
  return {
    rounds: wholeNumber(`${name}.rounds`, rounds, { min: 1, max: 10_000 }),
    maxDepth: wholeNumber(`${name}.maxDepth`, maxDepth, { min: 1, max: 12 }),
    eta: finiteNumber(`${name}.eta`, eta, { min: 1e-6, max: 1 }),
    lambda: finiteNumber(`${name}.lambda`, lambda, { min: 0, max: 1e9 }),
    minChildWeight: finiteNumber(`${name}.minChildWeight`, minChildWeight, { min: 0, max: 1e9 }),
    subsample: finiteNumber(`${name}.subsample`, subsample, { min: 1e-3, max: 1 }),
  };
}

function resolveStorage(value: unknown): Storage | undefined {
  if (value === undefined || typeof value === 'string') return value === undefined ? undefined : sqlite(value);
  if (typeof (value as Partial<Storage> | null)?.openStudy === 'function') return value as Storage;
  throw new ShacTypeError(
    'ERR_INVALID_ARGUMENT',
    `storage must be the path of an SQLite file, or what sqlite or memory gives, got ${show(value)}`,
  );
}

/** The names of the options of `new SHAC`. */
export const OPTION_NAMES = [
  'totalBudget',
  'numBatches',
  'objective',
  'maxClassifiers',
  'seed',
  'preset',
  'classifier',
  'samplerMemory',
  'sampler',
  'storage',
  'studyName',
] as const satisfies readonly (keyof ShacOptions)[];

/** @throws a typed error for every option that is unknown or out of range. */
export function resolveOptions(value: unknown): ResolvedOptions {
  const options = knownOptions('new SHAC', value, OPTION_NAMES);
  return {
    budget: planBudget(options.totalBudget, options.numBatches, options.maxClassifiers),
    objective: oneOf('objective', options.objective ?? 'max', ['max', 'min']),
    seed: resolveSeed(options.seed),
    preset: oneOf('preset', options.preset ?? 'paper', ['paper']),
    classifier: resolveClassifier(options.classifier),
    samplerMemory: wholeNumber('samplerMemory (MiB)', options.samplerMemory ?? SAMPLER_MEMORY, {
      min: 0,
      max: 2 ** 20,
    }),
    sampler: resolveSampler(options.sampler),
    storage: resolveStorage(options.storage),
    studyName: text('studyName', options.studyName ?? 'shac'),
  };
}
