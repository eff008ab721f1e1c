import { fileURLToPath } from 'node:url';
import { ShacError, show } from '../../errors.js';
import type { TrialMemory } from '../../study/trial.js';
import type { Evaluation, EvaluationContext } from '../evaluator.js';
import { ending, ProcessFailure } from '../failure.js';
import type { Framework } from '../managed/run.js';
import { Child, type Ending } from '../process/child.js';
import type { Place } from '../process/program.js';

const SCRIPT = fileURLToPath(new URL('worker.py', import.meta.url));
/** How long `teardown` may take. */
const TEARDOWN_MS = 5000;

/** What a worker is told first. */
export interface PythonTask {
  readonly module: string;
  readonly function: string;
  readonly workerId: number;
  /** What a managed engine asks beside. */
  readonly managed?: {
    /** The engine's class, for messages. */
    readonly engine: string;
    readonly framework: Framework;
    /** For what is drawn when the module is loaded. */
    readonly seed: number;
  };
}

interface Failed {
  readonly type: 'failed';
  readonly name: string;
  readonly message: string;
  readonly traceback: string;
  readonly outOfMemory: boolean;
}

/** A package that the interpreter `python` does not have. */
interface Missing {
  readonly type: 'missing';
  readonly package: string;
  readonly python: string;
}

/** What comes with the end of an evaluation in a framework. */
interface Aftermath {
  readonly memory?: TrialMemory;
  /** The process cannot evaluate any more: its framework could not be put in order again. */
  readonly last?: boolean;
}

type Evaluated = ({ readonly type: 'value'; readonly value: number } | Failed) & Aftermath;
type Final = { readonly type: 'ready' } | Missing | Evaluated;
type Reply = Final | { readonly type: 'report'; readonly value: number; readonly step: number | null };

/** The request under way, one at a time. */
interface Waiting {
  readonly settle: (final: Final) => void;
  readonly fail: (error: unknown) => void;
  readonly report?: EvaluationContext['report'];
}

/** One Python process that has the objective loaded (python/worker.py), asked by JSON lines. */
export class PythonWorker {
  /** Fulfilled when the objective is loaded; rejects with `ERR_INVALID_OBJECTIVE`, and the worker is then ended. */
  readonly ready: Promise<void>;
  readonly #child: Child;
  readonly #task: PythonTask;
  #waiting: Waiting | undefined;
  #incomplete = '';
  #usable = true;

