import { ShacTypeError, show } from '../../errors.js';
import { knownOptions, oneOf } from '../../validate.js';
import type { Evaluation, EvaluationContext, Evaluator } from '../evaluator.js';
import { ProcessFailure } from '../failure.js';
import { deviceEnvironment, type ManagedRun, trialSeed } from '../managed/run.js';
import { type Place, placeOf, requireProgram } from '../process/program.js';
import { BACKEND, hasBackend, processText, type Surroundings, surroundings } from '../spec.js';
import { type PythonTask, PythonWorker } from './python-worker.js';

/** What {@link python} takes. */
export interface PythonOptions extends Surroundings {
  /** A file (`train.py`, loaded with its folder on `sys.path`) or a module's name (`package.module`, found from `cwd`). */
  readonly module: string;
  /** Its function. Default `'evaluate'`. */
  readonly function?: string;
  /** The interpreter, version 3.8 or later. Default `'python3'`. */
  readonly python?: string;
  /** `'inherit'` shows what the objective prints as well, on this process's standard error. Default: it is only kept. */
  readonly stderr?: 'inherit';
}

/** An objective that is a Python function; made by {@link python}. */
export interface PythonSpec extends Surroundings {
  readonly [BACKEND]: 'python';
  readonly module: string;
  readonly function: string;
  readonly python: string;
  readonly stderr?: 'inherit';
}

/**
 * An objective that is a Python function: `fit(python({ module: 'train.py' }))`. Each evaluator is a Python process that
 * is started once and loads the module once.
 *
 * The function is called as `evaluate(worker_id, params)`, or `evaluate(params)` if it takes one argument, with an
 * OrderedDict, and returns a number (NumPy and PyTorch scalars are). Inside, `from shac import report, trial_id` gives
 * `report(value, step=None)`, the context's `report`, and `trial_id()`. The module may have `setup(worker_id)`, run once before, and
 * `teardown()`, run at the end if no abort ended the worker; it gets 5 seconds.
 *
 * In `TensorflowSHAC` and `KerasSHAC` it is called as PySHAC does, `evaluate(session, worker_id, params)`, or
 * `evaluate(session, params)`. Where the module's `tf` is `tensorflow.compat.v1`, or eager execution is disabled, the
 * session is one of TensorFlow 1, and its graph, new for each evaluation, is the default one. Else TensorFlow executes
 * eagerly, and a session of TensorFlow 1 is there for who uses it; it is None for Keras on another back-end.
 *
 * An exception fails the trial, with its Python class, message and traceback; one of memory that was short, the
 * computer's or a GPU's, has the code `ERR_OUT_OF_MEMORY`. An exit or a crash of the process fails the trial too;
 * another process takes its place. The last 16 KiB that an evaluation printed are kept with the trial as
 * `stderr`. A time-out or an abort kills the process and all that it has started.
 *
 * @throws ShacTypeError `ERR_INVALID_ARGUMENT` or `ERR_UNKNOWN_OPTION`.
 */
export function python(options: PythonOptions): PythonSpec {
  if (typeof options !== 'object' || options === null) {
    throw new ShacTypeError(
      'ERR_INVALID_ARGUMENT',
      `python() takes an object such as { module: 'train.py' }, got ${show(options)}`,
    );
  }
  const known = knownOptions('python()', options, ['module', 'function', 'python', 'cwd', 'env', 'stderr']);
  const { module, function: name = 'evaluate', python: program = 'python3', stderr } = known;
  return Object.freeze({
    [BACKEND]: 'python' as const,
    module: processText('the module of python()', module),
    function: processText('the function of python()', name),
    python: processText('the python of python()', program),
    ...(stderr !== undefined && { stderr: oneOf('the stderr of python()', stderr, ['inherit']) }),
    ...surroundings('python()', known),
  });
}

/** Whether `value` was made by {@link python}. */
export function isPythonSpec(value: unknown): value is PythonSpec {
  return hasBackend(value, 'python');
}

