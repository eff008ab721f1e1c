import { ShacRangeError, show } from '../errors.js';
import { type Cells, EvenCells, LogCells } from './cells.js';
import {
  callText,
  invalidRange,
  invalidType,
  logWithStep,
  readScaleOptions,
  requireNumberIn,
  requireNumberText,
  requireOrdered,
} from './checks.js';
import { PARAMETER_BRAND, type Parameter, type ParameterDescription } from './parameter.js';
import { requireStep, SteppedParameter } from './stepped.js';

/** Options of {@link integer}. */
export interface IntegerOptions {
  /** Uniform on a logarithmic scale, as Optuna's: small integers are more likely; `min` must be at least 1. Default false. */
  log?: boolean | undefined;
  /**
   * Only the integers `min`, `min + step`, `min + 2 * step`, …, all equally likely. `max` is one of them when it is on the
   * grid; else the last one is the largest below it. At least 1, and at most `max - min`; with `log`, 1 is the only one.
   * Default 1.
   */
  step?: number | undefined;
}

/**
 * An integer from `min` to `max`, both included, uniform, or log-uniform with `{ log: true }`, or one of evenly spaced
 * ones with `{ step }`. Of more than 32,768 integers, neighbours share a code: all can be sampled, but the classifiers do
 * not tell these apart.
 *
 * @throws ShacTypeError or ShacRangeError `ERR_INVALID_PARAMETER` for bounds or a step that are no safe integers,
 *   `min >= max`, more than 2^53 integers, `log` with `min <= 0`, a step below 1 or wider than the range, or `log` with a
 *   step above 1; `ERR_UNKNOWN_OPTION` for another option.
 */
export function integer(min: number, max: number, options?: IntegerOptions): Parameter<number> {
  const call = callText('integer', min, max, ...(options === undefined ? [] : [options]));
  const { log, step = 1 } = readScaleOptions(call, options);
  const low = requireSafeInteger(call, 'min', min);
  const high = requireSafeInteger(call, 'max', max);
  requireOrdered(call, low, high, log);
  if (high - low > Number.MAX_SAFE_INTEGER) {
    throw invalidRange(
      `${call}: max - min must be at most ${Number.MAX_SAFE_INTEGER}; narrow the range or use uniform`,
    );
  }
  if (requireSafeInteger(call, 'step', step) === 1) return new IntegerParameter(low, high, log);
  if (log) throw logWithStep(call, step);
  requireStep(call, low, high, step);
  return new SteppedParameter({ kind: 'integer', min: low, max: high, log, step });
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
