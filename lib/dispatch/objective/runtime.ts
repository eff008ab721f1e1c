import type { EvaluationContext, Failed, Told } from '../dispatcher.js';
import { finite } from './finite.js';

/** A function that a module exports as its objective: what it is called with is its runtime's to know. */
export type Callable = (...args: never[]) => unknown;

/** What surrounds the calls of an objective in the thread that evaluates it. */
export interface Runtime {
  /** Calls the module's `setup`, if it has one. */
  setUp(setup: Callable | undefined, workerId: number): Promise<void>;
  /** Rejects, or resolves to a failure, when the objective fails. */
  evaluate(objective: Callable, params: unknown, context: EvaluationContext): Promise<Told | Failed>;
  /** Gives back what `setup` made, in a thread that goes on without it. */
  end(): void;
}

/** Says which runtime a worker starts, with what it needs for that. It is sent to the worker, so it is data alone. */
export interface RuntimeTask {
  /** The `file:` URL of a {@link RuntimeModule}. */
  readonly runtime: string;
}

/** The exports of a module that has a runtime. */
export interface RuntimeModule {
  /** @throws ERR_FRAMEWORK_NOT_FOUND when the framework cannot be loaded. */
  startRuntime(task: RuntimeTask, workerId: number): Promise<Runtime>;
}

/** Nothing surrounds them. */
export const plain: Runtime = {
  async setUp(setup, workerId) {
    await (setup as ((context: object) => unknown) | undefined)?.({ workerId });
  },
  async evaluate(objective, params, context) {
    const call = objective as (params: unknown, context: EvaluationContext) => unknown;
    return { type: 'told', values: [finite(await call(params, context), context.trialId)] };
  },
  end() {},
};

/**
 * The runtime of an engine, or that of a search without one.
 *
 * @throws ERR_FRAMEWORK_NOT_FOUND when the framework cannot be loaded.
 */
export async function startRuntime(task: RuntimeTask | undefined, workerId: number): Promise<Runtime> {
  if (task === undefined) return plain;
  const module = (await import(task.runtime)) as RuntimeModule;
  return module.startRuntime(task, workerId);
}
