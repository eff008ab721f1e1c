import { show } from '../../errors.js';
import type { DispatchRun } from '../dispatch-run.js';
import type { Dispatcher, Failed, Lease, Told } from '../dispatcher.js';
import { ending, failedBy, ProcessFailure } from '../failure.js';
import { Child, type Ending } from '../process/child.js';
import { type Place, placeOf, requireProgram } from '../process/program.js';
import { Supervisor } from '../process/supervisor.js';
import { Tail } from '../process/tail.js';
import type { CommandSpec } from './command.js';
import { scoreOf } from './score.js';
import { fill, parseTemplate, requireNames, type Template, valueAt } from './template.js';

/** What is kept of a program's standard output: the score is at its end. */
const STDOUT_BYTES = 1024 * 1024;
/** Linux takes no variable of 128 KiB or more, Windows none of 32,767 characters. */
const VARIABLE_BYTES = (process.platform === 'win32' ? 30 : 96) * 1024;

/** The dispatcher of a program. */
export function createCommandDispatcher(
  spec: CommandSpec,
  { names, innerNames = [], evaluators }: DispatchRun,
): Dispatcher<unknown> {
  return new CommandDispatcher(spec, [...names, ...innerNames], evaluators);
}

/** Runs a program for each evaluation. */
export class CommandDispatcher<P> implements Dispatcher<P> {
  readonly #spec: CommandSpec;
  readonly #evaluators: number;
  readonly #argv: readonly Template[];
  readonly #running = new Set<Child>();
  readonly #supervisor = new Supervisor();
  #checked: Promise<void> | undefined;

  /**
   * @param names - The parameters of the space, and what is inside of choices.
   * @param evaluators - Programs at once.
   * @throws ShacTypeError `ERR_INVALID_ARGUMENT` for a placeholder that is none of them.
   */
  constructor(spec: CommandSpec, names: readonly string[], evaluators: number) {
    this.#spec = spec;
    this.#evaluators = evaluators;
    this.#argv = spec.argv.map(parseTemplate);
    requireNames(this.#argv, names);
  }

  /** @throws ShacError `ERR_INVALID_OBJECTIVE` when the program cannot be run. */
  prepare(): Promise<void> {
    this.#checked ??= this.#check();
    return this.#checked;
  }

  async submit(lease: Lease<P>): Promise<Told | Failed> {
    try {
      return await this.#run(lease);
    } catch (reason) {
      return failedBy(reason);
    }
  }

  /** Kills what still runs: a program has nothing to tear down. */
  async close(): Promise<void> {
    for (const child of this.#running) child.kill();
    await Promise.allSettled([...this.#running].map(({ ended }) => ended));
    await this.#supervisor.close();
  }

  /** A program whose name depends on the parameters is not known before a trial. */
  async #check(): Promise<void> {
    const [program = []] = this.#argv;
    if (program.every((part) => typeof part === 'string'))
      await requireProgram(program.join(''), placeOf(this.#spec, this.#evaluators));
  }

  async #run(lease: Lease<P>): Promise<Told> {
    const { signal } = lease;
    signal.throwIfAborted();
    const child = this.#start(lease);
    const stdout = new Tail(STDOUT_BYTES);
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    const kill = () => child.kill();
    signal.addEventListener('abort', kill);
    this.#running.add(child);
    try {
      const end = await child.ended.catch(this.#cannotStart);
      signal.throwIfAborted();
      return this.#result(end, stdout, child.stderr.text());
    } finally {
      this.#running.delete(child);
      signal.removeEventListener('abort', kill);
    }
  }

  #start({ params, trialId, workerId }: Lease<P>): Child {
    const json = JSON.stringify(params);
    const { cwd, env }: Place = placeOf(this.#spec, this.#evaluators);
    const own = {
      SHAC_PARAMS: Buffer.byteLength(json) <= VARIABLE_BYTES ? json : undefined,
      SHAC_TRIAL_ID: String(trialId),
      SHAC_WORKER_ID: String(workerId),
    };
    const [program, ...rest] = this.#argv.map((template) => fill(template, (name) => valueAt(params, name)));
    if (program === undefined) {
      throw new ProcessFailure(`${show(this.#spec.argv[0])} names a parameter that is inactive in this trial`, {});
    }
    const argv = [program, ...rest.filter((argument) => argument !== undefined)];
    try {
      const child = new Child(argv, { cwd, env: { ...env, ...own } }, this.#supervisor.join());
      child.stdin.end(json);
      return child;
    } catch (error) {
      return this.#cannotStart(error); // arguments that are longer than the system allows, say
    }
  }

  #cannotStart = (error: unknown): never => {
    throw new ProcessFailure(`${show(this.#spec.argv[0])} could not be started: ${(error as Error).message}`, {});
  };

  #result({ code, signal }: Ending, stdout: Tail, stderr: string): Told {
    const program = show(this.#spec.argv[0]);
    if (code !== 0) {
      const how = signal === null ? `exited with code ${code}` : `was killed by ${signal}`;
      throw new ProcessFailure(`${program} ${how}${ending('its standard error ends with', stderr)}`, { stderr });
    }
    // What is left of a number that was cut in two is no number.
    const output = stdout.truncated ? stdout.text().replace(/^[\w.,:'/+-]+/, '') : stdout.text();
    const value = scoreOf(output);
    if (value !== undefined && Number.isFinite(value)) {
      return { type: 'told', values: [value], ...(stderr !== '' && { stderr }) };
    }
    throw new ProcessFailure(
      `${program} ${value === undefined ? 'printed no score' : 'printed a score that is not a finite number'}: its last ` +
        'line should be a number, or a JSON object with a number "value"' +
        (ending('its standard output ends with', output) || '; its standard output is empty'),
      { stderr },
    );
  }
}
