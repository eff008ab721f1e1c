import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createJiti } from 'jiti';
import type { FitOptions } from './call-options.js';
import { ShacError, ShacTypeError, show } from './errors.js';
import type { Objective } from './evaluators/evaluator.js';
import { resolveOptions, type ShacOptions } from './options.js';
import { type ParamsOf, SearchSpace, type SpaceDefinition } from './space/index.js';
import { knownOptions } from './validate.js';

/** Registered globally, so that a study made by another copy of the package is known as one. */
const STUDY = Symbol.for('shac.study');

const FIT_KEYS = ['skipCvChecks', 'earlyStop', 'relaxChecks', 'timeoutMs', 'retries', 'onFailure'] as const;
const OPTION_KEYS = [
  'totalBudget',
  'numBatches',
  'objective',
  'maxClassifiers',
  'seed',
  'preset',
  'classifier',
  'storage',
  'studyName',
] as const satisfies readonly (keyof ShacOptions)[];

/** A search in one value: what to search, how long, and what to evaluate. */
export interface StudyDefinition<D extends SpaceDefinition>
  extends ShacOptions,
    Pick<FitOptions, (typeof FIT_KEYS)[number]> {
  space: D;
  /** The function to optimise. */
  evaluate: Objective<ParamsOf<D>>;
}

/** A checked definition: what a study file exports by default. */
export interface Study<D extends SpaceDefinition> {
  readonly space: D;
  readonly options: ShacOptions;
  readonly fitOptions: FitOptions;
  readonly evaluate: Objective<ParamsOf<D>>;
}

/**
 * Defines the search of a study file: `export default defineStudy({ … })`. The CLI runs it; so does
 * `new SHAC(study.space, study.options).fit(study.evaluate, study.fitOptions)`.
 *
 * @throws a typed error for a space, a budget or an option that is not as documented.
 */
export function defineStudy<const D extends SpaceDefinition>(definition: StudyDefinition<D>): Study<D> {
  const given = knownOptions('defineStudy', definition, ['space', 'evaluate', ...OPTION_KEYS, ...FIT_KEYS]);
  const { space, evaluate } = definition;
  if (typeof evaluate !== 'function') {
    throw new ShacTypeError('ERR_INVALID_STUDY', `evaluate must be a function of the params, got ${show(evaluate)}`);
  }
  new SearchSpace(space); // checked here, where the stack names the study file
  const pick = (keys: readonly string[]) =>
    Object.fromEntries(keys.filter((key) => given[key] !== undefined).map((key) => [key, given[key]]));
  const options = pick(OPTION_KEYS) as unknown as ShacOptions;
  resolveOptions(options);
  return Object.freeze({ [STUDY]: true, space, options, fitOptions: pick(FIT_KEYS) as FitOptions, evaluate });
}

/**
 * Loads a study file: JavaScript, or TypeScript without a build step.
 *
 * @throws ERR_INVALID_STUDY when the file is not there, cannot be loaded, or does not export a study by default.
 */
export async function loadStudy(file: string): Promise<Study<SpaceDefinition>> {
  const path = resolve(file);
  if (!existsSync(path)) throw new ShacError('ERR_INVALID_STUDY', `there is no study file ${path}`);
  let loaded: { default?: unknown };
  try {
    loaded = await createJiti(import.meta.url, { tryNative: false }).import(pathToFileURL(path).href);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ShacError('ERR_INVALID_STUDY', `the study file ${path} cannot be loaded: ${reason}`, { cause });
  }
  const study = loaded.default;
  if (typeof study !== 'object' || study === null || !(STUDY in study)) {
    throw new ShacTypeError(
      'ERR_INVALID_STUDY',
      `the default export of ${path} is ${show(study)}, not a study; write: export default defineStudy({ … })`,
    );
  }
  return study as unknown as Study<SpaceDefinition>;
}
