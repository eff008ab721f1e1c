import type { SpaceDefinition } from './definition.js';
import type { Coordinate } from './layout.js';
import { ownCode } from './own-codes.js';
import { parentsFirst } from './parents-first.js';
import type { SearchSpace } from './space.js';

/** Where the value of a coordinate is in params: under a key of the params themselves, or of a choice's value. */
export interface Slot extends SlotName {
  readonly object: Record<string, unknown>;
  readonly key: string;
}

/** How a coordinate's value is called. */
export interface SlotName {
  /** The keys up to the value, joined by dots; of a choice, up to its object. */
  readonly name: string;
  /** Of a choice, the keys up to its kind, joined by dots: with `.kind` at the end. */
  readonly kindName: string | undefined;
}

/** What params say of a coordinate that is active in them. */
export type Finding = 'value' | 'lacking' | 'outside';

/** The names of a coordinate's value. */
export function slotName<D extends SpaceDefinition>(space: SearchSpace<D>, coordinate: number): SlotName {
  const path = space.pathOf(coordinate);
  // No parameter of a branch is called kind.
  const isChoice = path.length > 1 && path.at(-1) === 'kind';
  return isChoice
    ? { name: path.slice(0, -1).join('.'), kindName: path.join('.') }
    : { name: path.join('.'), kindName: undefined };
}

/**
 * Looks at what params, which may be of another space, say of the coordinates that are active in them: parents first.
 *
 * @param look Called for each slot before it is read; what it puts there counts.
 */
export function findings<D extends SpaceDefinition>(
  space: SearchSpace<D>,
  params: Readonly<Record<string, unknown>>,
  look: (slot: Slot) => void = () => {},
): [Slot, Finding][] {
  const found: [Slot, Finding][] = [];
  const codes: (number | undefined)[] = [];
  const parentsOf = (i: number) => (space.conditions[i] ?? []).map(({ parent }) => parent);
  for (const i of parentsFirst(space.dimensions, parentsOf)) {
    const conditions = space.conditions[i] ?? null;
    if (conditions?.some(({ parent, codes: active }) => active[codes[parent] ?? -1] !== 1)) continue;
    const slot = slotOf(space, params, i);
    if (slot === undefined) continue;
    look(slot);
    const code = Object.hasOwn(slot.object, slot.key) ? codeOf(space, slot, i) : undefined;
    found.push([slot, code !== undefined ? 'value' : Object.hasOwn(slot.object, slot.key) ? 'outside' : 'lacking']);
    codes[i] = code === undefined || conditions === null ? code : ownCode(code);
  }
  return found;
}

/** Undefined where the choice that it is in has no value. */
function slotOf<D extends SpaceDefinition>(
  space: SearchSpace<D>,
  params: Readonly<Record<string, unknown>>,
  coordinate: number,
): Slot | undefined {
  const names = slotName(space, coordinate);
  const path = space.pathOf(coordinate);
  const keys = names.kindName === undefined ? path : path.slice(0, -1);
  let object: unknown = params;
  for (const key of keys.slice(0, -1)) {
    object = Object.hasOwn(Object(object), key) ? (object as Record<string, unknown>)[key] : undefined;
  }
  if (typeof object !== 'object' || object === null) return undefined;
  return { ...names, object: object as Record<string, unknown>, key: keys.at(-1) as string };
}

/** The code of a coordinate's parameter; undefined when its value is none. */
function codeOf<D extends SpaceDefinition>(
  { coordinates }: SearchSpace<D>,
  { kindName, object, key }: Slot,
  coordinate: number,
): number | undefined {
  const { parameter, index, name } = coordinates[coordinate] as Coordinate;
  const value = object[key];
  try {
    if (kindName !== undefined) return parameter.encode(Object(value).kind);
    if (index === undefined) return parameter.encode(value);
    const next = coordinate - index + (value as readonly unknown[]).length;
    const isWhole = Array.isArray(value) && coordinates[next - 1]?.name === name && coordinates[next]?.name !== name;
    return isWhole ? parameter.encode(value[index]) : undefined;
  } catch {
    return undefined;
  }
}