/** Runs a Python function, in one process an evaluator. */
export class PythonEvaluator<P> implements Evaluator<P> {
  readonly #spec: PythonSpec;
  readonly #names: readonly string[];
  readonly #workers = new Map<number, PythonWorker>();
  /** Workers that have had the one evaluation that memory allows. */
  readonly #ending = new Map<number, { worker: PythonWorker; ended: Promise<void> }>();
  readonly #limitMemory: boolean;
  readonly #managed: ManagedRun | undefined;
  #checked: Promise<void> | undefined;
  #closed = false;

  /**
   * @param names - The parameters of the space, in its order.
   * @param limitMemory - A new process for each evaluation: what the last one held goes back to the system.
   * @param managed - Of an engine that manages the objective's framework.
   */
  constructor(spec: PythonSpec, names: readonly string[], limitMemory = false, managed?: ManagedRun) {
    this.#spec = spec;
    this.#names = names;
    this.#limitMemory = limitMemory;
    this.#managed = managed;
  }

  /**
   * @throws ShacError `ERR_INVALID_OBJECTIVE` when Python or the objective cannot be loaded, with Python's traceback;
   *   `ERR_FRAMEWORK_NOT_FOUND` when the interpreter does not have the engine's framework.
   */
  async prepare(workerId: number): Promise<void> {
    const place = this.#placeOf(workerId);
    this.#checked ??= requireProgram(this.#spec.python, place);
    await this.#checked;
    // Closed while it was checked: there is nobody left who would end a new worker.
    if (this.#closed) throw new ProcessFailure('the run was ended before the Python worker was started', {});
    let worker = this.#workers.get(workerId);
    if (!worker?.usable) {
      const { module, function: name, python: program, stderr } = this.#spec;
      const task = { module, function: name, workerId, ...(this.#managed && { managed: managedTask(this.#managed) }) };
      const gone = worker?.kill() ?? this.#ending.get(workerId)?.ended;
      worker = new PythonWorker(program, task, place, stderr === 'inherit');
      this.#workers.set(workerId, worker);
      await gone; // it may hold what the new one needs: a device, a port
    }
    await worker.ready;
  }

  async evaluate(params: P, context: EvaluationContext): Promise<Evaluation> {
    const worker = this.#workers.get(context.workerId);
    if (!worker?.usable) throw new ProcessFailure(`Python worker ${context.workerId} has ended`, {});
    const values = params as Record<string, unknown>;
    try {
      return await worker.evaluate(
        this.#names.map((name) => [name, values[name]] as const),
        context,
        this.#managed && trialSeed(this.#managed.seed, context.trialId),
      );
    } finally {
      if (this.#limitMemory && worker.usable) {
        this.#workers.delete(context.workerId);
        this.#ending.set(context.workerId, { worker, ended: worker.close() });
      }
    }
  }

  /** Ends the workers, those that are idle by their `teardown`; `now` kills them all. Resolves when they are gone. */
  async close(now: boolean): Promise<void> {
    this.#closed = true;
    const workers = Array.from(this.#workers.values(), (worker) => (now ? worker.kill() : worker.close()));
    const ending = Array.from(this.#ending.values(), ({ worker, ended }) => (now ? worker.kill() : ended));
    await Promise.all([...workers, ...ending]);
  }

  #placeOf(workerId: number): Place {
    const { cwd, env } = placeOf(this.#spec);
    if (this.#managed === undefined) return { cwd, env };
    const devices = deviceEnvironment(this.#managed, workerId, this.#limitMemory);
    // One order of sets for all workers: a network may be built from one.
    return { cwd, env: { PYTHONHASHSEED: '0', ...env, ...devices } };
  }
}

function managedTask({ engine, framework, seed }: ManagedRun): NonNullable<PythonTask['managed']> {
  return { engine, framework, seed: trialSeed(seed, 'setup') };
}
