import { ShacTypeError, show } from '../errors.js';
import {
  type Branches,
  type ChoiceParameter,
  type ConditionalParameter,
  isChoice,
  isConditional,
  type SpaceEntry,
} from './definition.js';
import { discrete } from './discrete.js';
import { isMultiParameter, type MultiParameter, type Parameter } from './parameter.js';

/** One axis of the code space, and one column of a CSV file. */
export interface Coordinate {
  /**
   * Column name: the parameter's name, with `_1`, `_2`, … appended inside a `multi`, as in PySHAC. Inside a `choice` the
   * choice's column and a dot come before the name.
   */
  readonly column: string;
  /** Key in the params object; inside a `choice` the column without the number of an element. */
  readonly name: string;
  /** Position inside a `multi`, from 0; undefined for a scalar. */
  readonly index: number | undefined;
  /** Of a `choice`: the list of its branches' names. */
  readonly parameter: Parameter<unknown>;
}

/** Something that has to hold for a coordinate to be active: what one `when` says, or to be in a branch of a `choice`. */
export interface Link {
  /** The parent's name as it was written, and where it is looked for; or the coordinate of the choice. */
  readonly parent: { readonly name: string; readonly scope: Group } | number;
  /** A value of the parent, an array of some, or a function of one. */
  readonly condition: unknown;
}

/** A name of a space, or of a branch of a choice, and what it stands for. */
export interface Field {
  readonly entry: Parameter<unknown> | MultiParameter<unknown> | ChoiceParameter<Branches>;
  /** Its coordinate; the first one of a `multi`. */
  readonly coordinate: number;
  /** The conditions of its own, without those of what is around it. */
  readonly links: readonly Link[];
  /** Of a `choice`, by the branch's name. */
  readonly branches: ReadonlyMap<string, Group> | undefined;
  /** Whether it has one coordinate, whose value it is. */
  readonly isPlain: boolean;
}

/** The names of a space, or of a branch, in order. */
export interface Group {
  readonly fields: Map<string, Field>;
  /** What is around it. */
  readonly outer: Group | undefined;
}

/** How the parameters of a space are laid out as a row of coordinates. */
export interface Layout {
  readonly root: Group;
  readonly coordinates: readonly Coordinate[];
  /** All that must hold for a coordinate to be active; the coordinates of a `multi` share one list. */
  readonly links: readonly (readonly Link[])[];
  /** For each coordinate, the coordinate of the choice that it belongs to; -1: it is a name of the space. */
  readonly owners: readonly number[];
  /** For each coordinate, its key in the params, or in the value of its choice. */
  readonly keys: readonly string[];
  /** For each coordinate, whether it is that of a `choice`. */
  readonly isChoice: readonly boolean[];
}

/** So many choices can be inside of each other: what looks into one calls itself for the next. */
const MOST_NESTED = 100;

/**
 * Lays a definition out, in its order: a choice, then the parameters of its branches, one branch after the other.
 *
 * @throws ShacTypeError `ERR_INVALID_SPACE` for more than 100 choices inside of each other.
 */
export function layoutOf(definition: Readonly<Record<string, SpaceEntry>>): Layout {
  const layout = {
    root: { fields: new Map<string, Field>(), outer: undefined },
    coordinates: [] as Coordinate[],
    links: [] as (readonly Link[])[],
    owners: [] as number[],
    keys: [] as string[],
    isChoice: [] as boolean[],
  };

  const add = (place: Place, entry: Parameter<unknown>, links: readonly Link[], index?: number) => {
    const column = index === undefined ? place.name : `${place.name}_${index + 1}`;
    layout.links.push(links);
    layout.owners.push(place.owner);
    layout.keys.push(place.key);
    layout.isChoice.push(false);
    return layout.coordinates.push({ column, name: place.name, index, parameter: entry }) - 1;
  };

  const addEntry = (group: Group, place: Place, given: SpaceEntry) => {
    const { entry, links } = unwrapped(given, group);
    const all = [...place.links, ...links];
    const coordinate = layout.coordinates.length;
    let branches: ReadonlyMap<string, Group> | undefined;
    const isPlain = !isMultiParameter(entry) && !isChoice(entry);
    if (isMultiParameter(entry)) {
      for (let index = 0; index < entry.sampleCount; index++) add(place, entry.parameter, all, index);
    } else if (isChoice(entry)) {
      add(place, discrete(Object.keys(entry.branches)), all);
      layout.isChoice[coordinate] = true;
      branches = addBranches(group, place.name, coordinate, entry.branches);
    } else {
      add(place, entry as Parameter<unknown>, all);
    }
    group.fields.set(place.key, { entry, coordinate, links, branches, isPlain });
  };

  const addBranches = (outer: Group, name: string, owner: number, branches: Branches) => {
    requireDepth(outer, name);
    const prefixOf = prefixes(name, branches);
    return new Map(
      Object.entries(branches).map(([kind, parameters]) => {
        const group: Group = { fields: new Map(), outer };
        const links = [{ parent: owner, condition: kind }];
        for (const [key, entry] of Object.entries(parameters)) {
          addEntry(group, { key, name: `${prefixOf(kind, key)}${key}`, owner, links }, entry);
        }
        return [kind, group];
      }),
    );
  };

  for (const [key, entry] of Object.entries(definition)) {
    addEntry(layout.root, { key, name: key, owner: -1, links: [] }, entry);
  }
  return layout;
}

