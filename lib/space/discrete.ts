import { ShacRangeError, show } from '../errors.js';
import { EvenCells } from './cells.js';
import { invalidRange, invalidType, numberFromText } from './checks.js';
import { type DiscreteValue, PARAMETER_BRAND, type Parameter, type ParameterDescription } from './parameter.js';

/**
 * One of a list of values, all equally likely. Their order matters to the classifiers, which split a list between
 * neighbours: put similar values side by side. Of more than 32,768 values, neighbours share a code.
 *
 * @param values - Strings, finite numbers, booleans and null, each once. The list is copied.
 * @throws ShacTypeError or ShacRangeError `ERR_INVALID_PARAMETER` for an empty list, a value given twice, or a value of
 *   another kind.
 */
export function discrete<const T extends readonly DiscreteValue[]>(values: T): Parameter<T[number]> {
  if (!Array.isArray(values)) {
    throw invalidType(`discrete(${show(values)}): give the values as one array, as in discrete(['a', 'b'])`);
  }
  if (values.length === 0) throw invalidRange('discrete([]): the list must have at least one value');
  const ordinals = new Map<DiscreteValue, number>();
  // By index, not by forEach, so that a hole in the array is seen.
  for (let i = 0; i < values.length; i++) {
    const value = requireDiscreteValue(values[i], i);
    const earlier = ordinals.get(value);
    if (earlier !== undefined) {
      throw invalidRange(`discrete: ${show(value)} is in the list twice, at ${earlier} and at ${i}; remove one`);
    }
    ordinals.set(value, i);
  }
  return new DiscreteParameter<T[number]>(ordinals);
}

function requireDiscreteValue(value: unknown, index: number): DiscreteValue {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value !== 'number') {
    throw invalidType(
      `discrete: the value at ${index} is ${show(value)}; a value must be a string, a finite number, a boolean or null ` +
        '(for anything else, list names and look them up in the objective)',
    );
  }
  if (!Number.isFinite(value))
    throw invalidRange(`discrete: the value at ${index} is ${value}; numbers must be finite`);
  return value + 0; // -0 becomes 0
}

/** What CSV files of pandas, Python and JavaScript hold for values that are not strings. */
const SPELLINGS: ReadonlyMap<string, null | boolean> = new Map([
  ['', null],
  ['None', null],
  ['null', null],
  ['True', true],
  ['true', true],
  ['False', false],
  ['false', false],
]);

class DiscreteParameter<T extends DiscreteValue> implements Parameter<T> {
  readonly [PARAMETER_BRAND] = 'scalar';
  readonly kind = 'discrete';
  readonly levels: number;
  readonly #values: readonly DiscreteValue[];
  readonly #ordinals: ReadonlyMap<DiscreteValue, number>;
  readonly #cells: EvenCells;

  constructor(ordinals: ReadonlyMap<DiscreteValue, number>) {
    this.#values = Object.freeze([...ordinals.keys()]);
    this.#ordinals = ordinals;
    this.#cells = new EvenCells(ordinals.size);
    this.levels = this.#cells.levels;
  }

  decode(code: number, offset: number): T {
    return this.#values[this.#cells.ordinal(code, offset)] as T;
  }

  encode(value: unknown): number {
    const ordinal = this.#ordinals.get(value as DiscreteValue);
    if (ordinal === undefined) throw this.#notOneOf(show(value));
    return this.#cells.code(ordinal);
  }

  place(value: T): number {
    return (this.encode(value) + 0.5) / this.levels;
  }

  describe(): ParameterDescription {
    return { kind: 'discrete', values: this.#values };
  }

  parseText(text: string): T {
    const value = this.#read(text);
    if (value === undefined) throw this.#notOneOf(`the text ${show(text)}`);
    return value;
  }

  formatText(value: T): string {
    this.encode(value);
    if (value === null) return '';
    if (typeof value === 'boolean') return value ? 'True' : 'False';
    if (typeof value === 'number') return String(value);
    // A string that reads as another value of the list ('1' beside 1, '' beside null) is quoted.
    return this.#read(value) === value ? value : JSON.stringify(value);
  }

  /** A quoted string first, then anything that spells another kind of value of this list, then a plain string. */
  #read(text: string): T | undefined {
    const candidates = [unquoted(text), SPELLINGS.get(text), numberFromText(text), text];
    return candidates.find((value) => value !== undefined && this.#ordinals.has(value)) as T | undefined;
  }

  #notOneOf(what: string): ShacRangeError {
    const listed = this.#values.slice(0, 12).map(show).join(', ');
    const more = this.#values.length > 12 ? `, … (${this.#values.length} in all)` : '';
    return new ShacRangeError('ERR_INVALID_VALUE', `${what} is not in the list; allowed is one of ${listed}${more}`);
  }
}

function unquoted(text: string): string | undefined {
  if (!text.startsWith('"')) return undefined;
  try {
    return JSON.parse(text) as string;
  } catch {
    return undefined; // a string that just begins with a quotation mark
  }
}
