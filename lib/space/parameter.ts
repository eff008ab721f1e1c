/**
 * How many codes a continuous parameter has, and the most that any parameter can have. 32,768 cells keep a code in an
 * unsigned 16-bit integer, and are far finer than what a tree can learn from some hundred trials.
 */
export const LEVELS = 32768;

/** The last offset that a place is given with: a code can be added to it without rounding up to the next cell. */
export const END_OF_CELL = 1 - 2 ** -30;

/** A value of a {@link discrete} parameter. */
export type DiscreteValue = string | number | boolean | null;

/** What a `uniform` or an `integer` is, in plain JSON. */
export interface RangeDescription<K extends 'uniform' | 'integer'> {
  readonly kind: K;
  readonly min: number;
  readonly max: number;
  readonly log: boolean;
  /** Only of one that has a step; of an integer, above 1. */
  readonly step?: number;
}

/**
 * What a parameter is, in plain JSON. Two parameters are the same if and only if their descriptions are deeply equal;
 * of a custom parameter only the name is known, since code cannot be compared.
 */
export type ParameterDescription =
  | RangeDescription<'uniform'>
  | { readonly kind: 'normal'; readonly mean: number; readonly std: number }
  | RangeDescription<'integer'>
  | { readonly kind: 'discrete'; readonly values: readonly DiscreteValue[] }
  | { readonly kind: 'custom'; readonly name?: string };

/** What a `multi` parameter is, in plain JSON. */
export interface MultiParameterDescription {
  readonly kind: 'multi';
  readonly sampleCount: number;
  readonly of: ParameterDescription;
}

/** The kinds of scalar parameters. */
export type ParameterKind = ParameterDescription['kind'];

/**
 * One searched quantity: the two-way map between its values and the integer codes that samplers and classifiers work
 * on. Made by `uniform`, `normal`, `integer`, `discrete` or `custom`; immutable.
 *
 * A code is *reachable* when `snap` is absent or `snap[code] === code`. For each reachable code `c` and each offset `o`
 * in [0, 1), `encode(decode(c, o)) === c`.
 */
export interface Parameter<T> {
  readonly kind: ParameterKind;
  /** Number of codes, 1 to 32,768: the codes are the integers 0 … levels - 1. */
  readonly levels: number;
  /**
   * Present where a value owns several raw codes: a raw code `r`, drawn uniformly from 0 … levels - 1, stands for the
   * code `snap[r]`, so that each value has one code and no classifier can split a value in two.
   */
  readonly snap?: Uint16Array;
  /** The value at the place `offset` (in [0, 1)) inside the cell of `code`. An unreachable code is snapped first. */
  decode(code: number, offset: number): T;
  /**
   * The code of `value`.
   *
   * @throws ShacTypeError or ShacRangeError `ERR_INVALID_VALUE` when `value` is not one of the parameter's values.
   */
  encode(value: unknown): number;
  /**
   * Where in [0, 1) a value is that `encode` takes: (code + its place inside the code's cell) / levels. Integers,
   * numbers with a step and the values of a list are in the middle of their cells, and so are values where `snap` is present.
   */
  place(value: T): number;
  /** What this parameter is, in plain JSON. */
  describe(): ParameterDescription;
  /**
   * Reads a value from a field of a CSV file, written by {@link Parameter.formatText} or by PySHAC.
   *
   * @throws ShacTypeError or ShacRangeError `ERR_INVALID_VALUE` when the text is not one of the parameter's values.
   */
  parseText(text: string): T;
  /** Writes a value as a field of a CSV file; `parseText` gives it back. */
  formatText(value: T): string;
}

/** Several independent coordinates of one kind under one name; its value is an array. Made by `multi`. */
export interface MultiParameter<T> {
  readonly kind: 'multi';
  /** What each element of the array is. */
  readonly parameter: Parameter<T>;
  /** Length of the array. */
  readonly sampleCount: number;
  /** What this parameter is, in plain JSON. */
  describe(): MultiParameterDescription;
}

/**
 * Marks what our constructors made. Registered globally, and left out of the interfaces, so that parameters made by
 * another copy of the package are accepted, at run time and by the compiler.
 *
 * @internal
 */
export const PARAMETER_BRAND: unique symbol = Symbol.for('shac.parameter');

/** True for what `uniform`, `normal`, `integer`, `discrete` or `custom` returned. */
export function isParameter(value: unknown): value is Parameter<unknown> {
  return brandOf(value) === 'scalar';
}

/** True for what `multi` returned. */
export function isMultiParameter(value: unknown): value is MultiParameter<unknown> {
  return brandOf(value) === 'multi';
}

/**
 * What one of our constructors made `value`, if any: the values of {@link PARAMETER_BRAND}.
 *
 * @internal
 */
export function brandOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, PARAMETER_BRAND) : undefined;
}
