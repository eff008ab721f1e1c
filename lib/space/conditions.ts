import { ShacTypeError, show } from '../errors.js';
import { type Coordinate, type Field, fieldOf, type Group, type Layout, type Link } from './layout.js';
import { ownCode, ownLevels } from './own-codes.js';
import { type DiscreteValue, isMultiParameter, LEVELS } from './parameter.js';
import { parentsFirst } from './parents-first.js';

/** One parent of a conditional coordinate, and for which of its codes the coordinate is active. */
export interface Condition {
  /** Index of the parent's coordinate. */
  readonly parent: number;
  /** 1 where a code of the parent makes it active, one entry a code; where the parent may be inactive, 0 is that. */
  readonly codes: Uint8Array;
}

/** What a condition is, in plain JSON: values of a list, or ranges of integers, both ends included. */
export type ConditionDescription =
  | { readonly parent: string; readonly values: readonly DiscreteValue[] }
  | { readonly parent: string; readonly ranges: readonly (readonly [number, number])[] };

/** What a `when` says of its parent. */
interface Table {
  readonly parent: number;
  /** 1 where it holds, one entry a code of the parent's parameter. */
  readonly holds: Uint8Array;
}

/** A value of a parent, which has a code of its own. */
interface ParentValue {
  readonly code: number;
  readonly value: DiscreteValue;
}

/**
 * The conditions of a space. Predicates are asked here, once for each value of their parents, and never again.
 *
 * @throws ShacTypeError `ERR_INVALID_SPACE`, naming them, for parents that are not there or cannot be one, values that the
 *   parent does not have, predicates that throw, cycles, and parameters that can never be active.
 */
export class Conditions {
  /** For each coordinate all that must hold for it to be active; null: it always is. */
  readonly of: readonly (readonly Condition[] | null)[];
  /** The coordinates, parents before their children. */
  readonly order: readonly number[];
  readonly #layout: Layout;
  /** Caches: the elements of a `multi` share a list, and several conditions may have one parent. */
  readonly #values = new Map<number, readonly ParentValue[]>();
  readonly #tables = new Map<Link, Table>();

  constructor(layout: Layout) {
    this.#layout = layout;
    this.order = this.#ordered();
    const of: (readonly Condition[] | null)[] = layout.coordinates.map(() => null);
    this.of = of;
    const known = new Map<readonly Link[], readonly Condition[] | null>();
    for (const i of this.order) {
      const links = layout.links[i] as readonly Link[];
      if (links.length === 0) continue;
      if (!known.has(links)) {
        const found = this.#conditions(i, links);
        known.set(links, found);
        this.#requirePossible(i, found ?? []);
      }
      of[i] = known.get(links) ?? null;
    }
  }

  /** Whether a coordinate is active in a row of codes that begins at `start`. */
  isActive(coordinate: number, codes: ArrayLike<number>, start = 0): boolean {
    const conditions = this.of[coordinate];
    return conditions?.every(({ parent, codes: active }) => active[codes[start + parent] as number] === 1) ?? true;
  }

