import { ShacRangeError, ShacTypeError, show } from '../errors.js';
import {
  END_OF_CELL,
  isMultiParameter,
  isParameter,
  type MultiParameter,
  type MultiParameterDescription,
  type Parameter,
  type ParameterDescription,
} from './parameter.js';

/** The names and parameters of a search space, as the user writes them. */
export type SpaceDefinition = Record<string, Parameter<unknown> | MultiParameter<unknown>>;

/** The params object that a space definition stands for: a value a name, an array for a `multi`. */
export type ParamsOf<D extends SpaceDefinition> = {
  -readonly [K in keyof D]: D[K] extends MultiParameter<infer T> ? T[] : D[K] extends Parameter<infer T> ? T : never;
};

/** One axis of the code space, and one column of a CSV file. */
export interface Coordinate {
  /** Column name: the parameter's name, with `_1`, `_2`, … appended inside a `multi`, as in PySHAC. */
  readonly column: string;
  /** Key in the params object. */
  readonly name: string;
  /** Position inside a `multi`, from 0; undefined for a scalar. */
  readonly index: number | undefined;
  readonly parameter: Parameter<unknown>;
}

/** A point of the space as the classifiers see it, one entry a coordinate. Rows share arrays: none of them is altered. */
export interface Row {
  readonly codes: Uint16Array;
  /** 1 where the coordinate counts, else 0. */
  readonly active: Uint8Array;
}

/** What a space is, in plain JSON; two spaces are the same if and only if these are deeply equal, in the same order. */
export type SpaceDescription = Record<string, ParameterDescription | MultiParameterDescription>;

/**
 * A search space: named parameters, laid out as a row of coordinates in the order of definition. Immutable.
 *
 * @throws ShacTypeError `ERR_INVALID_SPACE` when the definition is no plain object, is empty, holds something that is
 *   no parameter, or when two coordinates would have one column name.
 */
export class SearchSpace<D extends SpaceDefinition> {
  /** The parameter names, in order. */
  readonly names: readonly string[];
  readonly coordinates: readonly Coordinate[];
  /** The column names, one a coordinate. */
  readonly columns: readonly string[];
  /** Number of coordinates, the length of a row of codes. */
  readonly dimensions: number;
  /** Number of codes of each coordinate. */
  readonly levels: Uint32Array;
  /** {@link Parameter.snap} of each coordinate. */
  readonly snaps: readonly (Uint16Array | undefined)[];
  /** Whether the place inside a cell matters, for each coordinate: cells of the others count as one value. */
  readonly continuous: readonly boolean[];
  readonly #active: Uint8Array;
  readonly #definition: ReadonlyMap<string, Parameter<unknown> | MultiParameter<unknown>>;

