import { ShacRangeError, ShacTypeError, show } from '../errors.js';
import { invalidRange, invalidType, requireOptions } from './checks.js';
import { LEVELS, PARAMETER_BRAND, type Parameter, type ParameterDescription } from './parameter.js';

/** What {@link custom} needs to know. Both functions must be pure: the same argument gives the same result. */
export interface CustomOptions<T> {
  /** The inverse CDF: the value at `u` in [0, 1). */
  decode(u: number): T;
  /**
   * The place in [0, 1) of a value. It must throw, or return something else than a number in [0, 1), for anything that
   * is not a value.
   */
  encode(value: T): number;
  /** Tells custom parameters apart in descriptions, for example when a study is resumed. */
  name?: string;
}

/**
 * A parameter with a distribution of your own. It may be continuous or a step function; for a step function let
 * `encode` return the middle of the interval of `u` that decodes to the value. In CSV files values are JSON.
 *
 * Both functions are called for all 32,768 codes here, so that a mistake shows before the search starts.
 *
 * @throws ShacTypeError or ShacRangeError `ERR_INVALID_PARAMETER` when a function is missing or throws, when `encode`
 *   leaves [0, 1), or when it is not the inverse of `decode`; `ERR_UNKNOWN_OPTION` for another option.
 */
export function custom<T>(options: CustomOptions<T>): Parameter<T> {
  const { decode, encode, name } = requireOptions('custom', options, ['decode', 'encode', 'name']);
  if (typeof decode !== 'function') {
    throw invalidType(`custom: decode must be a function from u in [0, 1) to a value, not ${show(decode)}`);
  }
  if (typeof encode !== 'function') {
    throw invalidType(`custom: encode must be a function from a value to u in [0, 1), not ${show(encode)}`);
  }
  if (name !== undefined && typeof name !== 'string') {
    throw invalidType(`custom: name must be a string, not ${show(name)}`);
  }
  return new CustomParameter<T>(options, name);
}

class CustomParameter<T> implements Parameter<T> {
  readonly [PARAMETER_BRAND] = 'scalar';
  readonly kind = 'custom';
  readonly levels = LEVELS;
  readonly snap?: Uint16Array;
  readonly #functions: CustomOptions<T>;
  readonly #name: string | undefined;
  /**
   * A raw code whose middle decodes to a value with code c, for each reachable c. Mostly c itself; but where a step
   * lies between encode's place and the middle of its cell, the middle belongs to the neighbour. Raw codes are kept,
   * not values, since an objective may alter an object that it was given.
   */
  readonly #source: Uint16Array;

  constructor(functions: CustomOptions<T>, name: string | undefined) {
    this.#functions = functions;
    this.#name = name;
    const codes = new Uint16Array(LEVELS).map((_, raw) => this.#checkedCode((raw + 0.5) / LEVELS));
    this.#source = Uint16Array.from(codes.keys());
    const reachable = new Uint8Array(LEVELS);
    codes.forEach((code, raw) => {
      if (codes[code] !== code && reachable[code] === 0) this.#source[code] = raw;
      reachable[code] = 1;
    });
    this.#requireInverse(codes);
    if (reachable.includes(0)) this.snap = codes.map((code, raw) => (reachable[raw] === 1 ? raw : code));
  }

  decode(code: number, offset: number): T {
    const reachable = this.snap?.[code] ?? code;
    const value = this.#functions.decode((reachable + offset) / LEVELS);
    const place = this.#functions.encode(value);
    if (Math.floor(place * LEVELS) === reachable) return value;
    return this.#functions.decode(((this.#source[reachable] ?? reachable) + 0.5) / LEVELS);
  }

  encode(value: unknown): number {
    let place: unknown;
    try {
      place = this.#functions.encode(value as T);
    } catch (cause) {
      const message = `${show(value)} is not a value of ${this.#label()}: encode threw ${describeThrown(cause)}`;
      throw new ShacTypeError('ERR_INVALID_VALUE', message, { cause });
    }
    if (!isPlace(place)) {
      throw new ShacRangeError(
        'ERR_INVALID_VALUE',
        `${show(value)} is not a value of ${this.#label()}: allowed is what encode maps into [0, 1), it returned ${show(place)}`,
      );
    }
    return Math.floor(place * LEVELS);
  }

  /** Of a step function the code is all there is to know. */
  place(value: T): number {
    return this.snap === undefined ? this.#functions.encode(value) : (this.encode(value) + 0.5) / LEVELS;
  }

  describe(): ParameterDescription {
    return this.#name === undefined ? { kind: 'custom' } : { kind: 'custom', name: this.#name };
  }

  parseText(text: string): T {
    let value: unknown = text;
    try {
      value = JSON.parse(text);
    } catch {
      // Not JSON: a plain string, as other programs write it.
    }
    try {
      this.encode(value);
      return value as T;
    } catch (error) {
      if (value === text) throw error;
      this.encode(text); // '1' may be the string rather than the number
      return text as T;
    }
  }

  formatText(value: T): string {
    const code = this.encode(value);
    const text = JSON.stringify(value) as string | undefined;
    if (text === undefined || this.encode(JSON.parse(text)) !== code) {
      throw new ShacTypeError(
        'ERR_INVALID_VALUE',
        `${show(value)} cannot be written to a CSV file: values of ${this.#label()} must survive JSON`,
      );
    }
    return text;
  }

  #label(): string {
    return this.#name === undefined ? 'the custom parameter' : `the custom parameter ${show(this.#name)}`;
  }

