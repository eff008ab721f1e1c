import { ShacRangeError, show } from '../errors.js';
import { EvenCells } from './cells.js';
import { invalidRange, requireNumberIn, requireNumberText } from './checks.js';
import { DecimalGrid } from './grid.js';
import { PARAMETER_BRAND, type Parameter, type ParameterDescription } from './parameter.js';

/** What a `uniform` or an `integer` with a step is. */
export type SteppedDescription = ParameterDescription & { readonly kind: 'uniform' | 'integer'; readonly step: number };

/**
 * Checks the option `step` of `uniform` and `integer`, once the bounds are.
 *
 * @throws ShacRangeError `ERR_INVALID_PARAMETER` for a step that is not above 0, one that leaves a single value, or one so
 *   small that neighbours are one number.
 */
export function requireStep(call: string, min: number, max: number, step: number): void {
  if (step <= 0) throw invalidRange(`${call}: step must be greater than 0, not ${show(step)}`);
  // Four units in the last place of the larger bound: rounding then leaves neighbours apart, and each nearest to itself.
  const smallest = 4 * Number.EPSILON * Math.max(Math.abs(min), Math.abs(max));
  const exact = [min, max, step, max - min].every(Number.isSafeInteger);
  if (!exact && step < smallest) {
    throw invalidRange(
      `${call}: step must be at least ${smallest}, not ${show(step)}: neighbours would be one number; ` +
        'raise it, or leave it out',
    );
  }
  if (new DecimalGrid(min, max, step).count === 1) {
    throw invalidRange(
      `${call}: step must be at most max - min, not ${show(step)}; for a single value use discrete([${show(min)}])`,
    );
  }
}

/**
 * The numbers from `min` to `max` by `step`, all equally likely: {@link DecimalGrid}. One code each, or, of more than
 * 32,768 numbers, neighbours share one.
 */
export class SteppedParameter implements Parameter<number> {
  readonly [PARAMETER_BRAND] = 'scalar';
  readonly kind: 'uniform' | 'integer';
  readonly levels: number;
  readonly #description: SteppedDescription;
  readonly #grid: DecimalGrid;
  readonly #cells: EvenCells;
  readonly #domain: string;

  constructor(description: SteppedDescription) {
    const { kind, min, max, step } = description;
    this.kind = kind;
    this.#description = Object.freeze(description);
    this.#grid = new DecimalGrid(min, max, step);
    this.#cells = new EvenCells(this.#grid.count);
    this.levels = this.#cells.levels;
    const what = kind === 'integer' ? 'an integer' : 'a number';
    this.#domain = `allowed is ${what} from ${min} to ${this.#grid.last} in steps of ${step}`;
  }

  decode(code: number, offset: number): number {
    return this.#grid.at(this.#cells.ordinal(code, offset));
  }

  encode(value: unknown): number {
    const { min, max } = this.#description;
    const number = requireNumberIn(this.#domain, value, min, max);
    const ordinal = this.#grid.ordinal(number);
    if (ordinal === undefined) {
      const message = `${show(value)} is not on the grid: ${this.#grid.neighbours(number)}; ${this.#domain}`;
      throw new ShacRangeError('ERR_INVALID_VALUE', message);
    }
    return this.#cells.code(ordinal);
  }

  place(value: number): number {
    return (this.encode(value) + 0.5) / this.levels;
  }

  describe(): ParameterDescription {
    return this.#description;
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
