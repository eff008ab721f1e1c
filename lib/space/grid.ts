import { show } from '../errors.js';

/** A finite number as `digits` · 10^`exponent`: the shortest decimal that reads back as it, which is how it is printed. */
interface Decimal {
  readonly digits: bigint;
  readonly exponent: number;
}

/**
 * The numbers min, min + step, min + 2 step, … up to `max` at the most, as decimal arithmetic has them: of 0 to 1 by 0.1
 * the fourth is 0.3, not 0.1 + 0.1 + 0.1. Each is the double nearest to the exact decimal.
 */
export class DecimalGrid {
  readonly step: number;
  /** How many numbers there are. */
  readonly count: number;
  /** What follows is in units of 10 to this power. */
  readonly #exponent: number;
  readonly #min: bigint;
  readonly #step: bigint;

  /** Expects `min` <= `max` and 0 < `step`, all of them finite. */
  constructor(min: number, max: number, step: number) {
    this.step = step;
    const decimals = [decimalOf(min), decimalOf(max), decimalOf(step)] as const;
    this.#exponent = Math.min(...decimals.map(({ exponent }) => exponent));
    const [low, high, width] = decimals.map((decimal) => this.#scaled(decimal)) as [bigint, bigint, bigint];
    this.#min = low;
    this.#step = width;
    this.count = Number((high - low) / width) + 1;
  }

  /** The last number, `max` when it is one of them. */
  get last(): number {
    return this.at(this.count - 1);
  }

  /** The number at an ordinal from 0 to count - 1. */
  at(ordinal: number): number {
    return Number(`${this.#min + BigInt(ordinal) * this.#step}e${this.#exponent}`);
  }

  /** The ordinal of the number nearest to `value`. */
  nearest(value: number): number {
    const decimal = decimalOf(value);
    // A value with more digits than the grid is looked at with its own.
    const finer = 10n ** BigInt(Math.max(0, this.#exponent - decimal.exponent));
    const step = this.#step * finer;
    const distance = this.#scaled(decimal) - this.#min * finer;
    const ordinal = distance <= 0n ? 0n : (distance + step / 2n) / step;
    return Math.min(this.count - 1, Number(ordinal));
  }

  /** The ordinal of `value`; undefined when it is none of the numbers. */
  ordinal(value: number): number | undefined {
    const ordinal = this.nearest(value);
    return this.at(ordinal) === value ? ordinal : undefined;
  }

  /** The numbers next to one that is none of them, in words. */
  neighbours(value: number): string {
    const ordinal = this.nearest(value);
    const nearest = this.at(ordinal);
    const other = ordinal + (nearest < value ? 1 : -1);
    if (other < 0 || other >= this.count) return `the nearest value is ${show(nearest)}`;
    const [below, above] = [nearest, this.at(other)].sort((a, b) => a - b) as [number, number];
    return `the nearest values are ${show(below)} and ${show(above)}`;
  }

  /** A decimal in units of 10^exponent, or in its own when these are finer. */
  #scaled({ digits, exponent }: Decimal): bigint {
    return digits * 10n ** BigInt(Math.max(0, exponent - this.#exponent));
  }
}

function decimalOf(value: number): Decimal {
  const [, sign, whole, fraction = '', power = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:e(.+))?$/.exec(
    String(value),
  ) as RegExpExecArray;
  return { digits: BigInt(`${sign}${whole}${fraction}`), exponent: Number(power) - fraction.length };
}