  /** What must hold for a coordinate to be active, in words. */
  text(coordinate: number): string {
    const texts = (this.of[coordinate] ?? []).map(({ parent, codes }) => {
      const isConditional = this.of[parent] !== null;
      return textOf(this.#described(parent, (code) => codes[isConditional ? ownCode(code) : code] === 1));
    });
    return texts.join(' and ');
  }

  /** What a field's own conditions are; those that always hold are left out. */
  describe({ links }: Field): ConditionDescription[] {
    const merged = new Map<number, Uint8Array>();
    for (const link of links) {
      const { parent, holds } = this.#tables.get(link) as Table;
      merge(merged, parent, holds);
    }
    return [...merged]
      .filter(([parent, holds]) => this.of[parent] !== null || holds.includes(0))
      .map(([parent, holds]) => this.#described(parent, (code) => holds[code] === 1));
  }

  #described(parent: number, holds: (code: number) => boolean): ConditionDescription {
    const { column, parameter } = this.#coordinate(parent);
    const values = this.#valuesOf(parent);
    if (parameter.kind !== 'integer') {
      return { parent: column, values: values.filter(({ code }) => holds(code)).map(({ value }) => value) };
    }
    const ranges: [number, number][] = [];
    values.forEach(({ code, value }, k) => {
      if (!holds(code)) return;
      const before = values[k - 1];
      const last = ranges.at(-1);
      if (last !== undefined && before !== undefined && holds(before.code)) last[1] = value as number;
      else ranges.push([value as number, value as number]);
    });
    return { parent: column, ranges };
  }

  #ordered(): number[] {
    const { coordinates, links } = this.#layout;
    const parentsOf = (i: number) => (links[i] ?? []).map((link) => this.#parentOf(link, i));
    return parentsFirst(coordinates.length, parentsOf, (circle) => {
      const names = circle.map((i) => show(this.#coordinate(i).name));
      throw invalidSpace(`${names.join(' depends on ')}: conditions cannot go in a circle; remove one`);
    });
  }

  #parentOf({ parent }: Link, child: number): number {
    if (typeof parent === 'number') return parent;
    const field = fieldOf(parent.name, parent.scope);
    const label = this.#label(child, parent.name);
    if (field === undefined) {
      const names = namesIn(parent.scope).map(show).join(', ');
      throw invalidSpace(`${label}: there is no parameter of that name; there are ${names}`);
    }
    if (isMultiParameter(field.entry)) {
      throw invalidSpace(
        `${label}: that is a multi, which has several values; depend on a discrete, an integer or a choice`,
      );
    }
    const { kind } = field.entry;
    if (kind !== 'discrete' && kind !== 'integer' && kind !== 'choice') {
      throw invalidSpace(`${label}: that is a ${kind} parameter; depend on a discrete, an integer or a choice`);
    }
    return field.coordinate;
  }

  /** What is left of the links of a coordinate: one condition a parent. */
  #conditions(child: number, links: readonly Link[]): readonly Condition[] | null {
    const merged = new Map<number, Uint8Array>();
    for (const link of links) {
      const { parent, holds } = this.#tableOf(link, child);
      const isConditional = this.of[parent] !== null;
      if (isConditional || holds.includes(0)) {
        merge(merged, parent, isConditional ? this.#shifted(parent, holds, child) : holds);
      }
    }
    return merged.size === 0 ? null : Object.freeze([...merged].map(([parent, codes]) => ({ parent, codes })));
  }

  #tableOf(link: Link, child: number): Table {
    const known = this.#tables.get(link);
    if (known !== undefined) return known;
    const parent = this.#parentOf(link, child);
    const { parameter } = this.#coordinate(parent);
    const label = this.#label(child, this.#coordinate(parent).name);
    const values = this.#valuesOf(parent, label);
    const holds = new Uint8Array(parameter.levels);
    if (typeof link.condition === 'function') {
      for (const { code, value } of values) holds[code] = asked(link.condition as Predicate, value, label) ? 1 : 0;
      if (!holds.includes(1))
        throw invalidSpace(`${label}: its function holds for no value of the parent; let it hold for one`);
    } else {
      for (const value of Array.isArray(link.condition) ? link.condition : [link.condition]) {
        try {
          holds[parameter.encode(value)] = 1;
        } catch (cause) {
          throw invalidSpace(`${label}: ${(cause as Error).message}`, cause);
        }
      }
    }
    // A raw code stands for the code that it is snapped to.
    parameter.snap?.forEach((code, raw) => {
      holds[raw] = holds[code] as number;
    });
    const table = { parent, holds };
    this.#tables.set(link, table);
    return table;
  }

  /** The values of a parent in order. @throws when two of them share a code. */
  #valuesOf(parent: number, label = ''): readonly ParentValue[] {
    const known = this.#values.get(parent);
    if (known !== undefined) return known;
    const { parameter } = this.#coordinate(parent);
    const values: ParentValue[] = [];
    for (let code = 0; code < parameter.levels; code++) {
      if (parameter.snap !== undefined && parameter.snap[code] !== code) continue;
      const value = parameter.decode(code, 0) as DiscreteValue;
      if (parameter.decode(code, 1 - 2 ** -53) !== value) throw sharedCodes(label);
      values.push({ code, value });
    }
    this.#values.set(parent, values);
    return values;
  }

