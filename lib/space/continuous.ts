import {
  callText,
  invalidRange,
  logWithStep,
  readScaleOptions,
  requireFinite,
  requireNumberIn,
  requireNumberText,
  requireOrdered,
} from './checks.js';
import { normalQuantile } from './normal-quantile.js';
import { END_OF_CELL, LEVELS, PARAMETER_BRAND, type Parameter, type ParameterDescription } from './parameter.js';
import { requireStep, SteppedParameter } from './stepped.js';

/** Options of {@link uniform}. */
export interface UniformOptions {
  /** Uniform on a logarithmic scale; `min` must be greater than 0, and there can be no `step`. Default false. */
  log?: boolean | undefined;
  /**
   * Only the numbers `min`, `min + step`, `min + 2 * step`, …, all equally likely. They are those of decimal arithmetic:
   * in steps of 0.1 from 0 there is 0.3, and not 0.30000000000000004. `max` is one of them when it is on the grid; else
   * the last one is the largest below it. Greater than 0, and at most `max - min`. Default: every number.
   */
  step?: number | undefined;
}

/**
 * A number between `min` and `max`, uniform, or log-uniform with `{ log: true }`, or one of evenly spaced ones with
 * `{ step }`. Of more than 32,768 of these, neighbours share a code: all can be sampled, but the classifiers do not tell
 * them apart.
 *
 * @throws ShacTypeError or ShacRangeError `ERR_INVALID_PARAMETER` for bounds or a step that are no finite numbers,
 *   `min >= max`, a range wider than the largest number, `log` with `min <= 0`, a step that is not above 0, wider than
 *   the range or too small for numbers of that size, or `log` with `step`; `ERR_UNKNOWN_OPTION` for another option.
 */
export function uniform(min: number, max: number, options?: UniformOptions): Parameter<number> {
  const call = callText('uniform', min, max, ...(options === undefined ? [] : [options]));
  const { log, step } = readScaleOptions(call, options);
  const low = requireFinite(call, 'min', min);
  const high = requireFinite(call, 'max', max);
  requireOrdered(call, low, high, log);
  const width = high - low;
  if (width === Number.POSITIVE_INFINITY) {
    throw invalidRange(`${call}: max - min must be at most ${Number.MAX_VALUE}; narrow the range`);
  }
  if (step !== undefined) {
    if (log) throw logWithStep(call, step);
    requireStep(call, low, high, step);
    return new SteppedParameter({ kind: 'uniform', min: low, max: high, log, step });
  }
  const logLow = Math.log(low);
  const logHigh = Math.log(high);
  const logWidth = logHigh - logLow;
  const roomy = log
    ? isRoomy((low * logWidth) / LEVELS, low * (1 + Math.abs(logLow) + Math.abs(logHigh)))
    : isRoomy(width / LEVELS, Math.max(Math.abs(low), Math.abs(high)));
  return new ContinuousParameter(
    { kind: 'uniform', min: low, max: high, log },
    log
      ? (u) => Math.min(high, Math.max(low, Math.exp(logLow + u * logWidth)))
      : (u) => Math.min(high, Math.max(low, low + u * width)),
    { min: low, max: high, lowest: low, roomy, words: `allowed is a number from ${low} to ${high}` },
  );
}

/**
 * A normally distributed number with the given mean and standard deviation. The sampler stays within 8.3 standard
 * deviations; {@link Parameter.encode} takes any finite number.
 *
 * @throws ShacTypeError or ShacRangeError `ERR_INVALID_PARAMETER` for arguments that are no finite numbers, `std <= 0`,
 *   or tails beyond the largest number.
 */
export function normal(mean: number, std: number): Parameter<number> {
  const call = callText('normal', mean, std);
  const centre = requireFinite(call, 'mean', mean);
  const scale = requireFinite(call, 'std', std);
  if (scale <= 0) throw invalidRange(`${call}: std must be greater than 0, not ${scale}`);
  // The tails are open: u is kept off 0 and 1, the two places where the quantile is infinite.
  const quantile = (u: number) => centre + scale * normalQuantile(Math.min(1 - 2 ** -53, Math.max(2 ** -54, u)));
  if (!Number.isFinite(quantile(0)) || !Number.isFinite(quantile(1))) {
    throw invalidRange(`${call}: mean ± 9 std must be finite numbers; choose a smaller std or mean`);
  }
  return new ContinuousParameter({ kind: 'normal', mean: centre, std: scale }, quantile, {
    min: -Number.MAX_VALUE,
    max: Number.MAX_VALUE,
    lowest: Number.NEGATIVE_INFINITY,
    // The central cells are the narrowest: the density there is less than 0.4 / std.
    roomy: isRoomy((2.5 * scale) / LEVELS, Math.abs(centre) + 9 * scale),
    words: 'allowed is any finite number',
  });
}

interface ContinuousDomain {
  readonly min: number;
  readonly max: number;
  /** Lower edge of cell 0. */
  readonly lowest: number;
  /** True when each cell is sure to hold a value, so that none needs to be looked at. */
  readonly roomy: boolean;
  readonly words: string;
}

