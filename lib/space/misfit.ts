import { ShacRangeError, ShacTypeError, show } from '../errors.js';
import type { SpaceDefinition } from './definition.js';
import type { Coordinate } from './layout.js';
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
    return outside === undefined ? (error as Error).message : `${show(outside)} is outside the space`;
  }
}

/**
 * Params with values of `missing` for what they lack. A conditional parameter gets one where its condition holds.
 *
 * @param params By name; they may be in another space.
 */
export function completedBy<D extends SpaceDefinition>(
  space: SearchSpace<D>,
  params: Readonly<Record<string, unknown>>,
  missing: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const completed: Record<string, unknown> = { ...missing, ...params };
  const conditional = Object.keys(missing).filter((name) => !Object.hasOwn(params, name) && isConditional(space, name));
  for (let left = conditional.length; left > 0; left--) {
    const reason = misfit(space, completed);
    const inactive = conditional.find((name) => reason?.startsWith(`params has a value of ${show(name)}, `));
    if (inactive === undefined) break;
    delete completed[inactive];
  }
  return completed;
}

/**
 * Makes sure that values are those of parameters of a space; there may be fewer than it has.
 *
 * @param what What messages call them.
 * @throws ShacTypeError or ShacRangeError `ERR_INVALID_VALUE`, naming the key.
 */
export function requireValues<D extends SpaceDefinition>(
  space: SearchSpace<D>,
  values: Readonly<Record<string, unknown>>,
  what: string,
): void {
  for (const [name, value] of Object.entries(values)) {
    if (!space.names.includes(name)) {
      const names = space.names.map(show).join(', ');
      throw new ShacTypeError('ERR_INVALID_VALUE', `${what}.${name} is no parameter of the space, which has ${names}`);
    }
    try {
      encodeOne(space, name, value);
    } catch (cause) {
      throw new ShacRangeError('ERR_INVALID_VALUE', `${what}.${name}: ${(cause as Error).message}`, { cause });
    }
  }
}

function isConditional<D extends SpaceDefinition>({ coordinates, conditions }: SearchSpace<D>, name: string): boolean {
  return conditions[coordinates.findIndex((coordinate) => coordinate.name === name)] !== null;
}

function isValue<D extends SpaceDefinition>(space: SearchSpace<D>, name: string, value: unknown): boolean {
  try {
    encodeOne(space, name, value);
    return true;
  } catch {
    return false;
  }
}

/** @throws for what is not a value of this parameter. Of a choice, its kind is looked at alone. */
function encodeOne<D extends SpaceDefinition>(space: SearchSpace<D>, name: string, value: unknown): void {
  const own = space.coordinates.filter((coordinate) => coordinate.name === name);
  const { index, parameter } = own[0] as Coordinate;
  if (space.describe()[name]?.kind === 'choice') return void parameter.encode(Object(value).kind);
  if (index === undefined) return void parameter.encode(value);
  if (!Array.isArray(value) || value.length !== own.length) {
    throw new ShacTypeError('ERR_INVALID_VALUE', `it must be an array of ${own.length} values, not ${show(value)}`);
  }
  own.forEach((coordinate, i) => {
    coordinate.parameter.encode(value[i]);
  });
}
