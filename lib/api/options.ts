import { randomInt } from 'node:crypto';
import { ShacTypeError, show } from '../errors.js';
import { resolveSampler, SAMPLER_MEMORY, type SamplerOption } from '../native/sampler.js';
import { sqlite } from '../store/sqlite/sqlite-storage.js';
import type { Store } from '../store/store.js';
import { planBudget } from '../study/budget.js';
import type { Direction } from '../study/direction.js';
import { PRESET_OPTION_NAMES, type PresetOptions, resolvePreset } from '../study/presets.js';
import type { StudySettings } from '../study/settings.js';
import { knownOptions, oneOf, text, wholeNumber } from '../validate.js';

export interface ShacOptions extends PresetOptions {
  /** N: how many trials the search evaluates. Divisible by `numBatches`. */
  totalBudget: number;
  /** M: in how many batches. */
  numBatches: number;
  /** `'max'` (default) looks for the largest value, `'min'` for the smallest. */
  objective?: Direction;
  /** Most classifiers that are ever trained, 1 to 1000. Default 18, as in the paper. */
  maxClassifiers?: number;
  /** A whole number in [0, 2^53). The same seed gives the same trials. Default: drawn at random, and kept. */
  seed?: number | null;
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
   * `sqlite` or `memory` gives, or a {@link Store} of your own; one that answers by promises needs `SHAC.open`. A study of this name that is there already goes on; each result is there before it is
   * used. Default: it is not kept.
   */
  storage?: string | Store;
  /** The study's name in its storage, and in messages. Default `'shac'`. */
  studyName?: string;
}

export interface ResolvedOptions extends StudySettings {
  readonly storage: Store | undefined;
}

/** A seed as given, or a random one for null or undefined. */
export function resolveSeed(seed: unknown): number {
  if (seed === undefined || seed === null) return randomInt(2 ** 48 - 1);
  return wholeNumber('seed', seed, { min: 0 });
}

function resolveStorage(value: unknown): Store | undefined {
  if (value === undefined || typeof value === 'string') return value === undefined ? undefined : sqlite(value);
  if (typeof (value as Partial<Store> | null)?.openStudy === 'function') return value as Store;
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
  ...PRESET_OPTION_NAMES,
  'samplerMemory',
  'sampler',
  'storage',
  'studyName',
] as const satisfies readonly (keyof ShacOptions)[];

/** @throws a typed error for every option that is unknown or out of range. */
export function resolveOptions(value: unknown): ResolvedOptions {
  const options = knownOptions('new SHAC', value, OPTION_NAMES);
  const preset = resolvePreset(options);
  return {
    ...preset,
    ...planBudget(options, preset),
    direction: oneOf('objective', options.objective ?? 'max', ['max', 'min']),
    seed: resolveSeed(options.seed),
    samplerMemory: wholeNumber('samplerMemory (MiB)', options.samplerMemory ?? SAMPLER_MEMORY, {
      min: 0,
      max: 2 ** 20,
    }),
    sampler: resolveSampler(options.sampler),
    storage: resolveStorage(options.storage),
    studyName: text('studyName', options.studyName ?? 'shac'),
  };
}