  constructor(python: string, task: PythonTask, place: Place, inheritStderr: boolean) {
    this.#task = task;
    this.#child = new Child([python, '-u', SCRIPT], place);
    if (inheritStderr) this.#child.onStderr((chunk) => process.stderr.write(chunk));
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => this.#read(text));
    this.#child.ended.then(
      (end) => this.#over(this.#death(end)),
      (error: Error) => this.#over(new ProcessFailure(`${show(python)} could not be started: ${error.message}`, {})),
    );
    this.ready = this.#load();
    this.ready.catch(() => {}); // whoever prepares the worker is told
  }

  /** False once it is ended, or is being ended. */
  get usable(): boolean {
    return this.#usable;
  }

  /**
   * Runs the objective.
   *
   * @param params As pairs: they come in this order.
   * @param seed For the framework of a managed engine.
   */
  async evaluate(
    params: readonly (readonly [string, unknown])[],
    { signal, report, trialId }: EvaluationContext,
    seed: number | undefined,
  ): Promise<Evaluation> {
    signal.throwIfAborted();
    const kill = () => this.kill();
    signal.addEventListener('abort', kill);
    this.#child.stderr.clear();
    try {
      const evaluated = (await this.#ask({ type: 'evaluate', trialId, params, seed }, report)) as Evaluated;
      if (evaluated.last) this.#usable = false;
      return outcomeOf(evaluated, await this.#stderr(), trialId);
    } catch (error) {
      signal.throwIfAborted(); // rather than that it was killed
      throw error;
    } finally {
      signal.removeEventListener('abort', kill);
    }
  }

  /** Ends the worker: by its `teardown` when it is idle. Resolves when the process is gone. */
  async close(): Promise<void> {
    if (!this.#usable || this.#waiting) return await this.kill();
    this.#usable = false;
    this.#child.stderr.clear();
    this.#send({ type: 'close' });
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.#child.kill();
    }, TEARDOWN_MS);
    const end = await this.#child.ended;
    clearTimeout(timer);
    if (end.code === 0) return;
    const how = late ? `took more than ${TEARDOWN_MS / 1000} s and was killed` : 'failed';
    const stderr = ending('its standard error ends with', this.#child.stderr.text());
    process.emitWarning(`the teardown of ${this.#task.module} ${how}${stderr}`, 'ShacWarning');
  }

  /** Kills the worker and all that it has started, at once. Resolves when the process is gone. */
  async kill(): Promise<void> {
    this.#usable = false;
    this.#child.kill();
    await Promise.allSettled([this.#child.ended]);
  }

  async #load(): Promise<void> {
    try {
      const { managed, ...task } = this.#task;
      const final = await this.#ask({ ...task, ...managed });
      if (final.type === 'missing') throw this.#notInstalled(final);
      if (final.type === 'failed') throw this.#notLoaded(final);
    } catch (error) {
      await this.kill();
      throw error instanceof ProcessFailure ? this.#notStarted(error) : error;
    }
  }

  #ask(request: object, report?: EvaluationContext['report']): Promise<Final> {
    return new Promise((settle, fail) => {
      this.#waiting = { settle, fail, ...(report && { report }) };
      this.#send(request);
    });
  }

  #send(request: object): void {
    this.#child.stdin.write(`${JSON.stringify(request)}\n`);
  }

  #read(text: string): void {
    const lines = (this.#incomplete + text).split('\n');
    this.#incomplete = lines.pop() as string;
    for (const line of lines) {
      try {
        this.#hear(JSON.parse(line) as Reply);
      } catch (error) {
        // A report that the run does not take, or a line that is no reply: what comes next cannot be told from it.
        this.#over(error);
        void this.kill();
        return;
      }
    }
  }

  #hear(reply: Reply): void {
    if (reply.type !== 'report') {
      const waiting = this.#waiting;
      this.#waiting = undefined;
      waiting?.settle(reply);
    } else if (reply.step === null) this.#waiting?.report?.(reply.value);
    else this.#waiting?.report?.(reply.value, reply.step);
  }

  #over(error: unknown): void {
    this.#usable = false;
    this.#waiting?.fail(error);
    this.#waiting = undefined;
  }

  /** Its standard error so far. A reply may overtake what was written before it: one round of reading catches up. */
  async #stderr(): Promise<string> {
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    return this.#child.stderr.text();
  }

  #death({ code, signal }: Ending): ProcessFailure {
    const stderr = this.#child.stderr.text();
    const how = signal === null ? `exited with code ${code}` : `was killed by ${signal}`;
    return new ProcessFailure(`the Python worker ${how}${ending('its standard error ends with', stderr)}`, { stderr });
  }

  #notLoaded({ name, message, traceback }: Failed): ShacError {
    const what = name === '' ? message : `${name}: ${message}`;
    const advice = name.endsWith('ImportError') || name === 'ModuleNotFoundError' ? IMPORT_ADVICE : '';
    const details = traceback === '' ? '' : `\n${traceback}`;
    return new ShacError('ERR_INVALID_OBJECTIVE', `${this.#subject} cannot be used: ${what}${advice}${details}`);
  }

  #notInstalled({ package: name, python }: Missing): ShacError {
    const message =
      `${this.#task.managed?.engine} needs the Python package ${name}, which ${python} does not have; install it with ` +
      `${python} -m pip install ${name}, or give the interpreter of the environment that has it as \`python\``;
    return new ShacError('ERR_FRAMEWORK_NOT_FOUND', message);
  }

  #notStarted({ message, stderr }: ProcessFailure): ProcessFailure {
    const details = { code: 'ERR_INVALID_OBJECTIVE', ...(stderr && { stderr }) } as const;
    return new ProcessFailure(`${this.#subject} cannot be used: while it was loaded, ${message}`, details);
  }

  get #subject(): string {
    return `the Python objective ${show(this.#task.module)}`;
  }
}

const IMPORT_ADVICE =
  '; give the interpreter of the environment that has it as `python`, a path that ends in .py as `module`, or the' +
  ' folder to import from as `cwd`';

/** How an evaluation ended, from the reply that told it; throws what made it fail. */
function outcomeOf(evaluated: Evaluated, printed: string, trialId: number): Evaluation {
  const { memory } = evaluated;
  const beside = { ...(printed !== '' && { stderr: printed }), ...(memory && { memory }) };
  if (evaluated.type === 'value') return { value: evaluated.value, ...beside };
  const { name, message, traceback: stack, outOfMemory } = evaluated;
  const code = outOfMemory ? 'ERR_OUT_OF_MEMORY' : 'ERR_OBJECTIVE_FAILED';
  throw new ProcessFailure(message || `trial ${trialId} raised ${name}`, { code, name, stack, ...beside });
}
