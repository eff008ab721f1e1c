import { join } from 'node:path';
import { ShacTypeError, show } from '../../errors.js';
import type { Evaluator } from '../evaluator.js';
import { InlineEvaluator } from '../inline/inline.js';
import { isModuleObjective, resolveModule } from '../objective/module.js';
import type { Callable } from '../objective/runtime.js';
import type { EvaluatorOptions } from '../registry.js';
import { WorkerEvaluator } from '../workers/workers.js';
import { locateTensorflow } from './frameworks.js';
import { deviceEnvironment, type ManagedRun } from './run.js';

/**
 * The evaluator of one run of TensorflowSHAC or KerasSHAC, with an objective in JavaScript.
 *
 * @throws a typed error, before any work, for an objective that is not as documented, or where it cannot run;
 *   ERR_FRAMEWORK_NOT_FOUND.
 */
export function createTensorEvaluator<P>(
  source: unknown,
  run: ManagedRun,
  { backend, limitMemory }: Pick<EvaluatorOptions, 'backend' | 'limitMemory'>,
): Evaluator<P> {
  const isFunction = typeof source === 'function';
  if (run.framework === 'torch' || !(isFunction || isModuleObjective(source))) {
    const javascript =
      run.framework === 'torch' ? '' : ' a function or a module (a path, a URL or { module, export }) or';
    throw new ShacTypeError(
      'ERR_INVALID_ARGUMENT',
      `the objective of ${run.engine} must be${javascript} a Python function, python({ module: 'train.py' }), got ${show(source)}`,
    );
  }
  const module = isFunction ? undefined : resolveModule(source as Parameters<typeof resolveModule>[0]);
  checkPlace(run, backend);
  const task = locateTensorflow(run, module?.file ?? process.argv[1] ?? join(process.cwd(), 'objective.js'));
  if (module === undefined) return new InlineEvaluator<P>(source as Callable, limitMemory, task);
  if (backend === 'inline') return new InlineEvaluator<P>(module, limitMemory, task);
  const environment = (workerId: number) => deviceEnvironment(run, workerId, limitMemory);
  return new WorkerEvaluator<P>(backend, module, limitMemory, { task, environment });
}

/** A thread has one TensorFlow.js, and a process one set of devices. */
function checkPlace({ engine, evaluators, maxGpuEvaluators }: ManagedRun, backend: EvaluatorOptions['backend']): void {
  if (backend === 'inline' && evaluators > 1) {
    throw new ShacTypeError(
      'ERR_INVALID_ARGUMENT',
      `${engine} runs one evaluation at a time in this thread, not ${evaluators}: they would share its TensorFlow.js; ` +
        'call parallelEvaluators() to have them in processes, or setNumParallelEvaluators(1)',
    );
  }
  if (backend === 'threads' && maxGpuEvaluators > 0) {
    throw new ShacTypeError(
      'ERR_INVALID_ARGUMENT',
      `threads cannot have a GPU each, as maxGpuEvaluators ${maxGpuEvaluators} asks; call parallelEvaluators('processes')`,
    );
  }
}
