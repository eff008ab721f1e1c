import { ShacRangeError, ShacTypeError, show } from '../errors.js';
import { type Condition, Conditions } from './conditions.js';
import { type CheckedSpace, type ParamsOf, requireDefinition, type SpaceDefinition } from './definition.js';
import { describedSpace, type SpaceDescription } from './description.js';
import { assembled, flattened, invalidValue, listed, naming } from './form.js';
import { type Coordinate, innerNames, type Layout, layoutOf, pathOf, requireDistinctColumns } from './layout.js';
import { INACTIVE, ownCode, ownLevels, ownOffset, parameterCell } from './own-codes.js';
import { END_OF_CELL, type Parameter } from './parameter.js';
import { completedValues, parsedFields, partialFields, partialValues, type Shape } from './partial.js';

/** A point of the space as the classifiers see it, one entry a coordinate. Rows share arrays: none of them is altered. */
export interface Row {
  readonly codes: Uint16Array;
  /** 1 where the coordinate counts, else 0. */
  readonly active: Uint8Array;
}

/**
 * A search space: named parameters, laid out as a row of coordinates in the order of definition. Immutable.
 *
 * A coordinate whose {@link SearchSpace.conditions} are not null may be inactive. Its code is 0 then; where it is active
 * its codes are those of its parameter and one, up to 32,767, which the last two codes of a parameter with 32,768 share.
 *
 * @throws ShacTypeError `ERR_INVALID_SPACE` when the definition is no plain object, is empty, holds something that is
 *   no parameter, or when two coordinates would have one column name; and, naming them, for a condition on a parameter
 *   that is not there or has no list of values, on a value that it does not have, or that holds for none, for conditions
 *   that go in a circle or exclude each other, for a predicate that throws, and for more than 100 choices inside of each other.
 */
export class SearchSpace<D extends SpaceDefinition> {
  /** The parameter names, in order. */
  readonly names: readonly string[];
  readonly coordinates: readonly Coordinate[];
  /** The column names, one a coordinate. */
  readonly columns: readonly string[];
  /** Number of coordinates, the length of a row of codes. */
  readonly dimensions: number;
  /** Number of codes of each coordinate's parameter. */
  readonly levels: Uint32Array;
  /** {@link Parameter.snap} of each coordinate's parameter. */
  readonly snaps: readonly (Uint16Array | undefined)[];
  /** For each coordinate, all that must hold for it to be active; null where it always is. */
  readonly conditions: readonly (readonly Condition[] | null)[];
  /** Whether the place inside a cell matters, for each coordinate: cells of the others count as one value. */
  readonly continuous: readonly boolean[];
  /** Whether a value may be an object of the user's. */
  readonly hasCustom: boolean;
  readonly #active: Uint8Array;
  readonly #layout: Layout;
  readonly #rules: Conditions;
  /** Whether a coordinate may be inactive. */
  readonly #isConditional: boolean;