  /** A table for the codes of a parent that may be inactive. */
  #shifted(parent: number, holds: Uint8Array, child: number): Uint8Array {
    const { name, parameter } = this.#coordinate(parent);
    const values = this.#valuesOf(parent);
    if (values.filter(({ code }) => code >= LEVELS - 2).length > 1) throw sharedCodes(this.#label(child, name));
    const codes = new Uint8Array(ownLevels(parameter));
    codes.set(holds.subarray(0, codes.length - 1), 1);
    // The last code may stand for either of the last two, of which one alone has a value.
    for (const { code } of values) codes[ownCode(code)] = holds[code] as number;
    return codes;
  }

  /**
   * Makes sure that a coordinate can be active: that there is a code for each coordinate which it depends on, whatever is
   * between them, that all conditions on the way allow. Others than these are free.
   */
  #requirePossible(child: number, conditions: readonly Condition[]): void {
    const bounds = new Map<number, Uint8Array>();
    const seen = new Set<number>();
    const left = [...conditions].reverse();
    // What its only parent needs was looked at with the parent, and cannot be about the parent itself.
    const isAlone = conditions.length === 1;
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      const { parent, codes } = next;
      if (!merge(bounds, parent, codes).includes(1)) {
        const { name } = this.#coordinate(child);
        throw invalidSpace(
          `${show(name)} can never be there: what it depends on needs different values of ${show(this.#coordinate(parent).name)}; ` +
            'change a condition',
        );
      }
      if (isAlone || seen.has(parent)) continue;
      seen.add(parent);
      for (const further of this.of[parent]?.toReversed() ?? []) left.push(further);
    }
  }

  #coordinate(index: number): Coordinate {
    return this.#layout.coordinates[index] as Coordinate;
  }

  #label(child: number, parent: string): string {
    return `${show(this.#coordinate(child).name)} depends on ${show(parent)}`;
  }
}

/** Where both hold. */
function merge(tables: Map<number, Uint8Array>, parent: number, table: Uint8Array): Uint8Array {
  const before = tables.get(parent);
  const both = before === undefined ? table : table.map((holds, code) => holds & (before[code] as number));
  tables.set(parent, both);
  return both;
}

type Predicate = (value: DiscreteValue) => unknown;

function asked(predicate: Predicate, value: DiscreteValue, label: string): boolean {
  let answer: unknown;
  try {
    answer = predicate(value);
  } catch (cause) {
    const thrown = cause instanceof Error ? `${cause.name}: ${cause.message}` : show(cause);
    throw invalidSpace(`${label}: its function threw for the value ${show(value)}: ${thrown}`, cause);
  }
  if (typeof answer === 'boolean') return answer;
  throw invalidSpace(
    `${label}: its function returned ${show(answer)} for the value ${show(value)}; it must return true or false`,
  );
}

function textOf(description: ConditionDescription): string {
  const parent = show(description.parent);
  if ('values' in description) return `${parent} is ${alternatives(description.values.map(show))}`;
  return `${parent} is ${alternatives(description.ranges.map(([from, to]) => (from === to ? `${from}` : `from ${from} to ${to}`)))}`;
}

function alternatives(texts: readonly string[]): string {
  return texts.length > 6 ? `${texts.slice(0, 6).join(', ')}, …` : texts.join(' or ');
}

function namesIn(scope: Group): string[] {
  const inner = [...scope.fields.keys()];
  return scope.outer === undefined ? inner : [...inner, ...namesIn(scope.outer)];
}

function sharedCodes(label: string): ShacTypeError {
  return invalidSpace(
    `${label}: some values of that share a code (it has more than 32,768, or 32,767 where it is conditional itself, or is ` +
      'logarithmic and wide); a parent must have few enough to be told apart, so narrow its range',
  );
}

function invalidSpace(message: string, cause?: unknown): ShacTypeError {
  return new ShacTypeError('ERR_INVALID_SPACE', message, ...(cause === undefined ? [] : [{ cause }]));
}
