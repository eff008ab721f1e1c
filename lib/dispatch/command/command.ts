import { ShacTypeError, show } from '../../errors.js';
import { knownOptions } from '../../validate.js';
import type { Evaluation, EvaluationContext, Evaluator } from '../evaluator.js';
import { ending, ProcessFailure } from '../failure.js';
import { Child, type Ending } from '../process/child.js';
import { type Place, placeOf, requireProgram } from '../process/program.js';
import { Tail } from '../process/tail.js';
import { BACKEND, hasBackend, processText, type Surroundings, surroundings } from '../spec.js';
import { scoreOf } from './score.js';
import { fill, parseTemplate, requireNames, type Template } from './template.js';

/** What is kept of a program's standard output: the score is at its end. */
const STDOUT_BYTES = 1024 * 1024;
/** Linux takes no variable of 128 KiB or more. */
const VARIABLE_BYTES = 96 * 1024;

/** An objective that is a program; made by {@link command}. */
export interface CommandSpec extends Surroundings {
  readonly [BACKEND]: 'command';
  readonly argv: readonly string[];
}

/**
 * An objective that is a program, in any language: `fit(command(['./train', '--lr={lr}']))`. Each evaluation is a process
 * of its own, started without a shell, in its own process group.
 *
 * `{name}` in an argument stands for that parameter's value: a number or a string as it is, null, a boolean or an array as
 * JSON; `{{` and `}}` are braces. The program also finds all parameters, as a JSON object, on its standard input and in
 * the variable `SHAC_PARAMS` (which is left out above 96 KiB), and `SHAC_TRIAL_ID` and `SHAC_WORKER_ID`.
 *
 * It prints its score: a last line that is a JSON object with a number `value`, else the last number on its standard output
 * counts (of which the last 1 MiB is read). A score that is not finite, none, an exit code other than 0 or a signal fail
 * the trial. The last 16 KiB of its standard error are kept with the trial. A time-out or an abort kills the whole group.
 *
 * @throws ShacTypeError `ERR_INVALID_ARGUMENT` or `ERR_UNKNOWN_OPTION`.
 */
export function command(argv: readonly string[], options?: Surroundings): CommandSpec {
  if (!Array.isArray(argv) || argv.length === 0) {
    throw new ShacTypeError(
      'ERR_INVALID_ARGUMENT',
      `command() takes an array of the program and its arguments, such as ['python3', 'train.py', '{lr}'], got ${show(argv)}`,
    );
  }
  const words = argv.map((word: unknown, i) =>
    word === '' && i > 0 ? '' : processText(`argument ${i} of command()`, word),
  );
  for (const word of words) parseTemplate(word);
  const known = knownOptions('command()', options, ['cwd', 'env']);
  return Object.freeze({
    [BACKEND]: 'command' as const,
    argv: Object.freeze(words),
    ...surroundings('command()', known),
  });
}

/** Whether `value` was made by {@link command}. */
export function isCommandSpec(value: unknown): value is CommandSpec {
  return hasBackend(value, 'command');
}

/** Runs a program for each evaluation. */
export class CommandEvaluator<P> implements Evaluator<P> {
  readonly #spec: CommandSpec;
  readonly #argv: readonly Template[];
  readonly #running = new Set<Child>();
  #checked: Promise<void> | undefined;

  /**
   * @param names - The parameters of the space.
   * @throws ShacTypeError `ERR_INVALID_ARGUMENT` for a placeholder that is none of them.
   */
  constructor(spec: CommandSpec, names: readonly string[]) {
    this.#spec = spec;
    this.#argv = spec.argv.map(parseTemplate);
    requireNames(this.#argv, names);
  }

  /** @throws ShacError `ERR_INVALID_OBJECTIVE` when the program cannot be run. */
  prepare(): Promise<void> {
    this.#checked ??= this.#check();
    return this.#checked;
  }

  async evaluate(params: P, context: EvaluationContext): Promise<Evaluation> {
    const { signal } = context;
    signal.throwIfAborted();
    const child = this.#start(params as Record<string, unknown>, context);
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

  /** Kills what still runs: a program has nothing to tear down. */
  async close(): Promise<void> {
    for (const child of this.#running) child.kill();
    await Promise.allSettled([...this.#running].map(({ ended }) => ended));
  }

  /** A program whose name depends on the parameters is not known before a trial. */
  async #check(): Promise<void> {
    const [program = []] = this.#argv;
    if (program.every((part) => typeof part === 'string')) await requireProgram(fill(program, {}), placeOf(this.#spec));
  }

  #start(params: Record<string, unknown>, { trialId, workerId }: EvaluationContext): Child {
    const json = JSON.stringify(params);
    const { cwd, env }: Place = placeOf(this.#spec);
    const own = {
      SHAC_PARAMS: Buffer.byteLength(json) <= VARIABLE_BYTES ? json : undefined,
      SHAC_TRIAL_ID: String(trialId),
      SHAC_WORKER_ID: String(workerId),
    };
    const argv = this.#argv.map((template) => fill(template, params));
    try {
      const child = new Child(argv, { cwd, env: { ...env, ...own } });
      child.stdin.end(json);
      return child;
    } catch (error) {
      return this.#cannotStart(error); // arguments that are longer than the system allows, say
    }
  }

  #cannotStart = (error: unknown): never => {
    throw new ProcessFailure(`${show(this.#spec.argv[0])} could not be started: ${(error as Error).message}`, {});
  };

  #result({ code, signal }: Ending, stdout: Tail, stderr: string): Evaluation {
    const program = show(this.#spec.argv[0]);
    if (code !== 0) {
      const how = signal === null ? `exited with code ${code}` : `was killed by ${signal}`;
      throw new ProcessFailure(`${program} ${how}${ending('its standard error ends with', stderr)}`, { stderr });
    }
    // What is left of a number that was cut in two is no number.
    const output = stdout.truncated ? stdout.text().replace(/^[\w.+-]+/, '') : stdout.text();
    const value = scoreOf(output);
    if (value !== undefined && Number.isFinite(value)) return { value, ...(stderr !== '' && { stderr }) };
    throw new ProcessFailure(
      `${program} ${value === undefined ? 'printed no score' : 'printed a score that is not a finite number'}: its last ` +
        'line should be a number, or a JSON object with a number "value"' +
        (ending('its standard output ends with', output) || '; its standard output is empty'),
      { stderr },
    );
  }
}