  constructor(definition: CheckedSpace<D>) {
    this.#layout = layoutOf(requireDefinition(definition));
    this.coordinates = Object.freeze(this.#layout.coordinates);
    requireNames(this.coordinates);
    this.#rules = new Conditions(this.#layout);
    this.names = Object.freeze([...this.#layout.root.fields.keys()]);
    this.columns = Object.freeze(this.coordinates.map(({ column }) => column));
    this.dimensions = this.coordinates.length;
    this.hasCustom = this.coordinates.some(({ parameter }) => parameter.kind === 'custom');
    this.levels = Uint32Array.from(this.coordinates, ({ parameter }) => parameter.levels);
    this.snaps = Object.freeze(this.coordinates.map(({ parameter }) => parameter.snap));
    this.conditions = Object.freeze(this.#rules.of);
    this.continuous = Object.freeze(this.coordinates.map(({ parameter }) => isContinuous(parameter)));
    this.#active = new Uint8Array(this.dimensions).fill(1);
    this.#isConditional = this.conditions.some((conditions) => conditions !== null);
  }

  /**
   * The params of one row.
   *
   * @param codes - Codes; the row is `codes[start]` … `codes[start + dimensions - 1]`.
   * @param offsets - Places inside the codes' cells, each in [0, 1), in the same layout.
   * @param start - Where the row begins. Default 0.
   * @throws ShacRangeError `ERR_INVALID_ARGUMENT` when the row is not there, a code or an offset is out of range, or a
   *   coordinate is active in it that cannot be, or the other way round.
   */
  decode(codes: ArrayLike<number>, offsets: ArrayLike<number>, start = 0): ParamsOf<D> {
    if (this.#isConditional) this.#requireRow(codes, start);
    return this.#assemble((i) => {
      const { column, parameter } = this.coordinates[i] as Coordinate;
      const code = codes[start + i];
      const offset = offsets[start + i];
      const isConditional = this.#isConditional && this.conditions[i] !== null;
      const levels = isConditional ? ownLevels(parameter) : parameter.levels;
      if (code === undefined || !(Number.isInteger(code) && code >= 0 && code < levels)) {
        throw this.#badRow('code', code, column, start + i, `an integer from 0 to ${levels - 1}`);
      }
      if (offset === undefined || !(offset >= 0 && offset < 1)) {
        throw this.#badRow('offset', offset, column, start + i, 'at least 0 and less than 1');
      }
      if (!isConditional) return parameter.decode(code, offset);
      return code === INACTIVE ? undefined : parameter.decode(...parameterCell(parameter, code, offset));
    });
  }

  /**
   * Some params, checked: a copy, in the order of the space. Whole ones are params.
   *
   * @throws ShacTypeError or ShacRangeError `ERR_INVALID_VALUE`, naming the key and the value, for what is not in the space,
   *   or is there only for values of others that are not given.
   */
  partial(given: unknown): Partial<ParamsOf<D>> {
    return this.fromValues(partialValues(this.#shape, given));
  }

  /** The values of checked params, one a coordinate; undefined where nothing is said of it. */
  partialValues(given: object): unknown[] {
    return partialValues(this.#shape, given);
  }

  /**
   * Checked params, and what they lack of a row that was drawn: of its active coordinates, whatever is active in that row.
   *
   * @param values - Those of the params: {@link SearchSpace.partialValues}.
   * @param codes - Codes of each coordinate's parameter, whether it is active or not; as for {@link SearchSpace.decode}.
   */
  complete(values: readonly unknown[], codes: ArrayLike<number>, offsets: ArrayLike<number>, start = 0): ParamsOf<D> {
    const drawn = (i: number) =>
      (this.coordinates[i] as Coordinate).parameter.decode(codes[start + i] as number, offsets[start + i] as number);
    return this.fromValues(completedValues(this.#shape, values, drawn));
  }

  /** Whether checked params lack nothing. */
  isWhole(given: object): given is ParamsOf<D> {
    let isWhole = true;
    completedValues(this.#shape, this.partialValues(given), (i) => {
      isWhole = false;
      return (this.coordinates[i] as Coordinate).parameter.decode(0, 0.5);
    });
    return isWhole;
  }

  /** Checked params as the fields of a CSV row, by column. */
  partialText(given: object): Record<string, string> {
    return partialFields(this.#shape, this.partialValues(given));
  }

  /** @throws `ERR_INVALID_VALUE`, naming the column, for fields that {@link SearchSpace.partialText} does not give. */
  partialOf(fields: Readonly<Record<string, string>>): Partial<ParamsOf<D>> {
    return this.partial(this.fromValues(parsedFields(this.#shape, fields)));
  }

  /**
   * The row of codes of `params`.
   *
   * @throws ShacTypeError or ShacRangeError `ERR_INVALID_VALUE`, naming the key, when a key is missing or unknown, or is
   *   there though its condition does not hold, an array has the wrong length, or a value is not one of its parameter's.
   */
  encode(params: unknown): Uint16Array {
    return this.#codesOf(this.#flatten(params));
  }

  /** Keys inside of choices, joined by dots: `head.kind`, `head.width`; undefined where there is no choice. */
  get innerNames(): readonly string[] | undefined {
    return this.#layout.isChoice.includes(true) ? innerNames(this.#layout) : undefined;
  }

  /**
   * The keys under which a coordinate's value is in the params: one, or inside a `choice` the choice's keys and its own; of
   * a choice, its keys and `kind`. The elements of a `multi` have the same.
   */
  pathOf(coordinate: number): string[] {
    return pathOf(this.#layout, coordinate);
  }

  /** A row of codes, with which of its coordinates count: by default, those that are active in it. */
  row(codes: Uint16Array, active = this.#activeIn(codes)): Row {
    return { codes, active };
  }

  /**
   * Where in [0, 1) the values of `params` are, one a coordinate: {@link Parameter.place}. -1 where it is inactive.
   *
   * @throws ShacTypeError or ShacRangeError `ERR_INVALID_VALUE`, as {@link SearchSpace.encode}.
   */
  places(params: ParamsOf<D>): number[] {
    const values = this.#flatten(params);
    if (this.#isConditional) this.#codesOf(values); // `place` checks the values, not which of them are there
    return this.coordinates.map(({ column, parameter }, i) =>
      this.#isInactive(i, values[i]) ? -1 : naming(column, () => parameter.place(values[i])),
    );
  }

  /** The places of rows of cells, as {@link SearchSpace.places} gives them. */
  placesOf(codes: Uint16Array, offsets: Float64Array): Float64Array {
    return Float64Array.from(codes, (own, i) => {
      const k = i % this.dimensions;
      const isConditional = this.conditions[k] !== null;
      if (isConditional && own === INACTIVE) return -1;
      const { parameter } = this.coordinates[k] as Coordinate;
      const given = offsets[i] as number;
      const [code, inside] = isConditional ? parameterCell(parameter, own, given) : [own, given];
      const offset = this.continuous[k] ? Math.min(END_OF_CELL, inside) : 0.5;
      return (code + offset) / (this.levels[k] as number);
    });
  }

  /** The cells of places: {@link SearchSpace.placesOf}, undone. */
  cellsOf(places: Float64Array): { codes: Uint16Array; offsets: Float64Array } {
    const codes = new Uint16Array(places.length);
    const offsets = places.map((place, i) => {
      const k = i % this.dimensions;
      if (place < 0) return 0; // inactive, as its code is
      const levels = this.levels[k] as number;
      const raw = Math.min(levels - 1, Math.floor(place * levels));
      const code = this.snaps[k]?.[raw] ?? raw;
      const offset = Math.min(END_OF_CELL, place * levels - raw);
      if (this.conditions[k] === null) {
        codes[i] = code;
        return offset;
      }
      codes[i] = ownCode(code);
      return ownOffset((this.coordinates[k] as Coordinate).parameter, code, offset);
    });
    return { codes, offsets };
  }

  /**
   * The values of `params`, one a coordinate; undefined where it is inactive.
   *
   * @throws ShacTypeError `ERR_INVALID_VALUE` when a key is missing or unknown, or an array has the wrong length.
   */
  valuesOf(params: ParamsOf<D>): unknown[] {
    return this.#flatten(params);
  }

  /** The params object of values as {@link SearchSpace.valuesOf} gives them; they are not checked. */
  fromValues(values: readonly unknown[]): ParamsOf<D> {
    return this.#assemble((i) => values[i]);
  }

  /** What this space is, in plain JSON. */
  describe(): SpaceDescription {
    return describedSpace(this.#layout.root, this.#rules);
  }

  /**
   * `params` as the fields of a CSV row, in the order of {@link SearchSpace.columns}; '' where one is inactive.
   *
   * @throws ShacTypeError or ShacRangeError `ERR_INVALID_VALUE`, as {@link SearchSpace.encode}.
   */
  toText(params: ParamsOf<D>): string[] {
    const values = this.#flatten(params);
    const codes = new Uint16Array(this.dimensions);
    const fields = this.coordinates.map(({ column, parameter }, i) => {
      codes[i] = this.#codeOf(i, values[i]); // nothing is written that could not be read back
      return this.#isInactive(i, values[i]) ? '' : naming(column, () => parameter.formatText(values[i]));
    });
    this.#requireActive(values, codes);
    return fields;
  }

  /**
   * Reads the params back from the fields of a CSV row, in the order of {@link SearchSpace.columns}. The other fields say
   * which coordinates are inactive: their fields must be ''.
   *
   * @throws ShacTypeError or ShacRangeError `ERR_INVALID_VALUE`, naming the column, for a wrong number of fields, a
   *   field that is not one of its parameter's values, or one that should be empty.
   */
  fromText(fields: readonly string[]): ParamsOf<D> {
    if (fields.length !== this.dimensions) {
      throw new ShacRangeError(
        'ERR_INVALID_VALUE',
        `a row has ${fields.length} fields; this space has ${this.dimensions} columns: ${listed(this.columns)}`,
      );
    }
    const values = new Array<unknown>(this.dimensions);
    const codes = new Uint16Array(this.dimensions);
    for (const i of this.#rules.order) {
      const { column, parameter } = this.coordinates[i] as Coordinate;
      const field = fields[i] as string;
      if (!this.#rules.isActive(i, codes)) {
        if (field === '') continue;
        throw invalidValue(
          `parameter ${show(column)}: the text must be empty, not ${show(field)}: it is there only where ${this.#rules.text(i)}`,
        );
      }
      values[i] = naming(column, () => parameter.parseText(field));
      if (this.#isConditional) codes[i] = this.#codeOf(i, values[i]);
    }
    return this.#assemble((i) => values[i]);
  }

  get #shape(): Shape {
    return { layout: this.#layout, rules: this.#rules };
  }

  /** Puts one value a coordinate into a params object. */
  #assemble(valueAt: (coordinate: number) => unknown): ParamsOf<D> {
    return assembled(this.#layout, valueAt) as ParamsOf<D>;
  }

  /** The values of a params object, one a coordinate. */
  #flatten(params: unknown): unknown[] {
    return flattened(this.#layout, params);
  }

  /** The same, each of them one of its parameter's, and active where it can be. */
  #codesOf(values: readonly unknown[]): Uint16Array {
    const codes = Uint16Array.from(this.coordinates, (_, i) => this.#codeOf(i, values[i]));
    this.#requireActive(values, codes);
    return codes;
  }

  /** @throws unless there are values of exactly those coordinates whose conditions hold. */
  #requireActive(values: readonly unknown[], codes: Uint16Array): void {
    if (!this.#isConditional) return;
    for (const i of this.#rules.order) {
      if (this.#rules.isActive(i, codes) === !this.#isInactive(i, values[i])) continue;
      const { name } = this.coordinates[i] as Coordinate;
      const condition = this.#rules.text(i);
      throw invalidValue(
        values[i] === undefined
          ? `params has no value of ${show(name)}, which is there where ${condition}; add it`
          : `params has a value of ${show(name)}, which is there only where ${condition}; leave it out`,
      );
    }
  }

  #codeOf(i: number, value: unknown): number {
    if (this.#isInactive(i, value)) return INACTIVE;
    const { column, parameter } = this.coordinates[i] as Coordinate;
    const code = naming(column, () => parameter.encode(value));
    return this.conditions[i] === null ? code : ownCode(code);
  }

  #isInactive(i: number, value: unknown): boolean {
    return value === undefined && this.conditions[i] !== null;
  }

  #activeIn(codes: Uint16Array): Uint8Array {
    if (!this.#isConditional) return this.#active;
    return this.#active.map((_, i) => (this.conditions[i] !== null && codes[i] === INACTIVE ? 0 : 1));
  }

  /** @throws unless exactly those coordinates are inactive whose conditions do not hold. */
  #requireRow(codes: ArrayLike<number>, start: number): void {
    for (let i = 0; i < this.dimensions; i++) {
      const code = codes[start + i];
      if (this.conditions[i] === null || code === undefined) continue;
      if (this.#rules.isActive(i, codes, start) === (code !== INACTIVE)) continue;
      const { column } = this.coordinates[i] as Coordinate;
      const allowed = `${code === INACTIVE ? 'above 0' : '0, for inactive'}: it is active where ${this.#rules.text(i)}`;
      throw this.#badRow('code', code, column, start + i, allowed);
    }
  }

  #badRow(what: string, value: unknown, column: string, position: number, allowed: string): ShacRangeError {
    return new ShacRangeError(
      'ERR_INVALID_ARGUMENT',
      `the ${what} of ${show(column)}, at position ${position}, is ${show(value)}; it must be ${allowed}`,
    );
  }
}

/** Names that follow from what is inside of what. */
function requireNames(coordinates: readonly Coordinate[]): void {
  for (const { name, parameter } of coordinates) {
    // Values of custom parameters are kept as attributes of their trials; so is what `shac` says of these.
    if (parameter.kind !== 'custom' || !isAttributeOfOurs(name)) continue;
    throw invalidSpace(
      `a custom parameter cannot be called ${show(name)}: trials have an attribute of that name; rename it`,
    );
  }
  requireDistinctColumns(coordinates);
}

/** Whether trials have an attribute of that name that is no param. */
export function isAttributeOfOurs(name: string): boolean {
  return name === 'fail_reason' || name.startsWith('shac:');
}

/** Of a list, of integers or of steps, a code stands for one value, or for neighbours that are not told apart. */
function isContinuous(parameter: Parameter<unknown>): boolean {
  const { kind, snap } = parameter;
  return kind !== 'discrete' && kind !== 'integer' && snap === undefined && !('step' in parameter.describe());
}

function invalidSpace(message: string): ShacTypeError {
  return new ShacTypeError('ERR_INVALID_SPACE', message);
}
