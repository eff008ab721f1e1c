import { inspect } from 'node:util';
import type { CommanderError } from 'commander';
import { ShacError, ShacRangeError, ShacTypeError } from '../errors.js';
import { inFlags } from './in-flags.js';
import { tell } from './lines.js';
import type { Output } from './output.js';

/** What is told beside the error itself. */
export interface FailureDetails {
  /** For people: lines that follow the message. */
  readonly more?: readonly string[];
  /** For programs: what the JSON object has beside `error`. */
  readonly result?: Readonly<Record<string, unknown>>;
}

/**
 * Tells of an error that ends a command: on standard error, and with `--json` as the one object on standard output. What
 * users can mend is told in one line; anything else is a fault, and needs its stack.
 */
export function tellFailure(error: unknown, output: Output, { more = [], result = {} }: FailureDetails = {}): void {
  // commander has told people of its own.
  if (!isOfCommander(error)) {
    tell([isExpected(error) ? `shac: ${inFlags(error.message)}` : inspect(error), ...more].join('\n'));
  }
  if (!output.json) return;
  try {
    output.print(toJson({ ...result, error: describe(error) }));
  } catch (unprintable) {
    const { message } = unprintable as Error;
    if (!(error instanceof Error && error.message === message)) tell(`shac: ${message}`);
  }
}

/** JSON on one line; a custom parameter may have values that JSON has no form for. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part));
}

/** By its code: commander is loaded by the commands that need it. */
export function isOfCommander(error: unknown): error is CommanderError {
  return error instanceof Error && String((error as { code?: unknown }).code).startsWith('commander.');
}

function isExpected(error: unknown): error is ShacError | ShacTypeError | ShacRangeError {
  return [ShacError, ShacTypeError, ShacRangeError].some((kind) => error instanceof kind);
}

function describe(error: unknown): { code: string; message: string } {
  if (isOfCommander(error)) {
    const code = error.code === 'commander.unknownOption' ? 'ERR_UNKNOWN_OPTION' : 'ERR_INVALID_ARGUMENT';
    const message = error.code === 'commander.help' ? 'no command is given' : error.message.replace(/^error: /, '');
    return { code, message };
  }
  if (isExpected(error)) return { code: error.code, message: inFlags(error.message) };
  return { code: 'ERR_INTERNAL', message: error instanceof Error ? error.message : inspect(error) };
}
