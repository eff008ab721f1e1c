import { ShacTypeError, show } from '../errors.js';
import { resolveSampler, SAMPLER_MEMORY, type SamplerOption } from '../native/sampler.js';
import type { ParamsOf, SpaceDefinition } from '../space/index.js';
import { sqlite } from '../store/sqlite.js';
import type { Store } from '../store/store.js';
import { planBudget } from '../study/budget.js';
import { type Constraint, resolveConstraints } from '../study/constraints.js';
import type { Direction } from '../study/direction.js';
import { PRESET_OPTIONS, type PresetOptions, resolvePreset } from '../study/presets.js';
import type { StudySettings } from '../study/settings.js';
import { flag, type OptionTable, oneOf, readOptions, text, wholeNumber } from '../validate.js';
import { IF_EXISTS, type IfExists } from './if-exists.js';

export interface ShacOptions<D extends SpaceDefinition = SpaceDefinition> extends PresetOptions {
  /**
   * N: how many trials the search evaluates. Divisible by `numBatches`. Larger than that of the stored study, it goes on
   * after its end, in batches of the same size.
   */
  totalBudget: number;
  /** M: in how many batches. For a stored study that grows, as many as the larger budget takes, or as many as before. */
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
   * Rules that candidates have to satisfy: pure functions of the params, asked before any evaluation, in this thread. Only
   * what all of them admit is evaluated: candidates have the distribution of the space, on condition of the constraints. A
   * stored study goes on with as many as it began with; that they are the same is for you to see. Default none.
   */
  constraints?: readonly Constraint<ParamsOf<D>>[];
  /**
   * Never the same params twice; a space that is used up ends the search: `history.stopReason` is `'space-used-up'`, and
   * `ask` gives no more. Default false: then preset `'default'` repeats no point of a finite space while any is untried.
   */
  distinct?: boolean;
  /**
   * Where the study is kept: the path of an SQLite file (or of a directory, for the file `shac.db` in it), or what
   * `sqlite` or `memory` gives, or a {@link Store} of your own; one that answers by promises needs `SHAC.open`. A study of this name that is there already goes on; each result is there before it is
   * used. Default: it is not kept.
   */
  storage?: string | Store;
  /** The study's name in its storage, and in messages. Default `'shac'`. */
  studyName?: string;
  /**
   * What becomes of a study of this name that its storage has already. `'resume'` (default) goes on with it; `'error'`
   * throws ERR_STUDY_EXISTS; `'new'` begins another one beside it, named `name-2`, `name-3`, …; `'replace'` deletes it,
   * at once and for good, and begins anew.
   */
  ifExists?: IfExists;
  /**
   * Params, or some of them, that a study begins with: they are enqueued when it is made, as `enqueue` does, and not when it
   * goes on. With `distinct`, repeats are an ERR_REPEATED_PARAMS. Default none.
   */
  initial?: readonly Readonly<Record<string, unknown>>[];
}

export interface ResolvedOptions extends StudySettings {
  readonly storage: Store | undefined;
  readonly ifExists: IfExists;
  /** The seed that was asked for; undefined where any would do. */
  readonly seedGiven: number | undefined;
  /** Not checked against the space yet. */
  readonly initial: readonly unknown[];
}

/** A seed as given, or a random one for null or undefined. */
export function resolveSeed(seed: unknown): number {
  if (seed !== undefined && seed !== null) return wholeNumber('seed', seed, { min: 0 });
  const [random] = crypto.getRandomValues(new BigUint64Array(1));
  return Number(BigInt.asUintN(48, random as bigint));
}

function resolveStorage(name: string, value: unknown): Store | undefined {
  if (value === undefined || typeof value === 'string') return value === undefined ? undefined : sqlite(value);
  if (typeof (value as Partial<Store> | null)?.openStudy === 'function') return value as Store;
  throw new ShacTypeError(
    'ERR_INVALID_ARGUMENT',
    `${name} must be the path of an SQLite file, or what sqlite or memory gives, got ${show(value)}`,
  );
}

function resolveInitial(name: string, value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return value;
  throw new ShacTypeError(
    'ERR_INVALID_ARGUMENT',
    `${name} must be an array of params, as in [{ x: 1 }], got ${show(value)}`,
  );
}

const OPTIONS = {
  totalBudget: (name, value) => wholeNumber(name, value, { min: 1, code: 'ERR_INVALID_BUDGET' }),
  numBatches: (name, value) => wholeNumber(name, value, { min: 1, code: 'ERR_INVALID_BUDGET' }),
  objective: (name, value) => oneOf(name, value ?? 'max', ['max', 'min']),
  maxClassifiers: (name, value = 18) => wholeNumber(name, value, { min: 1, max: 1000 }),
  seed: (_name, value) => resolveSeed(value),
  ...PRESET_OPTIONS,
  samplerMemory: (name, value) => wholeNumber(`${name} (MiB)`, value ?? SAMPLER_MEMORY, { min: 0, max: 2 ** 20 }),
  sampler: (_name, value) => resolveSampler(value),
  constraints: resolveConstraints,
  distinct: flag,
  storage: resolveStorage,
  studyName: (name, value) => text(name, value ?? 'shac'),
  ifExists: (name, value) => oneOf(name, value ?? 'resume', IF_EXISTS),
  initial: resolveInitial,
} satisfies OptionTable<ShacOptions>;

/** The names of the options of `new SHAC`. */
export const OPTION_NAMES: readonly string[] = Object.keys(OPTIONS);

/** @throws a typed error for every option that is unknown or out of range. */
export function resolveOptions(value: unknown): ResolvedOptions {
  const options = readOptions('new SHAC', value, OPTIONS);
  const { objective, seed, samplerMemory, sampler, constraints, distinct, storage, studyName, ifExists, initial } =
    options;
  const preset = resolvePreset(options);
  const plan = planBudget(options, preset);
  const seedGiven = (value as ShacOptions).seed ?? undefined;
  const kept = { storage, studyName, ifExists, seedGiven, initial };
  return { ...preset, ...plan, ...kept, direction: objective, seed, samplerMemory, sampler, constraints, distinct };
}
