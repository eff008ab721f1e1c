import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { FRAMEWORKS, type Framework } from '../dispatch/dispatch-run.js';
import type { KerasSession, TensorflowSession } from '../dispatch/managed/session.js';
import { STUDY } from '../dispatch/objective/module.js';
import type { PythonSpec } from '../dispatch/python/python.js';
import { isObjectiveSource, type ObjectiveSource } from '../dispatch/registry.js';
import { ShacError, ShacTypeError, show } from '../errors.js';
import {
  type CheckedSpace,
  type ParamsOf,
  type PartialParamsOf,
  SearchSpace,
  type SpaceDefinition,
} from '../space/index.js';
import { knownOptions, oneOf } from '../validate.js';
import { FIT_OPTION_NAMES, type FitOptions, resolveFitOptions } from './call-options.js';
import { initialParams } from './given-params.js';
import { ENGINES, type ManagedSource, resolveManaged, type TensorOptions } from './managed.js';
import { OPTION_NAMES, resolveOptions, type ShacOptions } from './options.js';
import type { SHAC } from './shac.js';

/** Callbacks and the signal belong to a run; a study has the other options of `fit`. */
const FIT_NAMES = FIT_OPTION_NAMES.filter((name) => name !== 'callbacks' && name !== 'signal');

/** What an engine evaluates. */
export type EvaluateOf<E extends Framework | undefined, P> = E extends 'tensorflow'
  ? ManagedSource<TensorflowSession, P>
  : E extends 'keras'
    ? ManagedSource<KerasSession, P>
    : E extends 'torch'
      ? PythonSpec
      : ObjectiveSource<P>;

/** An option that there is only with an engine. */
type EngineOption<E, O, K extends keyof O> = E extends Framework ? O[K] : never;

/** A search in one value: what to search, how long, and what to evaluate. */
export interface StudyDefinition<D extends SpaceDefinition, E extends Framework | undefined = undefined>
  extends ShacOptions<D>,
    Omit<FitOptions, 'callbacks' | 'signal'> {
  space: CheckedSpace<D>;
  /**
   * The framework that the objective uses: `'tensorflow'` searches with `TensorflowSHAC`, `'keras'` with `KerasSHAC`,
   * `'torch'` with `TorchSHAC`. Only with one, there are their options: `maxGpuEvaluators`, `maxCpuEvaluators`, `backend`.
   */
  engine?: E;
  maxGpuEvaluators?: EngineOption<E, TensorOptions, 'maxGpuEvaluators'>;
  maxCpuEvaluators?: EngineOption<E, TensorOptions, 'maxCpuEvaluators'>;
  backend?: E extends 'torch' ? never : EngineOption<E, TensorOptions, 'backend'>;
  /** Params, or some of them, that a study begins with: see {@link ShacOptions.initial}. */
  initial?: readonly PartialParamsOf<D>[];
  /** The function to optimise, or whatever else `fit` of the engine takes. */
  evaluate: EvaluateOf<E, ParamsOf<D>>;
  /**
   * What `shac run` calls once the search is over, after its own summary: to print more of what was found, or to
   * compare it with something else. Not called after an interruption, nor with `--json`.
   */
  report?: (search: SHAC<D>) => void | Promise<void>;
}

/** A checked definition: what a study file exports by default. */
export interface Study<D extends SpaceDefinition, E extends Framework | undefined = undefined> {
  readonly space: D;
  readonly engine?: E;
  readonly options: ShacOptions<D> & TensorOptions;
  readonly fitOptions: FitOptions;
  readonly evaluate: EvaluateOf<E, ParamsOf<D>>;
  readonly report?: (search: SHAC<D>) => void | Promise<void>;
}

/**
 * Defines the search of a study file: `export default defineStudy({ … })`. The CLI runs it; so does
 * `new SHAC(study.space, study.options).fit(study.evaluate, study.fitOptions)`, or the same with the class of its engine.
 *
 * @throws a typed error for a space, a budget or an option that is not as documented.
 */
export function defineStudy<const D extends SpaceDefinition, const E extends Framework | undefined = undefined>(
  definition: StudyDefinition<D, E>,
): Study<D, E> {
  const { engine } = Object(definition) as StudyDefinition<D, E>;
  const kind = engine === undefined ? undefined : ENGINES[oneOf('engine', engine as Framework, FRAMEWORKS)];
  const optionNames = [...OPTION_NAMES, ...(kind?.names ?? [])];
  const names = ['space', 'engine', 'evaluate', 'report', ...optionNames, ...FIT_NAMES];
  const given = knownOptions('defineStudy', definition, names);
  const { space, evaluate, report } = definition;
  if (!isObjectiveSource(evaluate)) {
    throw new ShacTypeError(
      'ERR_INVALID_STUDY',
      `evaluate must be a function of the params, or whatever else fit takes (a module, command, python), got ${show(evaluate)}`,
    );
  }
  if (report !== undefined && typeof report !== 'function') {
    throw new ShacTypeError('ERR_INVALID_STUDY', `report must be a function of the search, got ${show(report)}`);
  }
  const searched = new SearchSpace<D>(space); // checked here, where the stack names the study file
  const pick = (keys: readonly string[]) =>
    Object.fromEntries(keys.filter((key) => given[key] !== undefined).map((key) => [key, given[key]]));
  const options = pick(optionNames) as unknown as ShacOptions<D>;
  const fitOptions = pick(FIT_NAMES) as FitOptions;
  const resolved = resolveOptions(kind === undefined ? options : resolveManaged(kind, options).search);
  initialParams(searched, resolved);
  resolveFitOptions(fitOptions, resolved.sampler);
  return Object.freeze({
    [STUDY]: true,
    space,
    options,
    fitOptions,
    evaluate,
    ...(engine && { engine }),
    ...(report && { report }),
  });
}

/**
 * Loads a study file: JavaScript, or TypeScript without a build step. Its `import … from 'shac'` gives this very copy of
 * the package, wherever the file is.
 *
 * @throws ERR_INVALID_STUDY when the file is not there, cannot be loaded, or does not export a study by default.
 */
export async function loadStudy(file: string): Promise<Study<SpaceDefinition, Framework | undefined>> {
  const path = resolve(file);
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) {
    throw new ShacError('ERR_INVALID_STUDY', `there is no study file ${path}`);
  }
  const { importFailure, importWithPackage } = await import('../dispatch/objective/import.js');
  let loaded: Record<string, unknown>;
  try {
    loaded = await importWithPackage(path);
  } catch (cause) {
    const message = `the study file ${path} cannot be loaded: ${importFailure(cause, path)}`;
    throw new ShacError('ERR_INVALID_STUDY', message, { cause });
  }
  const study = loaded.default;
  if (typeof study !== 'object' || study === null || !(STUDY in study)) {
    throw new ShacTypeError(
      'ERR_INVALID_STUDY',
      `the default export of ${path} is ${show(study)}, not a study; write: export default defineStudy({ … })`,
    );
  }
  return study as unknown as Study<SpaceDefinition, Framework | undefined>;
}
