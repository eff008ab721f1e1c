import { ShacTypeError, show } from '../../errors.js';
import { knownOptions } from '../../validate.js';
import { BACKEND, hasBackend, processText, type Surroundings, surroundings } from '../spec.js';
import { parseTemplate } from './template.js';

/** An objective that is a program; made by {@link command}. */
export interface CommandSpec extends Surroundings {
  readonly [BACKEND]: 'command';
  readonly argv: readonly string[];
}

/**
 * An objective that is a program, in any language: `fit(command(['./train', '--lr={lr}']))`. Each evaluation is a process
 * of its own, started without a shell, in its own process group (Windows has none).
 *
 * `{name}` in an argument stands for that parameter's value: a number or a string as it is, null, a boolean or an array as
 * JSON; `{{` and `}}` are braces. An argument that names an inactive parameter is left out, so a flag and its value are
 * one argument. `{head.width}` is a parameter inside a `choice`, `{head.kind}` its branch. The program also finds all
 * parameters, as a JSON object, on its standard input and in the variable `SHAC_PARAMS` (which is left out above 96 KiB, on
 * Windows above 30), and `SHAC_TRIAL_ID` and `SHAC_WORKER_ID`.
 *
 * It prints its score: a last line that is a JSON object with a number `value`, else the last number on its standard output
 * counts (of which the last 1 MiB is read). A score that is not finite, none, an exit code other than 0 or a signal fail
 * the trial. The last 16 KiB of its standard error are kept with the trial. A time-out or an abort kills it with all that
 * it has started.
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
