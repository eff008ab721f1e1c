import { createRequire } from 'node:module';
import { ShacError } from '../../errors.js';
import { toTrialError } from '../../study/trial.js';
import type { EvaluationContext, Failed, Told } from '../dispatcher.js';
import { finite } from '../objective/finite.js';
import type { Callable, Runtime, RuntimeModule } from '../objective/runtime.js';
import { borrowKernels } from './borrowed-kernels.js';
import type { FoundPackage, TensorTask } from './frameworks.js';
import { LiveTensors } from './live-tensors.js';
import { seedRandom } from './seeded-random.js';
import type { KerasSession, TensorflowSession } from './session.js';
import type { Model, Tfjs } from './tfjs.js';
import { trialSeed } from './trial-seed.js';

/** What a {@link TensorTask} names. */
export const startRuntime: RuntimeModule['startRuntime'] = (task, workerId) =>
  TensorRuntime.start(task as TensorTask, workerId);

/** TensorFlow.js in the thread of a worker, and the sessions that objectives are called with there. */
class TensorRuntime implements Runtime {
  readonly #tf: Tfjs;
  readonly #task: TensorTask;
  readonly #workerId: number;
  /** What the module's setup made. */
  #kept: LiveTensors | undefined;

  private constructor(tf: Tfjs, task: TensorTask, workerId: number) {
    this.#tf = tf;
    this.#task = task;
    this.#workerId = workerId;
  }

  /**
   * Loads the framework and gets its back-end ready.
   *
   * @throws ERR_FRAMEWORK_NOT_FOUND when it is installed but does not work.
   */
  static async start(task: TensorTask, workerId: number): Promise<TensorRuntime> {
    const tf = load(task.tensorflow) as Tfjs;
    if (task.wasm !== undefined) load(task.wasm); // registers itself
    const cpu = tf.findBackend('cpu');
    if (cpu?.firstUse) cpu.firstUse = false; // else every worker recommends tfjs-node
    const name = task.backend === 'node' ? 'tensorflow' : task.backend;
    if (!(await tf.setBackend(name))) {
      const { name: owner } = task.wasm ?? task.tensorflow;
      throw new ShacError('ERR_FRAMEWORK_NOT_FOUND', `the back-end of ${owner} could not be started${ANOTHER_BACKEND}`);
    }
    if (task.backend === 'wasm') borrowKernels(tf);
    return new TensorRuntime(tf, task, workerId);
  }

  async setUp(setup: Callable | undefined, workerId: number): Promise<void> {
    if (setup === undefined) return;
    const seed = trialSeed(this.#task.seed, 'setup');
    const call = setup as (context: object) => unknown;
    const kept = new LiveTensors(this.#tf.engine());
    const unseed = seedRandom(seed);
    try {
      await call({ workerId, session: this.#session(seed, []) });
    } catch (error) {
      kept.dispose();
      throw error;
    } finally {
      unseed();
    }
    kept.stop();
    this.#kept = kept;
  }

  async evaluate(objective: Callable, params: unknown, context: EvaluationContext): Promise<Told | Failed> {
    const seed = trialSeed(this.#task.seed, context.trialId);
    const models: Model[] = [];
    const live = new LiveTensors(this.#tf.engine());
    const session = { ...this.#session(seed, models), ...(this.#task.framework === 'keras' && reporting(context)) };
    const call = objective as (session: TensorflowSession, params: unknown, context: EvaluationContext) => unknown;
    const unseed = seedRandom(seed);
    // Only in the user's own thread, where nothing else ends an evaluation that takes too long.
    const giveUp = () => {
      unseed();
      live.dispose();
    };
    context.signal.addEventListener('abort', giveUp, { once: true });
    let outcome: Told | Failed;
    try {
      outcome = { type: 'told', values: [finite(await call(session, params, context), context.trialId)] };
    } catch (reason) {
      outcome = { type: 'failed', error: toTrialError(reason) };
    }
    context.signal.removeEventListener('abort', giveUp);
    unseed();
    for (const model of models) this.#disposeModel(model);
    return { ...outcome, memory: { leakedTensors: live.dispose() } };
  }

  /** With what its training left. One that the objective has disposed of is no fault. */
  #disposeModel(model: Model): void {
    const { optimizer, isOptimizerOwned } = model;
    try {
      model.dispose();
    } catch {
      // Disposed of already, or half made: what is left of it is found among the tensors.
    }
    if (optimizer === undefined) return;
    if (!isOptimizerOwned) optimizer.dispose();
    // Some forget a constant of theirs.
    for (const value of Object.values(optimizer)) {
      if (value instanceof this.#tf.Tensor && !value.isDisposed) value.dispose();
    }
  }

  end(): void {
    this.#kept?.dispose();
  }

  #session(seed: number, models: Model[]): TensorflowSession | Omit<KerasSession, 'report'> {
    const tf = this.#tf;
    const session = { tf, backend: this.#task.backend, workerId: this.#workerId, seed, memory: () => tf.memory() };
    if (this.#task.framework === 'tensorflow') return session;
    const managed = (make: (config?: unknown) => Model) => (config?: unknown) => {
      const model = make(config);
      models.push(model);
      return model;
    };
    const { layers, callbacks, sequential, model } = tf;
    return { ...session, layers, callbacks, sequential: managed(sequential), model: managed(model) };
  }
}

const ANOTHER_BACKEND = "; choose another one, as in { backend: 'cpu' }";

/** The same copy of a package as the user's own import of it gives. */
function load({ name, file }: FoundPackage): unknown {
  try {
    return createRequire(file)(file);
  } catch (cause) {
    // Such as tfjs-node without its binary.
    const reason = toTrialError(cause).message.split('\n', 1)[0];
    throw new ShacError(
      'ERR_FRAMEWORK_NOT_FOUND',
      `${name} is installed, but cannot be loaded: ${reason}; run: npm rebuild ${name} --foreground-scripts${ANOTHER_BACKEND}`,
      { cause },
    );
  }
}

function reporting({ report }: EvaluationContext): Pick<KerasSession, 'report'> {
  return { report: (epoch, value) => report(value, epoch) };
}
