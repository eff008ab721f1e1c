import { type Framework, type ManagedRun, TENSOR_BACKENDS, type TensorBackend } from '../dispatch/dispatch-run.js';
import type { EvaluationContext } from '../dispatch/dispatcher.js';
import type { ModuleObjective } from '../dispatch/objective/module.js';
import type { PythonSpec } from '../dispatch/python/python.js';
import type { CheckedSpace, SpaceDefinition } from '../space/index.js';
import { checkOptions, knownOptions, type OptionTable, oneOf, type Resolved, wholeNumber } from '../validate.js';
import { opened } from './opened.js';
import { OPTION_NAMES, type ShacOptions } from './options.js';
import { SHAC } from './shac.js';

/** What a managed engine takes beside the options of a search. */
export interface ManagedOptions {
  /**
   * Evaluators that compute on a GPU, each with a device of its own (`CUDA_VISIBLE_DEVICES`), so many at once; they limit
   * memory, unless `limitMemory` is set to false afterwards. Default 0: devices are hidden, and the CPU computes.
   */
  maxGpuEvaluators?: number;
  /** Evaluators at once when none is on a GPU. Default 1: a framework uses several cores by itself. */
  maxCpuEvaluators?: number;
}

/** What an engine with a JavaScript side takes as well. */
export interface TensorOptions extends ManagedOptions {
  /**
   * What TensorFlow.js computes with. Default: `'node'` when `@tensorflow/tfjs-node` is installed, else `'wasm'` when
   * `@tensorflow/tfjs-backend-wasm` is, else `'cpu'`. Not for objectives in Python.
   */
  backend?: TensorBackend;
}

/**
 * An objective that is called with a session of its framework. A method's type and not a function's: one that names its
 * framework, `(session: TensorflowSession<typeof tf>, …)`, fits where nothing is known of it.
 */
export type ManagedObjective<S, P> = {
  evaluate(session: S, params: P, context: EvaluationContext): number | Promise<number>;
}['evaluate'];

/**
 * What the `fit` of a managed engine evaluates: a module in workers, as a path, a `file:` URL or `{ module, export }`; a
 * function in this thread (`concurrentEvaluators()`); or a Python function.
 */
export type ManagedSource<S, P> = ManagedObjective<S, P> | string | URL | ModuleObjective | PythonSpec;

/** What is known of an engine without making one. */
export interface EngineKind {
  /** The name of its class. */
  readonly engine: string;
  readonly framework: Framework;
  /** The options that it has beside those of a search. */
  readonly names: readonly string[];
}

const MANAGED_OPTIONS = {
  maxGpuEvaluators: (name, value = 0) => wholeNumber(name, value, { min: 0, max: 256 }),
  maxCpuEvaluators: (name, value = 1) => wholeNumber(name, value, { min: 1, max: 256 }),
} satisfies OptionTable<ManagedOptions>;

const TENSOR_OPTIONS = {
  ...MANAGED_OPTIONS,
  backend: (name, value) => (value === undefined ? undefined : oneOf(name, value, TENSOR_BACKENDS)),
} satisfies OptionTable<TensorOptions>;

const MANAGED_NAMES = Object.keys(MANAGED_OPTIONS);
const TENSOR_NAMES = Object.keys(TENSOR_OPTIONS);

export const ENGINES: Readonly<Record<Framework, EngineKind>> = {
  tensorflow: { engine: 'TensorflowSHAC', framework: 'tensorflow', names: TENSOR_NAMES },
  keras: { engine: 'KerasSHAC', framework: 'keras', names: TENSOR_NAMES },
  torch: { engine: 'TorchSHAC', framework: 'torch', names: MANAGED_NAMES },
};

type ResolvedManaged = Resolved<typeof TENSOR_OPTIONS> & { search: ShacOptions };

/**
 * An engine's own options, checked, and those of the search, which are not looked at.
 *
 * @throws a typed error for every option that is unknown, and for each of its own that is out of range.
 */
export function resolveManaged({ engine, names }: EngineKind, options: unknown): ResolvedManaged {
  const known = knownOptions(`new ${engine}`, options, [...OPTION_NAMES, ...names]);
  const search = Object.fromEntries(Object.entries(known).filter(([name]) => !names.includes(name)));
  return { search: search as unknown as ShacOptions, ...checkOptions(known, TENSOR_OPTIONS) };
}

/**
 * An engine's options with which it can be made at once: what its store answers later is there already.
 *
 * @throws as the engine's constructor does.
 */
export async function openedManaged<D extends SpaceDefinition, O extends ShacOptions<D> & TensorOptions>(
  kind: EngineKind,
  space: CheckedSpace<D>,
  options: O,
): Promise<O> {
  return { ...options, ...(await opened<D>(space, resolveManaged(kind, options).search)) };
}

/**
 * A search whose objectives use a deep-learning framework: each evaluation gets a session of its own, the framework's
 * random numbers follow from the search's seed and the trial, and memory is given back after it.
 *
 * Evaluations run in processes unless `parallelEvaluators('threads')` or `concurrentEvaluators()` is called: so many at
 * once as `maxGpuEvaluators` or `maxCpuEvaluators` says, or else `setNumParallelEvaluators`.
 */
export abstract class ManagedSHAC<D extends SpaceDefinition, O> extends SHAC<D, O> {
  readonly maxGpuEvaluators: number;
  readonly maxCpuEvaluators: number;
  readonly #kind: EngineKind;
  readonly #backend: TensorBackend | undefined;

  /** @throws as `new SHAC` does. */
  protected constructor(kind: EngineKind, space: CheckedSpace<D>, options: unknown) {
    const { search, maxGpuEvaluators, maxCpuEvaluators, backend } = resolveManaged(kind, options);
    super(space, search);
    this.#kind = kind;
    this.maxGpuEvaluators = maxGpuEvaluators;
    this.maxCpuEvaluators = maxCpuEvaluators;
    this.#backend = backend;
    this.setNumParallelEvaluators(null);
    this.parallelEvaluators('processes');
    this.limitMemory = maxGpuEvaluators > 0;
  }

  /** @param n 1 to 256, or null for what `maxGpuEvaluators` and `maxCpuEvaluators` say. */
  override setNumParallelEvaluators(n: number | null): void {
    super.setNumParallelEvaluators(n ?? (this.maxGpuEvaluators || this.maxCpuEvaluators));
  }

  protected override get managed(): ManagedRun {
    return {
      framework: this.#kind.framework,
      engine: this.#kind.engine,
      seed: this.seed,
      maxGpuEvaluators: this.maxGpuEvaluators,
      backend: this.#backend,
    };
  }
}
