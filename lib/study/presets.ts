import { ShacRangeError, ShacTypeError, show } from '../errors.js';
import { finiteNumber, knownOptions, oneOf, wholeNumber } from '../validate.js';

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

/** The names of the options that a preset decides. */
export const PRESET_OPTION_NAMES = [
  'preset',
  'classifier',
  'data',
  'elite',
  'recency',
  'local',
] as const satisfies readonly (keyof PresetOptions)[];

/** @throws a typed error for every value that is out of range. */
export function resolvePreset(options: Record<string, unknown>): ResolvedPreset {
  const preset = oneOf('preset', (options.preset ?? 'default') as Preset, PRESETS);
  const values = PRESET_VALUES[preset];
  const data = oneOf('data', (options.data ?? values.data) as 'stage' | 'all', ['stage', 'all']);
  const recency = finiteNumber('recency', options.recency ?? values.recency, { min: 1e-6, max: 1 });
  if (data === 'stage' && recency !== 1) {
    throw new ShacRangeError(
      'ERR_INVALID_ARGUMENT',
      `recency ${recency} needs data "all", got "stage", whose results are all of the same age; leave recency out`,
    );
  }
  return {
    preset,
    classifier: resolveClassifier(options.classifier, values.classifier),
    data,
    elite: wholeNumber('elite', options.elite ?? values.elite, { min: 0, max: 100 }),
    recency,
    local: resolveLocal(options.local ?? values.local),
  };
}

function resolveClassifier(value: unknown, preset: Required<ClassifierOptions>): Required<ClassifierOptions> {
  const name = 'classifier';
  const given = knownOptions(name, value, Object.keys(preset));
  const of = (key: keyof ClassifierOptions) => given[key] ?? preset[key];
  return {
    rounds: wholeNumber(`${name}.rounds`, of('rounds'), { min: 1, max: 10_000 }),
    maxDepth: wholeNumber(`${name}.maxDepth`, of('maxDepth'), { min: 1, max: 12 }),
    eta: finiteNumber(`${name}.eta`, of('eta'), { min: 1e-6, max: 1 }),
    lambda: finiteNumber(`${name}.lambda`, of('lambda'), { min: 0, max: 1e9 }),
    minChildWeight: finiteNumber(`${name}.minChildWeight`, of('minChildWeight'), { min: 0, max: 1e9 }),
    subsample: finiteNumber(`${name}.subsample`, of('subsample'), { min: 1e-3, max: 1 }),
  };
}

function resolveLocal(value: unknown): ResolvedPreset['local'] {
  if (value === false) return false;
  if (typeof value !== 'object') {
    throw new ShacTypeError('ERR_INVALID_ARGUMENT', `local must be false or { fraction }, got ${show(value)}`);
  }
  const { fraction = LOCAL.fraction } = knownOptions('local', value, ['fraction']);
  return { fraction: finiteNumber('local.fraction', fraction, { min: 1e-6, max: 1 - 1e-6 }) };
}
