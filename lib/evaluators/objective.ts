import { ShacTypeError, show } from '../errors.js';
import type { EvaluatorBackend } from './backends.js';
import type { Evaluator, Objective } from './evaluator.js';
import { InlineEvaluator } from './inline.js';
import { isModuleObjective, type ModuleObjective, resolveModule } from './module.js';
import { WorkerEvaluator } from './workers.js';

/**
 * What `fit` evaluates: a function (in this thread), or a module as a path, a `file:` URL or `{ module, export }` (in any
 * backend).
 */
export type ObjectiveSource<P> = Objective<P> | string | URL | ModuleObjective;

export function isObjectiveSource(value: unknown): boolean {
  return typeof value === 'function' || isModuleObjective(value);
}

export interface EvaluatorOptions {
  backend: EvaluatorBackend;
  limitMemory: boolean;
}

/**
 * The evaluator of one run.
 *
 * @throws a typed error, before any work, for an objective that is not as documented or does not fit the backend.
 */
export function createEvaluator<P>(source: unknown, { backend, limitMemory }: EvaluatorOptions): Evaluator<P> {
  if (typeof source === 'function') {
    if (backend === 'inline') return new InlineEvaluator(source as Objective<P>, limitMemory);
    throw new ShacTypeError(
      'ERR_INVALID_OBJECTIVE',
      `a function cannot be sent to ${backend}: move it to a module of its own and pass that, as in ` +
        "fit(new URL('./objective.js', import.meta.url)), or a study file; or call concurrentEvaluators() to run it here",
    );
  }
  if (!isModuleObjective(source)) {
    throw new ShacTypeError(
      'ERR_INVALID_ARGUMENT',
      `the objective must be a function (params, context) => number, or a module as a path, a URL or { module, export }, got ${show(source)}`,
    );
  }
  const module = resolveModule(source);
  return backend === 'inline'
    ? new InlineEvaluator<P>(module, limitMemory)
    : new WorkerEvaluator<P>(backend, module, limitMemory);
}
