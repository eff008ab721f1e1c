import { join } from 'node:path';
import { ShacTypeError } from '../../errors.js';
import type { DispatchRun, ManagedRun } from '../dispatch-run.js';
import type { Dispatcher } from '../dispatcher.js';
import { InlineDispatcher } from '../inline/inline-dispatcher.js';
import { type CodeObjective, moduleForWorkers, resolveModule } from '../objective/module.js';
import { WorkerDispatcher } from '../workers/worker-dispatcher.js';
import { deviceEnvironment } from './devices.js';
import { locateTensorflow } from './frameworks.js';

/**
 * The dispatcher of one run of TensorflowSHAC or KerasSHAC, with an objective in JavaScript.
 *
 * @throws a typed error, before any work, for an objective that is not as documented, or where it cannot run;
 *   ERR_FRAMEWORK_NOT_FOUND.
 */
export function createTensorDispatcher(source: CodeObjective, run: DispatchRun): Dispatcher<unknown> {
  const { backend, evaluators, limitMemory } = run;
  const managed = run.managed as ManagedRun;
  if (backend === 'inline') {
    const objective = typeof source === 'function' ? source : resolveModule(source);
    checkPlace(managed, run);
    const from =
      typeof objective === 'function' ? (process.argv[1] ?? join(process.cwd(), 'objective.js')) : objective.file;
    return new InlineDispatcher(objective, limitMemory, locateTensorflow(managed, from));
  }
  const module = moduleForWorkers(source, backend);
  checkPlace(managed, run);
  const runtime = locateTensorflow(managed, module.file);
  const environment = (workerId: number) => deviceEnvironment(managed, workerId, limitMemory);
  return new WorkerDispatcher({ place: backend, module, evaluators, managed: { runtime, environment } }, limitMemory);
}

/** A thread has one TensorFlow.js, and a process one set of devices. */
function checkPlace({ engine, maxGpuEvaluators }: ManagedRun, { backend, evaluators }: DispatchRun): void {
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
