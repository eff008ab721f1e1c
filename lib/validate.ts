import { availableParallelism } from 'node:os';
import { type ShacErrorCode, ShacRangeError, ShacTypeError, show } from './errors.js';

/** Checks shared by every entry point. Each throws before any work is done, and names the value and the way out. */

export function plainObject(name: string, value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ShacTypeError('ERR_INVALID_ARGUMENT', `${name} must be an object, got ${show(value)}`);
  }
  return value as Record<string, unknown>;
}

/** An options object (or undefined) that has no other keys than `allowed`. */
export function knownOptions(name: string, value: unknown, allowed: readonly string[]): Record<string, unknown> {
  if (value === undefined) return {};
  const options = plainObject(name, value);
  for (const key of Object.keys(options)) {
    if (allowed.includes(key)) continue;
    throw new ShacTypeError(
      'ERR_UNKNOWN_OPTION',
      `unknown option ${show(key)} of ${name}; the options are ${allowed.join(', ')}`,
    );
  }
  return options;
}

/** Makes of what was given for an option, undefined when nothing was, what is used. `name` is for messages. */
export type Check<T = unknown> = (name: string, value: unknown) => T;

/**
 * The options of a call: each name with its check, which has the default. A table `satisfies OptionTable<FitOptions>`
 * when it has every option of that interface and no other.
 */
export type OptionTable<O> = Readonly<Record<keyof O, Check>>;

/** What {@link readOptions} makes of a table's options. */
export type Resolved<T> = { -readonly [K in keyof T]: T[K] extends Check<infer V> ? V : never };

/**
 * The options of the call `of`, checked and complete.
 *
 * @param prefix Comes before the names in messages: `'classifier.'` for the options in the option `classifier`.
 * @throws ERR_UNKNOWN_OPTION for a name that is not in the table, and what its checks throw.
 */
export function readOptions<T extends OptionTable<T>>(of: string, value: unknown, table: T, prefix = ''): Resolved<T> {
  return checkOptions(knownOptions(of, value, Object.keys(table)), table, prefix);
}

/** The same of `given`, which may have other names as well; those are not looked at. */
export function checkOptions<T extends OptionTable<T>>(
  given: Readonly<Record<string, unknown>>,
  table: T,
  prefix = '',
): Resolved<T> {
  const resolved: Record<string, unknown> = {};
  for (const [name, check] of Object.entries<Check>(table)) resolved[name] = check(prefix + name, given[name]);
  return resolved as Resolved<T>;
}

export interface Range {
  min: number;
  max?: number;
  code?: ShacErrorCode;
}

export function wholeNumber(name: string, value: unknown, { min, max = Number.MAX_SAFE_INTEGER, code }: Range): number {
  const expected = `a whole number ${max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`}`;
  if (typeof value !== 'number') {
    throw new ShacTypeError(code ?? 'ERR_INVALID_ARGUMENT', `${name} must be ${expected}, got ${show(value)}`);
  }
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new ShacRangeError(code ?? 'ERR_INVALID_ARGUMENT', `${name} must be ${expected}, got ${show(value)}`);
  }
  return value;
}

export function finiteNumber(name: string, value: unknown, { min, max = Number.MAX_VALUE, code }: Range): number {
  const expected = max === Number.MAX_VALUE ? `a number of at least ${min}` : `a number from ${min} to ${max}`;
  if (typeof value !== 'number') {
    throw new ShacTypeError(code ?? 'ERR_INVALID_ARGUMENT', `${name} must be ${expected}, got ${show(value)}`);
  }
  if (!(value >= min && value <= max)) {
    throw new ShacRangeError(code ?? 'ERR_INVALID_ARGUMENT', `${name} must be ${expected}, got ${show(value)}`);
  }
  return value;
}

export function flag(name: string, value: unknown): boolean {
  if (value === undefined) return false;
  if (typeof value !== 'boolean') {
    throw new ShacTypeError('ERR_INVALID_ARGUMENT', `${name} must be true or false, got ${show(value)}`);
  }
  return value;
}

export function oneOf<const T extends string>(name: string, value: unknown, choices: readonly T[]): T {
  if (!choices.includes(value as T)) {
    throw new ShacTypeError(
      'ERR_INVALID_ARGUMENT',
      `${name} must be ${choices.map((choice) => show(choice)).join(' or ')}, got ${show(value)}`,
    );
  }
  return value as T;
}

export function text(name: string, value: unknown): string {
  if (typeof value !== 'string' || value === '') {
    throw new ShacTypeError('ERR_INVALID_ARGUMENT', `${name} must be a non-empty string, got ${show(value)}`);
  }
  return value;
}

export function abortSignal(name: string, value: unknown): AbortSignal | undefined {
  if (value === undefined || value instanceof AbortSignal) return value;
  throw new ShacTypeError('ERR_INVALID_ARGUMENT', `${name} must be an AbortSignal, got ${show(value)}`);
}

/** A number of parallel workers or threads; null or undefined is one a core, at most `batchSize`. */
export function parallelism(name: string, value: unknown, batchSize: number): number {
  if (value === undefined || value === null) return Math.max(1, Math.min(batchSize, availableParallelism()));
  return wholeNumber(name, value, { min: 1, max: 256 });
}
