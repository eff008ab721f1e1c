import { ShacRangeError, show } from '../errors.js';
import { type Cells, EvenCells, LogCells } from './cells.js';
import {
  callText,
  invalidRange,
  invalidType,
  readLogOption,
  requireNumberIn,
  requireNumberText,
  requireOrdered,
} from './checks.js';
import { PARAMETER_BRAND, type Parameter, type ParameterDescription } from './parameter.js';

/** Options of {@link integer}. */
export interface IntegerOptions {
  /** Uniform on a logarithmic scale, as Optuna's: small integers are more likely; `min` must be at least 1. Default false. */
  log?: boolean;
}

/**
 * An integer from `min` to `max`, both included, uniform, or log-uniform with `{ log: true }`. Of more than 32,768
 * integers, neighbours share a code: all can be sampled, but the classifiers do not tell these apart.
 *
 * @throws ShacTypeError or ShacRangeError `ERR_INVALID_PARAMETER` for bounds that are no safe integers, `min >= max`,
 *   more than 2^53 integers, or `log` with `min <= 0`; `ERR_UNKNOWN_OPTION` for another option.
 */
export function integer(min: number, max: number, options?: IntegerOptions): Parameter<number> {
  const call = callText('integer', min, max, ...(options === undefined ? [] : [options]));
  const log = readLogOption(call, options);
  const low = requireSafeInteger(call, 'min', min);
  const high = requireSafeInteger(call, 'max', max);
  requireOrdered(call, low, high, log);
  if (high - low > Number.MAX_SAFE_INTEGER) {
    throw invalidRange(
      `${call}: max - min must be at most ${Number.MAX_SAFE_INTEGER}; narrow the range or use uniform`,
    );
  }
  return new IntegerParameter(low, high, log);
}

function requireSafeInteger(call: string, name: string, value: unknown): number {
  if (typeof value !== 'number') throw invalidType(`${call}: ${name} must be an integer, not ${show(value)}`);
  if (!Number.isSafeInteger(value)) {
    throw invalidRange(
      `${call}: ${name} must be an integer from -(2^53 - 1) to 2^53 - 1, not ${show(value)}; for fractions use uniform`,
    );
  }
  return value + 0; // -0 becomes 0
}

class IntegerParameter implements Parameter<number> {
  readonly [PARAMETER_BRAND] = 'scalar';
  readonly kind = 'integer';
  readonly levels: number;
  readonly snap?: Uint16Array;
  readonly #min: number;
  readonly #max: number;
  readonly #log: boolean;
  readonly #cells: Cells;
  readonly #domain: string;

  constructor(min: number, max: number, log: boolean) {
    this.#min = min;
    this.#max = max;
    this.#log = log;
    this.#cells = log ? new LogCells(min, max) : new EvenCells(max - min + 1);
    this.#domain = `allowed is an integer from ${min} to ${max}`;
    this.levels = this.#cells.levels;
    if (this.#cells.snap) this.snap = this.#cells.snap;
  }

  decode(code: number, offset: number): number {
    return this.#min + this.#cells.ordinal(code, offset);
  }

  encode(value: unknown): number {
    const number = requireNumberIn(this.#domain, value, this.#min, this.#max);
    if (!Number.isInteger(number)) {
      throw new ShacRangeError('ERR_INVALID_VALUE', `${show(value)} is not an integer; ${this.#domain}`);
    }
    return this.#cells.code(number - this.#min);
  }

  place(value: number): number {
    return (this.encode(value) + 0.5) / this.levels;
  }

  describe(): ParameterDescription {
    return { kind: 'integer', min: this.#min, max: this.#max, log: this.#log };
  }

  parseText(text: string): number {
    const value = requireNumberText(this.#domain, text);
    this.encode(value);
    return value;
  }

  formatText(value: number): string {
    return String(value);
  }
}
