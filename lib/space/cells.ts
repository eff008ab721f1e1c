import { LEVELS } from './parameter.js';

/** How the ordinals 0 … n - 1 of a finite list of values are spread over the codes. */
export interface Cells {
  readonly levels: number;
  readonly snap?: Uint16Array;
  /** The ordinal at the place `offset` (in [0, 1)) inside the cell of `code`. */
  ordinal(code: number, offset: number): number;
  /** The code whose cell holds `ordinal`. */
  code(ordinal: number): number;
}

/**
 * Ordinals with equal probability: one code each, or, of more than {@link LEVELS}, `size` neighbours to a code (the
 * last code may hold fewer). Exact for any count up to 2^53: only sums, products and remainders of integers are used.
 */
export class EvenCells implements Cells {
  readonly levels: number;
  readonly #count: number;
  readonly #size: number;

  constructor(count: number) {
    this.#count = count;
    this.#size = Math.ceil(count / LEVELS); // exact: LEVELS is a power of two
    this.levels = this.code(count - 1) + 1;
  }

  ordinal(code: number, offset: number): number {
    const first = code * this.#size;
    const size = Math.min(this.#size, this.#count - first);
    // The product may round up to `size`.
    return first + Math.min(size - 1, Math.floor(offset * size));
  }

  code(ordinal: number): number {
    return (ordinal - (ordinal % this.#size)) / this.#size;
  }
}

/**
 * Ordinals of the integers min … max under Optuna's log-uniform prior: exp(uniform(log(min - 1/2), log(max + 1/2))),
 * rounded. The code of an integer is the cell that holds the middle, in probability, of its interval; integers whose
 * intervals are narrower than a cell may share one. A raw code whose cell holds no middle snaps to the integer that it
 * lies in.
 */
export class LogCells implements Cells {
  readonly levels = LEVELS;
  readonly snap: Uint16Array;
  /** `#first[c]`: the first ordinal with a code of at least c; `#first[LEVELS]` is the count. Non-decreasing. */
  readonly #first: Float64Array;
  /** min - 1/2, where the prior begins. */
  readonly #start: number;
  readonly #logWidth: number;

  constructor(min: number, max: number) {
    const count = max - min + 1;
    this.#start = min - 0.5;
    this.#logWidth = Math.log1p(count / this.#start);
    this.#first = new Float64Array(LEVELS + 1);
    for (let code = 1; code <= LEVELS; code++) {
      // The middle of ordinal k is the geometric mean of start + k and start + k + 1. It is at or above the edge, at
      // start + y, if and only if k >= sqrt((start + y)^2 + 1/4) - start - 1/2, written so that nothing cancels.
      const y = this.#distance(code / LEVELS);
      const edge = this.#start + y;
      const first = Math.ceil(y + 0.25 / (Math.sqrt(edge * edge + 0.25) + edge) - 0.5);
      this.#first[code] = Math.min(count, Math.max(first, this.#firstOf(code - 1)));
    }
    this.#first[LEVELS] = count;
    this.snap = new Uint16Array(LEVELS).map((_, raw) => {
      if (this.#firstOf(raw) < this.#firstOf(raw + 1)) return raw;
      return this.code(Math.min(count - 1, Math.floor(this.#distance((raw + 0.5) / LEVELS))));
    });
  }

  ordinal(code: number, offset: number): number {
    const cell = this.snap[code] ?? code;
    const ordinal = Math.floor(this.#distance((cell + offset) / LEVELS));
    return Math.min(this.#firstOf(cell + 1) - 1, Math.max(this.#firstOf(cell), ordinal));
  }

  code(ordinal: number): number {
    let low = 0;
    let high = LEVELS - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.#firstOf(middle) <= ordinal) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** How far the prior's quantile at `u` is above min - 1/2. expm1 keeps narrow ranges of large integers exact. */
  #distance(u: number): number {
    return this.#start * Math.expm1(u * this.#logWidth);
  }

  #firstOf(code: number): number {
    return this.#first[code] as number; // 0 <= code <= LEVELS
  }
}
