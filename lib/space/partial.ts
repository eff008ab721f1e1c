import { show } from '../errors.js';
import type { Conditions } from './conditions.js';
import type { ChoiceParameter, ConditionalParameter, ValueOf } from './definition.js';
import { flattened, invalidValue, listed, naming } from './form.js';
import type { Coordinate, Layout } from './layout.js';
import { INACTIVE, ownCode } from './own-codes.js';

/** Some of the params of a space: a key that is missing stands for any value. Of a `choice`, some of its branch's. */
export type PartialParamsOf<D> = { -readonly [K in keyof D]?: PartialValueOf<D[K]> };

type PartialValueOf<E> =
  E extends ConditionalParameter<infer I>
    ? PartialValueOf<I>
    : E extends ChoiceParameter<infer B>
      ? { [K in keyof B]: { kind: K } & PartialParamsOf<B[K]> }[keyof B]
      : ValueOf<E>;

/** What has to be known of a space. */
export interface Shape {
  readonly layout: Layout;
  readonly rules: Conditions;
}

/**
 * The values of some params, one a coordinate; undefined where nothing is said of it.
 *
 * @throws ShacTypeError or ShacRangeError `ERR_INVALID_VALUE`, naming the key and the value, for what is not in the space,
 *   or could not be stored, or is there only for values of others that are not given.
 */
export function partialValues({ layout, rules }: Shape, given: unknown): unknown[] {
  // No -0: not every file has it.
  const values = flattened(layout, given, true).map((value) => (typeof value === 'number' ? value + 0 : value));
  const codes = new Uint16Array(values.length);
  for (const i of rules.order) {
    if (values[i] === undefined) continue;
    const { column, parameter } = coordinateOf(layout, i);
    const code = naming(column, () => parameter.encode(values[i]));
    naming(column, () => parameter.formatText(values[i] as never));
    codes[i] = rules.of[i] === null ? code : ownCode(code);
    const parents = rules.of[i] ?? [];
    if (parents.every(({ parent }) => values[parent] !== undefined) && rules.isActive(i, codes)) continue;
    const missing = parents.find(({ parent }) => values[parent] === undefined);
    const wayOut = missing === undefined ? 'leave it out' : `add ${show(coordinateOf(layout, missing.parent).column)}`;
    throw invalidValue(`params has a value of ${show(column)}, which is there only where ${rules.text(i)}; ${wayOut}`);
  }
  return values;
}

/**
 * The same, with what is missing where it is active.
 *
 * @param drawn The value of a coordinate of which nothing is said.
 */
export function completedValues(
  { layout, rules }: Shape,
  given: readonly unknown[],
  drawn: (coordinate: number) => unknown,
): unknown[] {
  const values = new Array<unknown>(given.length).fill(undefined);
  const codes = new Uint16Array(given.length).fill(INACTIVE);
  for (const i of rules.order) {
    if (!rules.isActive(i, codes)) continue;
    values[i] = given[i] === undefined ? drawn(i) : given[i];
    const code = coordinateOf(layout, i).parameter.encode(values[i]);
    codes[i] = rules.of[i] === null ? code : ownCode(code);
  }
  return values;
}

/** Values as the fields of a CSV row, by column. */
export function partialFields({ layout }: Shape, values: readonly unknown[]): Record<string, string> {
  const fields: [string, string][] = [];
  layout.coordinates.forEach(({ column, parameter }, i) => {
    if (values[i] !== undefined) fields.push([column, parameter.formatText(values[i] as never)]);
  });
  return Object.fromEntries(fields);
}

/** @throws ShacTypeError or ShacRangeError `ERR_INVALID_VALUE`, naming the column, for fields that are not of the space. */
export function parsedFields({ layout }: Shape, fields: Readonly<Record<string, string>>): unknown[] {
  const { coordinates } = layout;
  const columns = coordinates.map(({ column }) => column);
  const unknown = Object.keys(fields).find((column) => !columns.includes(column));
  if (unknown !== undefined) throw invalidValue(`there is no column ${show(unknown)}; there are ${listed(columns)}`);
  return coordinates.map(({ column, parameter }) =>
    Object.hasOwn(fields, column) ? naming(column, () => parameter.parseText(fields[column] as string)) : undefined,
  );
}

function coordinateOf({ coordinates }: Layout, i: number): Coordinate {
  return coordinates[i] as Coordinate;
}
