import { ShacRangeError, ShacTypeError, show } from '../errors.js';
import type { Field, Group, Layout } from './layout.js';
import { isMultiParameter } from './parameter.js';

/**
 * The params object of values, one a coordinate. What is undefined is inactive, and is left out: no parameter has that
 * value.
 */
export function assembled(layout: Layout, valueAt: (coordinate: number) => unknown): Record<string, unknown> {
  const { owners, keys, isChoice, coordinates } = layout;
  const params: Record<string, unknown> = {};
  for (let i = 0; i < keys.length; i++) {
    const value = valueAt(i);
    if (value === undefined) continue;
    const owner = owners[i] as number;
    const object = owner === -1 ? params : choiceValue(params, owner, layout);
    const key = keys[i] as string;
    const index = coordinates[i]?.index;
    if (isChoice[i]) object[key] = { kind: value };
    else if (index === undefined) object[key] = value;
    else {
      if (!Object.hasOwn(object, key)) object[key] = [];
      (object[key] as unknown[])[index] = value;
    }
  }
  return params;
}

/** The value of a choice, which comes before its branches' params. Values that are not checked yet may lack it. */
function choiceValue(params: Record<string, unknown>, choice: number, layout: Layout): Record<string, unknown> {
  const owner = layout.owners[choice] as number;
  const object = owner === -1 ? params : choiceValue(params, owner, layout);
  const key = layout.keys[choice] as string;
  if (!Object.hasOwn(object, key)) object[key] = {};
  return object[key] as Record<string, unknown>;
}

/**
 * The values of a params object, one a coordinate; undefined where nothing is said of one that may be inactive.
 *
 * @param isPartial Whether any key may be missing.
 * @throws ShacTypeError `ERR_INVALID_VALUE` when a key is missing or unknown, an array has the wrong length, or the value
 *   of a choice is none.
 */
export function flattened({ root, coordinates }: Layout, params: unknown, isPartial = false): unknown[] {
  const values = new Array<unknown>(coordinates.length).fill(undefined);
  if (!isObject(params)) {
    throw invalidValue(
      `params must be an object with the keys ${listed([...root.fields.keys()])}, not ${show(params)}`,
    );
  }
  readGroup(values, root, params, 'params', isPartial);
  return values;
}

function readGroup(
  values: unknown[],
  group: Group,
  record: Record<string, unknown>,
  place: string,
  isPartial: boolean,
): void {
  const isBranch = group.outer !== undefined;
  for (const key of Object.keys(record)) {
    if (group.fields.has(key) || (isBranch && key === 'kind')) continue;
    const names = [...(isBranch ? ['kind'] : []), ...group.fields.keys()];
    const where = isBranch ? `the branch ${show(record.kind)}` : 'the space';
    throw invalidValue(`${place} has the key ${show(key)}, which is not in ${where}; its keys are ${listed(names)}`);
  }
  for (const [name, field] of group.fields) {
    const isThere = Object.hasOwn(record, name);
    const value = isThere ? record[name] : undefined;
    if (value === undefined && (isPartial || field.links.length > 0)) continue;
    if (!isThere) throw invalidValue(`${place} has no key ${show(name)}; add it`);
    if (field.isPlain) values[field.coordinate] = value;
    else readField(values, field, value, `${place}.${name}`, isPartial);
  }
}

function readField(
  values: unknown[],
  { entry, coordinate, branches }: Field,
  value: unknown,
  place: string,
  isPartial: boolean,
): void {
  if (isMultiParameter(entry)) {
    if (!Array.isArray(value)) {
      throw invalidValue(`${place} must be an array of ${entry.sampleCount} values, not ${show(value)}`);
    }
    if (value.length !== entry.sampleCount) {
      throw invalidValue(`${place} has ${value.length} values; it must have ${entry.sampleCount}`);
    }
    for (let k = 0; k < value.length; k++) values[coordinate + k] = value[k];
  } else if (branches !== undefined) {
    const kinds = listed([...branches.keys()]);
    if (!isObject(value))
      throw invalidValue(`${place} must be an object with a kind, one of ${kinds}, not ${show(value)}`);
    const group = branches.get(value.kind as string);
    if (group === undefined) throw invalidValue(`${place}.kind is ${show(value.kind)}; it must be one of ${kinds}`);
    values[coordinate] = value.kind;
    readGroup(values, group, value, place, isPartial);
  }
}

/** No array. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Adds the column to the message of a parameter, which does not know its own name. */
export function naming<R>(column: string, action: () => R): R {
  try {
    return action();
  } catch (error) {
    const message = `parameter ${show(column)}: ${error instanceof Error ? error.message : show(error)}`;
    if (error instanceof ShacTypeError) throw new ShacTypeError(error.code, message, { cause: error });
    if (error instanceof ShacRangeError) throw new ShacRangeError(error.code, message, { cause: error });
    throw error; // the user's own function
  }
}

/** Names in a message, not too many of them. */
export function listed(names: readonly string[]): string {
  return names.length > 20 ? `${names.slice(0, 20).map(show).join(', ')}, …` : names.map(show).join(', ');
}

/** An `ERR_INVALID_VALUE`. */
export function invalidValue(message: string): ShacTypeError {
  return new ShacTypeError('ERR_INVALID_VALUE', message);
}
