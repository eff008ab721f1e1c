import { ShacTypeError, show } from '../../errors.js';
import type { DispatchRun, ManagedRun } from '../dispatch-run.js';
import type { Dispatcher, Failed, Lease, Told } from '../dispatcher.js';
import { failedBy, ProcessFailure } from '../failure.js';
import { deviceEnvironment } from '../managed/devices.js';
import { trialSeed } from '../managed/trial-seed.js';
import { type Place, placeOf, requireProgram } from '../process/program.js';
import { startWorker } from '../process/starting.js';
import { Supervisor } from '../process/supervisor.js';
import type { PythonTask } from './protocol.js';
import type { PythonSpec } from './python.js';
import { PythonWorker } from './python-worker.js';

/**
 * The dispatcher of a Python function.
 *
 * @throws ERR_INVALID_ARGUMENT for an option of the engine that is of TensorFlow.js.
 */
export function createPythonDispatcher(spec: PythonSpec, run: DispatchRun): Dispatcher<unknown> {
  const { managed } = run;
  if (managed?.backend !== undefined) {
    throw new ShacTypeError(
      'ERR_INVALID_ARGUMENT',
      `backend ${show(managed.backend)} is of TensorFlow.js, and the objective is a Python function; leave backend out`,
    );
  }
  return new PythonDispatcher(spec, run);
}

/** What such a dispatcher looks at of its run. With `limitMemory`, each evaluation has a process of its own. */
type PythonRun = Pick<DispatchRun, 'names' | 'evaluators' | 'limitMemory' | 'managed'>;

/** Runs a Python function, in one process an evaluator. */
export class PythonDispatcher<P> implements Dispatcher<P> {
  readonly #spec: PythonSpec;
  readonly #run: PythonRun;
  readonly #supervisor = new Supervisor();
  readonly #workers = new Map<number, PythonWorker>();
  /** Workers that have had the one evaluation that memory allows. */
  readonly #ending = new Map<number, { worker: PythonWorker; ended: Promise<void> }>();
  #checked: Promise<void> | undefined;
  #closed = false;

  constructor(spec: PythonSpec, run: PythonRun) {
    this.#spec = spec;
    this.#run = run;
  }

  /**
   * @throws ShacError `ERR_INVALID_OBJECTIVE` when Python or the objective cannot be loaded, with Python's traceback;
   *   `ERR_FRAMEWORK_NOT_FOUND` when the interpreter does not have the engine's framework.
   */
  async prepare(workerId: number): Promise<void> {
    this.#checked ??= requireProgram(this.#spec.python, this.#placeOf(workerId));
    await this.#checked;
    await startWorker(
      () => this.#start(workerId),
      () => this.#closed,
    );
  }

  async #start(workerId: number): Promise<void> {
    // Closed meanwhile: there is nobody left who would end a new worker.
    if (this.#closed) throw new ProcessFailure('the run was ended before the Python worker was started', {});
    let worker = this.#workers.get(workerId);
    if (!worker?.usable) {
      const { module, function: name, python: program, stderr } = this.#spec;
      const task = {
        module,
        function: name,
        workerId,
        ...(this.#run.managed && { managed: managedTask(this.#run.managed) }),
      };
      const gone = worker?.kill() ?? this.#ending.get(workerId)?.ended;
      worker = new PythonWorker(program, task, this.#placeOf(workerId), this.#supervisor.join(), stderr === 'inherit');
      this.#workers.set(workerId, worker);
      await gone; // it may hold what the new one needs: a device, a port
    }
    await worker.ready;
  }

  async submit(lease: Lease<P>): Promise<Told | Failed> {
    try {
      return await this.#evaluate(lease);
    } catch (reason) {
      return failedBy(reason);
    }
  }

  /** Ends the workers, those that are idle by their `teardown`; `now` kills them all. Resolves when they are gone. */
  async close(now: boolean): Promise<void> {
    this.#closed = true;
    const workers = Array.from(this.#workers.values(), (worker) => (now ? worker.kill() : worker.close()));
    const ending = Array.from(this.#ending.values(), ({ worker, ended }) => (now ? worker.kill() : ended));
    await Promise.all([...workers, ...ending]);
    await this.#supervisor.close();
  }

  async #evaluate(lease: Lease<P>): Promise<Told | Failed> {
    const { workerId, trialId } = lease;
    const params = lease.params as Record<string, unknown>;
    const worker = this.#workers.get(workerId);
    if (!worker?.usable) throw new ProcessFailure(`Python worker ${workerId} has ended`, {});
    try {
      return await worker.evaluate(
        // In the order of the space; what is inactive is not there.
        this.#run.names.filter((name) => Object.hasOwn(params, name)).map((name) => [name, params[name]] as const),
        lease,
        this.#run.managed && trialSeed(this.#run.managed.seed, trialId),
      );
    } finally {
      if (this.#run.limitMemory && worker.usable) {
        this.#workers.delete(workerId);
        this.#ending.set(workerId, { worker, ended: worker.close() });
      }
    }
  }

  #placeOf(workerId: number): Place {
    const { cwd, env } = placeOf(this.#spec, this.#run.evaluators);
    if (this.#run.managed === undefined) return { cwd, env };
    const devices = deviceEnvironment(this.#run.managed, workerId, this.#run.limitMemory);
    // One order of sets for all workers: a network may be built from one.
    return { cwd, env: { PYTHONHASHSEED: '0', PYTHONFAULTHANDLER: '1', ...env, ...devices } };
  }
}

function managedTask({ engine, framework, seed }: ManagedRun): NonNullable<PythonTask['managed']> {
  return { engine, framework, seed: trialSeed(seed, 'setup') };
}
