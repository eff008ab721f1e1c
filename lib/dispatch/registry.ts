import { ShacTypeError, show } from '../errors.js';
import type { EvaluatorBackend } from './backends.js';
import { CommandEvaluator, type CommandSpec, isCommandSpec } from './command/command.js';
import type { Evaluator, Objective } from './evaluator.js';
import { InlineEvaluator } from './inline/inline.js';
import { createTensorEvaluator } from './managed/evaluator.js';
import type { ManagedRun } from './managed/run.js';
import { isModuleObjective, type ModuleObjective, resolveModule } from './objective/module.js';
import type { Callable } from './objective/runtime.js';
import { isPythonSpec, PythonEvaluator, type PythonSpec } from './python/python.js';
import { WorkerEvaluator } from './workers/workers.js';

/**
 * What `fit` evaluates: a function (in this thread); a module as a path, a `file:` URL or `{ module, export }` (in any
 * backend); a program or a Python function, as `command` and `python` describe them (in processes of their own, whatever
 * the backend).
 */
export type ObjectiveSource<P> = Objective<P> | string | URL | ModuleObjective | CommandSpec | PythonSpec;

export function isObjectiveSource(value: unknown): boolean {
  return typeof value === 'function' || isCommandSpec(value) || isPythonSpec(value) || isModuleObjective(value);
}

export interface EvaluatorOptions {
  backend: EvaluatorBackend;
  limitMemory: boolean;
  /** Of the parameters. */
  names: readonly string[];
  /** What the engine of a framework asks; undefined for a search without one. */
  managed?: ManagedRun | undefined;
}

/**
 * The evaluator of one run.
 *
 * @throws a typed error, before any work, for an objective that is not as documented or does not fit the backend.
 */
export function createEvaluator<P>(source: unknown, options: EvaluatorOptions): Evaluator<P> {
  const { backend, limitMemory, names, managed } = options;
  if (typeof source === 'function' && backend !== 'inline' && managed?.framework !== 'torch') {
    throw new ShacTypeError(
      'ERR_INVALID_OBJECTIVE',
      `a function cannot be sent to ${backend}: move it to a module of its own and pass that, as in ` +
        "fit(new URL('./registry.js', import.meta.url)), or a study file; or call concurrentEvaluators() to run it here",
    );
  }
  if (isPythonSpec(source)) {
    if (managed?.backend !== undefined) {
      throw new ShacTypeError(
        'ERR_INVALID_ARGUMENT',
        `backend ${show(managed.backend)} is of TensorFlow.js, and the objective is a Python function; leave backend out`,
      );
    }
    return new PythonEvaluator<P>(source, names, limitMemory, managed);
  }
  if (managed !== undefined) return createTensorEvaluator<P>(source, managed, options);
  if (typeof source === 'function') return new InlineEvaluator<P>(source as Callable, limitMemory);
  if (isCommandSpec(source)) return new CommandEvaluator<P>(source, names);
  if (!isModuleObjective(source)) {
    throw new ShacTypeError(
      'ERR_INVALID_ARGUMENT',
      'the objective must be a function (params, context) => number, a module (a path, a URL or { module, export }), ' +
        `command([...]) or python({...}), got ${show(source)}`,
    );
  }
  const module = resolveModule(source);
  return backend === 'inline'
    ? new InlineEvaluator<P>(module, limitMemory)
    : new WorkerEvaluator<P>(backend, module, limitMemory);
}
