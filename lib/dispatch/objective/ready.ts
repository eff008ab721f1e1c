import { ShacError, ShacTypeError, show } from '../../errors.js';
import { toTrialError } from '../../study/trial.js';
import type { EvaluationContext, Failed, Told } from '../dispatcher.js';
import { type ModuleFile, STUDY } from './module.js';
import { type Callable, type Runtime, type RuntimeTask, startRuntime } from './runtime.js';

/** What a module of an objective may export beside it. */
interface WorkerHooks {
  /** Called once in each worker, before its first evaluation. */
  readonly setup?: Callable;
  /** Called when the worker is no longer needed; not when it is killed. */
  readonly teardown?: (context: { workerId: number }) => unknown;
}

interface LoadedObjective extends WorkerHooks {
  readonly evaluate: Callable;
}

/** An objective whose module is loaded and set up. */
export interface ReadyObjective {
  /** Rejects, or resolves to a failure, when the objective fails. */
  evaluate(params: unknown, context: EvaluationContext): Promise<Told | Failed>;
  readonly teardown: WorkerHooks['teardown'];
  /** Gives back what `setup` made, in a thread that goes on without it. */
  end(): void;
}

/**
 * Loads the objective, unless it is at hand, and sets it up for a worker.
 *
 * @param task The framework that it is called with, if any.
 * @throws ERR_INVALID_OBJECTIVE, ERR_FRAMEWORK_NOT_FOUND
 */
export async function setUpObjective(
  source: Callable | ModuleFile,
  workerId: number,
  task: RuntimeTask | undefined,
): Promise<ReadyObjective> {
  const runtime = await startRuntime(task, workerId);
  if (typeof source === 'function') {
    return ready(runtime, source, undefined);
  }
  const { evaluate, setup, teardown } = await loadObjective(source);
  try {
    await runtime.setUp(setup, workerId);
  } catch (cause) {
    const { name, message } = toTrialError(cause);
    throw new ShacError('ERR_INVALID_OBJECTIVE', `setup of ${source.file} failed: ${name}: ${message}`, { cause });
  }
  return ready(runtime, evaluate, teardown);
}

/** An objective in its runtime. */
export function ready(runtime: Runtime, objective: Callable, teardown: WorkerHooks['teardown']): ReadyObjective {
  return {
    evaluate: (params, context) => runtime.evaluate(objective, params, context),
    teardown,
    end: () => runtime.end(),
  };
}

/**
 * Imports the module and finds its objective.
 *
 * @throws ERR_INVALID_OBJECTIVE when it cannot be loaded or has no function there.
 */
async function loadObjective({ file, export: name }: ModuleFile): Promise<LoadedObjective> {
  const { importFailure, importFile } = await import('./import.js');
  let loaded: Record<string, unknown>;
  try {
    loaded = await importFile(file);
  } catch (cause) {
    throw new ShacError('ERR_INVALID_OBJECTIVE', `the module ${file} cannot be loaded: ${importFailure(cause, file)}`, {
      cause,
    });
  }
  // A CommonJS or TypeScript module without a default export may come with an object as one.
  const evaluate =
    name === undefined ? (functionOf(loaded.default) ?? functionOf(loaded.evaluate)) : functionOf(loaded[name]);
  if (evaluate === undefined) {
    const what = name === undefined ? 'neither a default export nor an export "evaluate" that is a function' : null;
    throw new ShacTypeError(
      'ERR_INVALID_OBJECTIVE',
      `${file} has ${what ?? `no function as its export ${show(name)}`}; its exports are ${Object.keys(loaded).join(', ') || 'none'}`,
    );
  }
  for (const hook of ['setup', 'teardown'] as const) {
    if (loaded[hook] === undefined || typeof loaded[hook] === 'function') continue;
    throw new ShacTypeError(
      'ERR_INVALID_OBJECTIVE',
      `${hook} of ${file} must be a function, got ${show(loaded[hook])}`,
    );
  }
  return { ...(loaded as WorkerHooks), evaluate };
}

/** The objective that an export is, or has as a study. */
function functionOf(value: unknown): Callable | undefined {
  const found =
    typeof value === 'object' && value !== null && STUDY in value ? (value as { evaluate?: unknown }).evaluate : value;
  return typeof found === 'function' ? (found as Callable) : undefined;
}