  /** The code of decode(u), with every way in which the two functions can fail turned into a message. */
  #checkedCode(u: number): number {
    let value: T;
    try {
      value = this.#functions.decode(u);
    } catch (cause) {
      throw new ShacTypeError(
        'ERR_INVALID_PARAMETER',
        `custom: decode(${u}) threw ${describeThrown(cause)}; it must return a value for each u in [0, 1)`,
        { cause },
      );
    }
    if (!survivesJson(value)) {
      throw invalidType(
        `custom: decode(${u}) is ${show(value)}, which does not survive JSON; studies are kept as text, so values must be ` +
          'strings, finite numbers, booleans, null, and plain arrays and objects of them',
      );
    }
    let place: unknown;
    try {
      place = this.#functions.encode(value);
    } catch (cause) {
      throw new ShacTypeError(
        'ERR_INVALID_PARAMETER',
        `custom: encode(${show(value)}) threw ${describeThrown(cause)}; it must accept what decode(${u}) returned`,
        { cause },
      );
    }
    if (isPlace(place)) return Math.floor(place * LEVELS);
    const message = `custom: encode(${show(value)}) returned ${show(place)}, and decode(${u}) is ${show(value)}; encode must return a number in [0, 1)`;
    throw typeof place === 'number' ? invalidRange(message) : invalidType(message);
  }

  /** encode undoes decode: the place that encode gives must decode to a value with the same code. */
  #requireInverse(codes: Uint16Array): void {
    codes.forEach((code, raw) => {
      if (codes[code] === code || this.#source[code] !== raw) return; // right, or already checked
      const value = this.#functions.decode((raw + 0.5) / LEVELS);
      const place = this.#functions.encode(value);
      if (this.#checkedCode(place) === code) return;
      throw invalidRange(
        `custom: encode is not the inverse of decode: encode(${show(value)}) is ${place}, but decode(${place}) is ` +
          `${show(this.#functions.decode(place))}; let encode return the middle of the interval of u that decodes to the value`,
      );
    });
  }
}

function isPlace(place: unknown): place is number {
  return typeof place === 'number' && place >= 0 && place < 1;
}

function describeThrown(cause: unknown): string {
  return cause instanceof Error ? `${cause.name}: ${cause.message}` : show(cause);
}

/** Whether what JSON makes of a value is the value. */
function survivesJson(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return true;
  if (typeof value !== 'object' || 'toJSON' in value) return false;
  if (Array.isArray(value)) return value.every(survivesJson);
  const prototype: unknown = Object.getPrototypeOf(value);
  return (prototype === Object.prototype || prototype === null) && Object.values(value).every(survivesJson);
}