function requireDepth(scope: Group, name: string): void {
  let depth = 1;
  for (let group = scope.outer; group !== undefined; group = group.outer) depth++;
  if (depth <= MOST_NESTED) return;
  throw new ShacTypeError(
    'ERR_INVALID_SPACE',
    `${show(name)} is a choice inside of ${MOST_NESTED} others; at most ${MOST_NESTED} can be inside of each other, so make a ` +
      'parameter of the space of one, with when',
  );
}

/** Where an entry stands. */
interface Place {
  readonly key: string;
  /** Of its column, without the number of an element. */
  readonly name: string;
  readonly owner: number;
  /** Of what is around it. */
  readonly links: readonly Link[];
}

/** What is inside of all its `when`, and what these say. */
function unwrapped(given: SpaceEntry, scope: Group): Pick<Field, 'entry' | 'links'> {
  const links: Link[] = [];
  let entry = given;
  while (isConditional(entry)) {
    const { parent, condition, parameter }: ConditionalParameter<SpaceEntry> = entry;
    links.push({ parent: { name: parent, scope }, condition });
    entry = parameter;
  }
  return { entry: entry as Field['entry'], links };
}

/** What comes before the name of a branch's parameter: the branch as well, where more than one has a parameter of that name. */
export function prefixes(
  column: string,
  branches: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
): (kind: string, name: string) => string {
  const counts = new Map<string, number>();
  for (const name of Object.values(branches).flatMap(Object.keys)) counts.set(name, (counts.get(name) ?? 0) + 1);
  return (kind, name) => ((counts.get(name) ?? 0) > 1 ? `${column}.${kind}.` : `${column}.`);
}

/** The keys under which a coordinate's value is in the params; of a choice the last one is `kind`. */
export function pathOf({ owners, keys, isChoice }: Layout, coordinate: number): string[] {
  const path = isChoice[coordinate] ? ['kind'] : [];
  for (let i = coordinate; i !== -1; i = owners[i] as number) path.unshift(keys[i] as string);
  return path;
}

/** What is inside of choices, by its keys joined by dots. */
export function innerNames(layout: Layout): string[] {
  const names = new Set<string>();
  layout.owners.forEach((owner, i) => {
    const path = owner === -1 && !layout.isChoice[i] ? [] : pathOf(layout, i);
    for (let end = 2; end <= path.length; end++) names.add(path.slice(0, end).join('.'));
  });
  return [...names];
}

/** The field that a name stands for inside a scope: the innermost one. */
export function fieldOf(name: string, scope: Group): Field | undefined {
  for (let group: Group | undefined = scope; group !== undefined; group = group.outer) {
    const field = group.fields.get(name);
    if (field !== undefined) return field;
  }
  return undefined;
}

/** @throws ShacTypeError `ERR_INVALID_SPACE` for two coordinates with one column name. */
export function requireDistinctColumns(coordinates: readonly Coordinate[]): void {
  const owners = new Map<string, string>();
  for (const { column, name } of coordinates) {
    const owner = owners.get(column);
    if (owner !== undefined) {
      throw new ShacTypeError(
        'ERR_INVALID_SPACE',
        `the parameters ${show(owner)} and ${show(name)} both have a column ${show(column)}; rename one`,
      );
    }
    owners.set(column, name);
  }
}