/**
 * A parameter given by its inverse CDF, `quantile`, non-decreasing on [0, 1] and inside the domain. Code `c` owns the
 * values v with edge(c) <= v < edge(c + 1), where edge(c) = quantile(c / LEVELS), and the last code owns `max` as well.
 * Both directions compare with these edges, never with a CDF, so rounding cannot make them disagree.
 */
class ContinuousParameter implements Parameter<number> {
  readonly [PARAMETER_BRAND] = 'scalar';
  readonly kind: 'uniform' | 'normal';
  readonly levels = LEVELS;
  readonly snap?: Uint16Array;
  readonly #description: ParameterDescription & { kind: 'uniform' | 'normal' };
  readonly #quantile: (u: number) => number;
  readonly #domain: ContinuousDomain;
  /** Edges of cells 0 … LEVELS - 1, kept only where cells are so narrow that some hold no value at all. */
  readonly #crowdedEdges?: Float64Array;

  constructor(
    description: ParameterDescription & { kind: 'uniform' | 'normal' },
    quantile: (u: number) => number,
    domain: ContinuousDomain,
  ) {
    this.kind = description.kind;
    this.#description = Object.freeze(description);
    this.#quantile = quantile;
    this.#domain = domain;
    if (domain.roomy || !this.#hasEmptyCell()) return;
    this.#crowdedEdges = this.#risingEdges();
    this.snap = snapToNext(this.#crowdedEdges);
  }

  decode(code: number, offset: number): number {
    return this.#at(this.snap?.[code] ?? code, offset);
  }

  encode(value: unknown): number {
    return this.#cellOf(requireNumberIn(this.#domain.words, value, this.#domain.min, this.#domain.max));
  }

  /** Undoes the quantile by halving the cell. Cells that hold a few doubles are not looked into. */
  place(value: number): number {
    const code = this.encode(value);
    if (this.snap !== undefined) return (code + 0.5) / LEVELS;
    let low = 0;
    let high = END_OF_CELL;
    for (let halving = 0; halving < 30; halving++) {
      const middle = (low + high) / 2;
      if (this.#quantile((code + middle) / LEVELS) <= value) low = middle;
      else high = middle;
    }
    return (code + low) / LEVELS;
  }

  describe(): ParameterDescription {
    return this.#description;
  }

  parseText(text: string): number {
    const value = requireNumberText(this.#domain.words, text);
    this.encode(value);
    return value;
  }

  formatText(value: number): string {
    return String(value);
  }

  /** The value at `offset` inside a cell that is not empty, moved to the nearest of its values where rounding left it. */
  #at(code: number, offset: number): number {
    const value = this.#quantile((code + offset) / LEVELS);
    // A roomy cell is so wide that rounding cannot carry a value over an eighth of it.
    if (this.#domain.roomy && offset > 1 / 8 && offset < 7 / 8) return value;
    const lower = this.#edge(code);
    if (value < lower) return lower;
    const upper = this.#edge(code + 1);
    return value < upper ? value : nextBelow(upper);
  }

  #cellOf(value: number): number {
    let low = 0;
    let high = LEVELS - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.#edge(middle) <= value) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #edge(code: number): number {
    if (code === 0) return this.#domain.lowest;
    if (code === LEVELS) return Number.POSITIVE_INFINITY;
    return this.#crowdedEdges?.[code] ?? this.#quantile(code / LEVELS);
  }

  #hasEmptyCell(): boolean {
    let previous = this.#edge(0);
    for (let code = 1; code < LEVELS; code++) {
      const edge = this.#edge(code);
      if (edge <= previous) return true;
      previous = edge;
    }
    return false;
  }

  /** In so narrow a range `exp` may fall by a unit in the last place where it should rise; the search needs a rise. */
  #risingEdges(): Float64Array {
    const edges = new Float64Array(LEVELS).map((_, code) => this.#edge(code));
    for (let code = 1; code < LEVELS; code++) {
      edges[code] = Math.max(edges[code] as number, edges[code - 1] as number);
    }
    return edges;
  }
}

/** Whether a cell of this width is far wider than the rounding errors of its edges, which are of this magnitude. */
function isRoomy(narrowestCell: number, magnitude: number): boolean {
  return narrowestCell > 2 ** -46 * magnitude && narrowestCell > 2 ** 10 * Number.MIN_VALUE;
}

/** An empty cell's one value, its lower edge, is owned by the next cell that is not empty. */
function snapToNext(edges: Float64Array): Uint16Array {
  const snap = new Uint16Array(LEVELS).fill(LEVELS - 1);
  for (let code = LEVELS - 2; code >= 0; code--) {
    const isEmpty = edges[code] === edges[code + 1];
    snap[code] = isEmpty ? (snap[code + 1] as number) : code;
  }
  return snap;
}

/** The largest number below the finite number `x`. */
function nextBelow(x: number): number {
  if (x === 0) return -Number.MIN_VALUE;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  view.setBigInt64(0, view.getBigInt64(0) - (x > 0 ? 1n : -1n));
  return view.getFloat64(0);
}