  constructor(definition: D) {
    this.#definition = new Map(Object.entries(requireDefinition(definition)));
    this.names = Object.freeze([...this.#definition.keys()]);
    this.coordinates = Object.freeze([...this.#definition].flatMap(([name, entry]) => coordinatesOf(name, entry)));
    requireDistinctColumns(this.coordinates);
    this.columns = Object.freeze(this.coordinates.map(({ column }) => column));
    this.dimensions = this.coordinates.length;
    this.levels = Uint32Array.from(this.coordinates, ({ parameter }) => parameter.levels);
    this.snaps = Object.freeze(this.coordinates.map(({ parameter }) => parameter.snap));
    this.continuous = Object.freeze(this.coordinates.map(({ parameter }) => isContinuous(parameter)));
    this.#active = new Uint8Array(this.dimensions).fill(1);
  }

  /**
   * The params of one row.
   *
   * @param codes - Codes; the row is `codes[start]` … `codes[start + dimensions - 1]`.
   * @param offsets - Places inside the codes' cells, each in [0, 1), in the same layout.
   * @param start - Where the row begins. Default 0.
   * @throws ShacRangeError `ERR_INVALID_ARGUMENT` when the row is not there or a code or an offset is out of range.
   */
  decode(codes: ArrayLike<number>, offsets: ArrayLike<number>, start = 0): ParamsOf<D> {
    return this.#assemble(({ column, parameter }, i) => {
      const code = codes[start + i];
      const offset = offsets[start + i];
      if (code === undefined || !(Number.isInteger(code) && code >= 0 && code < parameter.levels)) {
        throw this.#badRow('code', code, column, start + i, `an integer from 0 to ${parameter.levels - 1}`);
      }
      if (offset === undefined || !(offset >= 0 && offset < 1)) {
        throw this.#badRow('offset', offset, column, start + i, 'at least 0 and less than 1');
      }
      return parameter.decode(code, offset);
    });
  }

  /**
   * The row of codes of `params`.
   *
   * @throws ShacTypeError or ShacRangeError `ERR_INVALID_VALUE`, naming the key, when a key is missing or unknown, an
   *   array has the wrong length, or a value is not one of its parameter's.
   */
  encode(params: unknown): Uint16Array {
    const values = this.#flatten(params);
    return Uint16Array.from(this.coordinates, ({ column, parameter }, i) =>
      naming(column, () => parameter.encode(values[i])),
    );
  }

  /** A row of codes, with which of its coordinates count. Default all of them. */
  row(codes: Uint16Array, active = this.#active): Row {
    return { codes, active };
  }

  /**
   * Where in [0, 1) the values of `params` are, one a coordinate: {@link Parameter.place}.
   *
   * @throws ShacTypeError or ShacRangeError `ERR_INVALID_VALUE`, as {@link SearchSpace.encode}.
   */
  places(params: ParamsOf<D>): number[] {
    const values = this.#flatten(params);
    return this.coordinates.map(({ column, parameter }, i) => naming(column, () => parameter.place(values[i])));
  }

  /** The places in [0, 1) of rows of cells, as {@link SearchSpace.places} gives them. */
  placesOf(codes: Uint16Array, offsets: Float64Array): Float64Array {
    return Float64Array.from(codes, (code, i) => {
      const k = i % this.dimensions;
      const offset = this.continuous[k] ? Math.min(END_OF_CELL, offsets[i] as number) : 0.5;
      return (code + offset) / (this.levels[k] as number);
    });
  }

  /** The cells of places in [0, 1): {@link SearchSpace.placesOf}, undone. */
  cellsOf(places: Float64Array): { codes: Uint16Array; offsets: Float64Array } {
    const codes = new Uint16Array(places.length);
    const offsets = places.map((place, i) => {
      const levels = this.levels[i % this.dimensions] as number;
      const code = Math.min(levels - 1, Math.floor(place * levels));
      codes[i] = this.snaps[i % this.dimensions]?.[code] ?? code;
      return Math.min(END_OF_CELL, place * levels - code);
    });
    return { codes, offsets };
  }

  /**
   * The values of `params`, one a coordinate.
   *
   * @throws ShacTypeError `ERR_INVALID_VALUE` when a key is missing or unknown, or an array has the wrong length.
   */
  valuesOf(params: ParamsOf<D>): unknown[] {
    return this.#flatten(params);
  }

  /** The params object of values as {@link SearchSpace.valuesOf} gives them; they are not checked. */
  fromValues(values: readonly unknown[]): ParamsOf<D> {
    return this.#assemble((_, i) => values[i]);
  }

  /** What this space is, in plain JSON. */
  describe(): SpaceDescription {
    return Object.fromEntries([...this.#definition].map(([name, entry]) => [name, entry.describe()]));
  }

  /**
   * `params` as the fields of a CSV row, in the order of {@link SearchSpace.columns}.
   *
   * @throws ShacTypeError or ShacRangeError `ERR_INVALID_VALUE`, as {@link SearchSpace.encode}.
   */
  toText(params: ParamsOf<D>): string[] {
    const values = this.#flatten(params);
    return this.coordinates.map(({ column, parameter }, i) =>
      naming(column, () => {
        parameter.encode(values[i]); // nothing is written that could not be read back
        return parameter.formatText(values[i]);
      }),
    );
  }

  /**
   * Reads the params back from the fields of a CSV row, in the order of {@link SearchSpace.columns}.
   *
   * @throws ShacTypeError or ShacRangeError `ERR_INVALID_VALUE`, naming the column, for a wrong number of fields or a
   *   field that is not one of its parameter's values.
   */
  fromText(fields: readonly string[]): ParamsOf<D> {
    if (fields.length !== this.dimensions) {
      throw new ShacRangeError(
        'ERR_INVALID_VALUE',
        `a row has ${fields.length} fields; this space has ${this.dimensions} columns: ${listed(this.columns)}`,
      );
    }
    return this.#assemble(({ column, parameter }, i) => naming(column, () => parameter.parseText(fields[i] as string)));
  }

  /** Puts one value a coordinate into a params object. */
  #assemble(valueAt: (coordinate: Coordinate, i: number) => unknown): ParamsOf<D> {
    const params: Record<string, unknown> = {};
    for (let i = 0; i < this.dimensions; i++) {
      const coordinate = this.coordinates[i] as Coordinate;
      const { name, index } = coordinate;
      const value = valueAt(coordinate, i);
      if (index === undefined) params[name] = value;
      else if (index === 0) params[name] = [value];
      else (params[name] as unknown[]).push(value);
    }
    return params as ParamsOf<D>;
  }

  /** The values of a params object, one a coordinate. */
  #flatten(params: unknown): unknown[] {
    if (typeof params !== 'object' || params === null || Array.isArray(params)) {
      throw invalidValue(`params must be an object with the keys ${listed(this.names)}, not ${show(params)}`);
    }
    for (const key of Object.keys(params)) {
      if (!this.#definition.has(key)) {
        throw invalidValue(
          `params has the key ${show(key)}, which is not in the space; its keys are ${listed(this.names)}`,
        );
      }
    }
    const record = params as Record<string, unknown>;
    const values: unknown[] = [];
    for (const [name, entry] of this.#definition) {
      if (!Object.hasOwn(record, name)) throw invalidValue(`params has no key ${show(name)}; add it`);
      const value = record[name];
      if (isMultiParameter(entry)) appendElements(values, name, value, entry.sampleCount);
      else values.push(value);
    }
    return values;
  }

  #badRow(what: string, value: unknown, column: string, position: number, allowed: string): ShacRangeError {
    return new ShacRangeError(
      'ERR_INVALID_ARGUMENT',
      `the ${what} of ${show(column)}, at position ${position}, is ${show(value)}; it must be ${allowed}`,
    );
  }
}

function requireDefinition(definition: unknown): SpaceDefinition {
  if (!isPlainObject(definition)) {
    throw invalidSpace(
      `the search space must be a plain object of parameters, as in { x: uniform(0, 1) }, not ${show(definition)}`,
    );
  }
  const entries = Object.entries(definition);
  if (entries.length === 0) throw invalidSpace('the search space is empty; give it at least one parameter');
  for (const [name, entry] of entries) {
    // An assignment to params.__proto__ would set the prototype instead of a key.
    if (name === '' || name === '__proto__')
      throw invalidSpace(`a parameter cannot be called ${show(name)}; rename it`);
    if (name === 'id' || name === 'scores') {
      throw invalidSpace(`a parameter cannot be called ${show(name)}: data sets have a column of that name; rename it`);
    }
    // Files are UTF-8, which has no form for half of a surrogate pair.
    if (/\p{Surrogate}/u.test(name)) throw invalidSpace(`the name ${show(name)} is no well-formed Unicode; rename it`);
    if (isReserved(name, entry)) {
      throw invalidSpace(
        `a custom parameter cannot be called ${show(name)}: trials have an attribute of that name; rename it`,
      );
    }
    if (!isParameter(entry) && !isMultiParameter(entry)) {
      throw invalidSpace(
        `${show(name)} is ${show(entry)}, not a parameter; use uniform, normal, integer, discrete, custom or multi`,
      );
    }
  }
  return definition as SpaceDefinition;
}

/** Values of custom parameters are kept as attributes of their trials; so is what `shac` says of these. */
function isReserved(name: string, entry: unknown): boolean {
  const parameter = isMultiParameter(entry) ? entry.parameter : entry;
  return isParameter(parameter) && parameter.kind === 'custom' && isAttributeOfOurs(name);
}

/** Whether trials have an attribute of that name that is no param. */
export function isAttributeOfOurs(name: string): boolean {
  return name === 'fail_reason' || name.startsWith('shac:');
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || isParameter(value) || isMultiParameter(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // Object.prototype of any realm, or none.
  return prototype === null || (Object.getPrototypeOf(prototype) === null && !Array.isArray(value));
}

/** Of a list, of integers or of steps, a code stands for one value, or for neighbours that are not told apart. */
function isContinuous(parameter: Parameter<unknown>): boolean {
  const { kind, snap } = parameter;
  return kind !== 'discrete' && kind !== 'integer' && snap === undefined && !('step' in parameter.describe());
}

function coordinatesOf(name: string, entry: Parameter<unknown> | MultiParameter<unknown>): Coordinate[] {
  if (!isMultiParameter(entry))
    return [{ column: name, name, index: undefined, parameter: entry as Parameter<unknown> }];
  return Array.from({ length: entry.sampleCount }, (_, index) => ({
    column: `${name}_${index + 1}`,
    name,
    index,
    parameter: entry.parameter,
  }));
}

function requireDistinctColumns(coordinates: readonly Coordinate[]): void {
  const owners = new Map<string, string>();
  for (const { column, name } of coordinates) {
    const owner = owners.get(column);
    if (owner !== undefined) {
      throw invalidSpace(
        `the parameters ${show(owner)} and ${show(name)} both have a column ${show(column)}; rename one`,
      );
    }
    owners.set(column, name);
  }
}

function appendElements(values: unknown[], name: string, value: unknown, sampleCount: number): void {
  if (!Array.isArray(value)) {
    throw invalidValue(`params.${name} must be an array of ${sampleCount} values, not ${show(value)}`);
  }
  if (value.length !== sampleCount) {
    throw invalidValue(`params.${name} has ${value.length} values; it must have ${sampleCount}`);
  }
  for (const element of value) values.push(element);
}

/** Adds the column to the message of a parameter, which does not know its own name. */
function naming<R>(column: string, action: () => R): R {
  try {
    return action();
  } catch (error) {
    const message = `parameter ${show(column)}: ${error instanceof Error ? error.message : show(error)}`;
    if (error instanceof ShacTypeError) throw new ShacTypeError(error.code, message, { cause: error });
    if (error instanceof ShacRangeError) throw new ShacRangeError(error.code, message, { cause: error });
    throw error; // the user's own function
  }
}

function listed(names: readonly string[]): string {
  return names.length > 20 ? `${names.slice(0, 20).map(show).join(', ')}, …` : names.map(show).join(', ');
}

function invalidSpace(message: string): ShacTypeError {
  return new ShacTypeError('ERR_INVALID_SPACE', message);
}

function invalidValue(message: string): ShacTypeError {
  return new ShacTypeError('ERR_INVALID_VALUE', message);
}
