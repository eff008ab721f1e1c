import { ShacRangeError, ShacTypeError, show } from '../errors.js';

/** How the user's call is quoted in a message: `uniform(1, "2")`. */
export function callText(name: string, ...args: readonly unknown[]): string {
  return `${name}(${args.map(show).join(', ')})`;
}

export function invalidType(message: string): ShacTypeError {
  return new ShacTypeError('ERR_INVALID_PARAMETER', message);
}

export function invalidRange(message: string): ShacRangeError {
  return new ShacRangeError('ERR_INVALID_PARAMETER', message);
}

/** `value` as a finite number. -0 becomes 0, so that a description survives JSON. */
export function requireFinite(call: string, name: string, value: unknown): number {
  if (typeof value !== 'number') throw invalidType(`${call}: ${name} must be a number, not ${show(value)}`);
  if (!Number.isFinite(value)) throw invalidRange(`${call}: ${name} must be a finite number, not ${show(value)}`);
  return value + 0;
}

/** Refuses options that do not exist, since a misspelt one would be ignored in silence. */
export function requireOptions(call: string, options: unknown, allowed: readonly string[]): Record<string, unknown> {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw invalidType(
      `${call}: the options must be an object with the keys ${allowed.join(', ')}, not ${show(options)}`,
    );
  }
  for (const key of Object.keys(options)) {
    if (!allowed.includes(key)) {
      throw new ShacTypeError(
        'ERR_UNKNOWN_OPTION',
        `${call}: there is no option ${show(key)}; the options are: ${allowed.join(', ')}`,
      );
    }
  }
  return options as Record<string, unknown>;
}

/** Reads the options of `uniform` and `integer`. */
export function readScaleOptions(call: string, options: unknown): { log: boolean; step: number | undefined } {
  if (options === undefined) return { log: false, step: undefined };
  const { log = false, step } = requireOptions(call, options, ['log', 'step']);
  if (typeof log !== 'boolean') throw invalidType(`${call}: the option log must be true or false, not ${show(log)}`);
  return { log, step: step === undefined ? undefined : requireFinite(call, 'step', step) };
}

/** A logarithmic scale has no even steps. */
export function logWithStep(call: string, step: number): ShacRangeError {
  return invalidRange(`${call}: log: true and step: ${step} cannot be had together; leave one of them out`);
}

/** Checks what `uniform` and `integer` have in common. */
export function requireOrdered(call: string, min: number, max: number, log: boolean): void {
  if (min === max) {
    throw invalidRange(`${call}: min must be less than max; for a single value use discrete([${show(min)}])`);
  }
  if (min > max) throw invalidRange(`${call}: min must be less than max; swap ${show(min)} and ${show(max)}`);
  if (log && min <= 0) {
    throw invalidRange(
      `${call}: min must be greater than 0 with log: true, not ${show(min)}; raise it or leave log out`,
    );
  }
}

/** Checks that `value` is a number from `min` to `max`; `domain` says it in words. */
export function requireNumberIn(domain: string, value: unknown, min: number, max: number): number {
  if (typeof value !== 'number') {
    throw new ShacTypeError('ERR_INVALID_VALUE', `${show(value)} is not a number; ${domain}`);
  }
  // Written so that NaN fails.
  if (!(value >= min && value <= max)) {
    throw new ShacRangeError('ERR_INVALID_VALUE', `${show(value)} is out of range; ${domain}`);
  }
  return value;
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** The number that `text` spells in decimal notation, or undefined: no '', no '0x1', no 'Infinity'. */
export function numberFromText(text: string): number | undefined {
  const trimmed = text.trim();
  return DECIMAL.test(trimmed) ? Number(trimmed) : undefined;
}

/** {@link numberFromText} for a parameter whose values are all numbers. */
export function requireNumberText(domain: string, text: string): number {
  const value = numberFromText(text);
  if (value === undefined) {
    throw new ShacTypeError('ERR_INVALID_VALUE', `the text ${show(text)} is not a number; ${domain}`);
  }
  return value;
}
