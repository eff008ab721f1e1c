import { ShacRangeError, ShacTypeError, show } from '../errors.js';
import type { SpaceDefinition } from './definition.js';
import { invalidValue, isObject, listed } from './form.js';
import type { Coordinate } from './layout.js';
import type { Parameter } from './parameter.js';
import { findings, slotName } from './slots.js';
import type { SearchSpace } from './space.js';

/**
 * Why params are not in a space, in words that are the same whatever the values are; undefined when they are in it.
 *
 * @param params By name.
 */
export function misfit<D extends SpaceDefinition>(
  space: SearchSpace<D>,
  params: Readonly<Record<string, unknown>>,
): string | undefined {
  try {
    space.encode(params);
    return undefined;
  } catch (error) {
    const unknown = Object.keys(params).find((name) => !space.names.includes(name));
    if (unknown !== undefined) return `${show(unknown)} is no parameter of the space`;
    const absent = space.names.find((name) => !Object.hasOwn(params, name) && !isConditional(space, name));
    if (absent !== undefined) return `${show(absent)} is missing`;
    const outside = Object.keys(params).find((name) => !isValue(space, name, params[name]));
    return outside === undefined
      ? (innerMisfit(space, params) ?? (error as Error).message)
      : `${show(outside)} is outside the space`;
  }
}

/** The same of what is inside of choices. */
function innerMisfit<D extends SpaceDefinition>(
  space: SearchSpace<D>,
  params: Readonly<Record<string, unknown>>,
): string | undefined {
  const inner = findings(space, params).filter(([{ object }]) => object !== params);
  const lacking = inner.find(([, finding]) => finding === 'lacking');
  if (lacking !== undefined) return `${show(lacking[0].name)} is missing`;
  const outside = inner.find(([, finding]) => finding === 'outside');
  return outside && `${show(outside[0].name)} is outside the space`;
}

/**
 * Params with values of `missing` for what they lack, where it is active in them.
 *
 * @param params By name; they may be in another space. They are not altered.
 * @param missing By name, or inside of a choice by the keys joined by dots: `head.width`, `head.kind`.
 */
export function completedBy<D extends SpaceDefinition>(
  space: SearchSpace<D>,
  params: Readonly<Record<string, unknown>>,
  missing: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const completed: Record<string, unknown> = { ...params };
  if (Object.keys(missing).length === 0) return completed;
  findings(space, completed, ({ name, kindName, object, key }) => {
    if (Object.hasOwn(object, key)) {
      // A copy, which may be completed.
      if (kindName !== undefined && isObject(object[key])) object[key] = { ...object[key] };
    } else if (Object.hasOwn(missing, name)) {
      object[key] = kindName === undefined ? missing[name] : { ...Object(missing[name]) };
    } else if (kindName !== undefined && Object.hasOwn(missing, kindName)) {
      object[key] = { kind: missing[kindName] };
    }
  });
  return completed;
}

/**
 * Makes sure that values are those of parameters of a space; there may be fewer than it has.
 *
 * @param values As `missing` of {@link completedBy}.
 * @param what What messages call them.
 * @throws ShacTypeError or ShacRangeError `ERR_INVALID_VALUE`, naming the key.
 */
export function requireValues<D extends SpaceDefinition>(
  space: SearchSpace<D>,
  values: Readonly<Record<string, unknown>>,
  what: string,
): void {
  const names = space.coordinates.map((_, i) => slotName(space, i));
  for (const [name, value] of Object.entries(values)) {
    const own = [...names.keys()].filter((i) => names[i]?.name === name || names[i]?.kindName === name);
    if (own.length === 0) {
      const known = [...space.names, ...(space.innerNames ?? [])];
      throw new ShacTypeError(
        'ERR_INVALID_VALUE',
        `${what}.${name} is no parameter of the space, which has ${listed(known)}`,
      );
    }
    // Several branches may have a parameter of that name, of which each takes what it can.
    const branches = new Map<string, number[]>();
    for (const i of own) {
      const { name: column } = space.coordinates[i] as Coordinate;
      branches.set(column, [...(branches.get(column) ?? []), i]);
    }
    const refusals = [...branches.values()].map((one) =>
      refusal(space, one, value, names[own[0] as number]?.kindName === name),
    );
    const cause = refusals.includes(undefined) ? undefined : refusals[0];
    if (cause !== undefined) {
      throw new ShacRangeError('ERR_INVALID_VALUE', `${what}.${name}: ${cause.message}`, { cause });
    }
  }
}

function isConditional<D extends SpaceDefinition>({ coordinates, conditions }: SearchSpace<D>, name: string): boolean {
  return conditions[coordinates.findIndex((coordinate) => coordinate.name === name)] !== null;
}

function isValue<D extends SpaceDefinition>(space: SearchSpace<D>, name: string, value: unknown): boolean {
  const own = [...space.coordinates.keys()].filter((i) => space.coordinates[i]?.name === name);
  return refusal(space, own, value) === undefined;
}

/**
 * Why something is not a value of a parameter. Of a choice, its kind is looked at alone.
 *
 * @param own The coordinates of the parameter.
 * @param isKind Whether it is the kind of a choice, and not the choice's object.
 */
function refusal<D extends SpaceDefinition>(
  space: SearchSpace<D>,
  own: readonly number[],
  value: unknown,
  isKind = false,
): Error | undefined {
  const parameters = own.map((i) => space.coordinates[i] as Coordinate);
  const { index, parameter } = parameters[0] as Coordinate;
  try {
    if (index !== undefined) {
      if (!Array.isArray(value) || value.length !== own.length) {
        throw invalidValue(`it must be an array of ${own.length} values, not ${show(value)}`);
      }
      parameters.forEach((one, i) => void one.parameter.encode(value[i]));
    } else if (slotName(space, own[0] as number).kindName === undefined || isKind) {
      parameter.encode(value);
    } else {
      requireKind(parameter, value);
    }
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

/** @throws for what is no value of a choice. */
function requireKind(kinds: Parameter<unknown>, value: unknown): void {
  const description = kinds.describe();
  const names = description.kind === 'discrete' ? listed(description.values.map(String)) : '';
  if (!isObject(value)) throw invalidValue(`it must be an object with a kind, one of ${names}, not ${show(value)}`);
  try {
    kinds.encode(value.kind);
  } catch (cause) {
    throw new ShacTypeError('ERR_INVALID_VALUE', `its kind is ${show(value.kind)}; it must be one of ${names}`, {
      cause,
    });
  }
}
