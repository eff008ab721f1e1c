import { ShacRangeError, ShacTypeError, show } from '../errors.js';
import {
  type Check,
  finiteNumber,
  type OptionTable,
  oneOf,
  type Resolved,
  readOptions,
  wholeNumber,
} from '../validate.js';

/**
 * Variants of the algorithm: each is a set of values for the options of {@link PresetOptions}.
 *
 * - `'default'`: every classifier learns from all results so far, none may reject the best of them, and the end of the
 *   budget is spent near the best candidate. Small budgets: up to 10 trials, and one batch of any size, are drawn from
 *   the whole space.
 * - `'paper'`: the algorithm of Kumar et al. (2018) as PySHAC implements it.
 */
export type Preset = 'default' | 'paper';

export const PRESETS = ['default', 'paper'] as const satisfies readonly Preset[];

/** XGBoost's parameters of the classifiers. What is left out is as in the preset. */
export interface ClassifierOptions {
  /** Boosting rounds, that is trees. Default 50, in the paper's preset 200. */
  rounds?: number;
  /** Largest depth of a tree, 1 to 12. Default 3. */
  maxDepth?: number;
  /** Learning rate, in (0, 1]. Default 0.3, in the paper's preset 0.1. */
  eta?: number;
  /** L2 regularisation of the leaves. Default 0.1, in the paper's preset 1. */
  lambda?: number;
  /** Least sum of hessians in a leaf. Default 0.3, in the paper's preset 1. */
  minChildWeight?: number;
  /** Share of the rows that each tree sees, in (0, 1]. Default 1. */
  subsample?: number;
}

/** What a preset decides; each can be given with any preset. */
export interface PresetOptions {
  /** Default `'default'`. */
  preset?: Preset;
  classifier?: ClassifierOptions;
  /**
   * What a classifier is trained on: `'all'` (default) results so far, or the results of its own `'stage'` (the paper's
   * preset), the Tc trials since the one before. Either way, those that are better than the median of its stage are the
   * good ones. Also decides the sizes of the budget, see {@link Budget}.
   */
  data?: 'stage' | 'all';
  /**
   * A classifier is refused when it would reject one of so many best trials so far, of those that it should accept: the
   * search cannot lose the best region. 0 to 100; 0 accepts any classifier. Default 3, in the paper's preset 0.
   */
  elite?: number;
  /**
   * How much a result counts in the training of a later stage's classifier: `recency` to the power of the number of
   * stages between. In (0, 1], 1: all results alike. Other values need `data: 'all'`. Default 1.
   */
  recency?: number;
  /**
   * The share of the budget, at its end, that is spent near the best candidates so far instead of in all of the region
   * that the classifiers accept: `fraction`, in (0, 1), rounded down to whole batches. At least two batches, and as many
   * trials as a classifier is trained on, come before; classifiers are trained on those before alone. `false`: none.
   * Default `{ fraction: 0.7 }`, in the paper's preset `false`.
   */
  local?: false | { fraction?: number };
}

/** The same, checked and complete. */
export interface ResolvedPreset {
  readonly preset: Preset;
  readonly classifier: Readonly<Required<ClassifierOptions>>;
  readonly data: 'stage' | 'all';
  readonly elite: number;
  readonly recency: number;
  readonly local: { readonly fraction: number } | false;
}

const LOCAL = { fraction: 0.7 };

/** What a preset says of everything. */
export const PRESET_VALUES: Readonly<Record<Preset, Omit<ResolvedPreset, 'preset'>>> = {
  default: {
    classifier: { rounds: 50, maxDepth: 3, eta: 0.3, lambda: 0.1, minChildWeight: 0.3, subsample: 1 },
    data: 'all',
    elite: 3,
    recency: 1,
    local: LOCAL,
  },
  paper: {
    classifier: { rounds: 200, maxDepth: 3, eta: 0.1, lambda: 1, minChildWeight: 1, subsample: 1 },
    data: 'stage',
    elite: 0,
    recency: 1,
    local: false,
  },
};

/** The check of an option that the preset decides when it is left out: it is undefined then. */
function orPreset<T>(check: Check<T>): Check<T | undefined> {
  return (name, value) => (value === undefined || value === null ? undefined : check(name, value));
}

const CLASSIFIER_OPTIONS = {
  rounds: orPreset((name, value) => wholeNumber(name, value, { min: 1, max: 10_000 })),
  maxDepth: orPreset((name, value) => wholeNumber(name, value, { min: 1, max: 12 })),
  eta: orPreset((name, value) => finiteNumber(name, value, { min: 1e-6, max: 1 })),
  lambda: orPreset((name, value) => finiteNumber(name, value, { min: 0, max: 1e9 })),
  minChildWeight: orPreset((name, value) => finiteNumber(name, value, { min: 0, max: 1e9 })),
  subsample: orPreset((name, value) => finiteNumber(name, value, { min: 1e-3, max: 1 })),
} satisfies OptionTable<ClassifierOptions>;

const LOCAL_OPTIONS = {
  fraction: (name, value = LOCAL.fraction) => finiteNumber(name, value, { min: 1e-6, max: 1 - 1e-6 }),
} satisfies OptionTable<Exclude<PresetOptions['local'], false | undefined>>;

/** The options that a preset decides. */
export const PRESET_OPTIONS = {
  preset: (name, value) => oneOf(name, value ?? 'default', PRESETS),
  classifier: (name, value) => readOptions(name, value, CLASSIFIER_OPTIONS, `${name}.`),
  data: orPreset((name, value) => oneOf(name, value, ['stage', 'all'])),
  elite: orPreset((name, value) => wholeNumber(name, value, { min: 0, max: 100 })),
  recency: orPreset((name, value) => finiteNumber(name, value, { min: 1e-6, max: 1 })),
  local: orPreset((name, value): ResolvedPreset['local'] => {
    if (value === false) return false;
    if (typeof value === 'object') return readOptions(name, value, LOCAL_OPTIONS, `${name}.`);
    throw new ShacTypeError('ERR_INVALID_ARGUMENT', `${name} must be false or { fraction }, got ${show(value)}`);
  }),
} satisfies OptionTable<PresetOptions>;

/** @throws ERR_INVALID_ARGUMENT for a recency that the data does not go with. */
export function resolvePreset({ preset, classifier, ...given }: Resolved<typeof PRESET_OPTIONS>): ResolvedPreset {
  const { classifier: classifierValues, ...values } = PRESET_VALUES[preset];
  const resolved = { preset, classifier: filled(classifier, classifierValues), ...filled(given, values) };
  const { data, recency } = resolved;
  if (data === 'stage' && recency !== 1) {
    throw new ShacRangeError(
      'ERR_INVALID_ARGUMENT',
      `recency ${recency} needs data "all", got "stage", whose results are all of the same age; leave recency out`,
    );
  }
  return resolved;
}

/** `values`, and in their place what was given. */
function filled<T extends object>(given: { [K in keyof T]: T[K] | undefined }, values: T): T {
  const both = { ...values };
  for (const key of Object.keys(values) as (keyof T)[]) both[key] = given[key] ?? values[key];
  return both;
}
