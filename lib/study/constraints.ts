import { inspect } from 'node:util';
import { ShacError, ShacRangeError, ShacTypeError, show } from '../errors.js';
import { copyOf, frozenNow } from './params.js';

/**
 * A rule of a search space: whether params may be evaluated. A pure function, asked before any evaluation: the same params
 * get the same answer whenever it is asked. The params are frozen.
 */
export type Constraint<P = Record<string, unknown>> = (params: P) => boolean;

/** Params in a message are cut off after so many characters, a constraint after so many. */
const MOST_OF_PARAMS = 1000;
const MOST_OF_SOURCE = 100;

/** The constraints of a study. What they are asked of cannot be altered by them. */
export class Constraints {
  readonly #all: readonly Constraint<never>[];

  constructor(all: readonly Constraint<never>[]) {
    this.#all = all;
  }

  get size(): number {
    return this.#all.length;
  }

  /**
   * Whether all constraints admit the params, which are copied.
   *
   * @throws ERR_CONSTRAINT_FAILED when a constraint throws, or answers anything but true or false.
   */
  admits(params: object): boolean {
    return this.admitsOwn(copyOf(params));
  }

  /** The same for params that nobody else holds: they are frozen. */
  admitsOwn(params: object): boolean {
    return this.#firstViolated(params) === undefined;
  }

  /**
   * Makes sure that all constraints admit the params, which are copied.
   *
   * @throws ERR_CONSTRAINT_VIOLATED, naming the params and the first constraint that refuses them; ERR_CONSTRAINT_FAILED.
   */
  require(params: object): void {
    const violated = this.#firstViolated(copyOf(params));
    if (violated === undefined) return;
    const message =
      `the params ${textOf(params)} violate ${this.#nameOf(violated)}: ` +
      'change the params, or the constraint if it is not meant to refuse them';
    throw new ShacRangeError('ERR_CONSTRAINT_VIOLATED', message);
  }

  #firstViolated(params: object): number | undefined {
    frozenNow(params);
    for (let index = 0; index < this.#all.length; index++) {
      if (!this.#asked(index, params)) return index;
    }
    return undefined;
  }

  #asked(index: number, params: object): boolean {
    let answer: unknown;
    try {
      answer = (this.#all[index] as Constraint<object>)(params);
    } catch (cause) {
      const reason = cause instanceof Error ? `${cause.name}: ${cause.message}` : show(cause);
      const message =
        `${this.#nameOf(index)} threw ${reason}, for the params ${textOf(params)}; ` +
        'a constraint must return true or false for all params of the space, and cannot alter them';
      throw new ShacError('ERR_CONSTRAINT_FAILED', message, { cause });
    }
    if (typeof answer === 'boolean') return answer;
    const promise = answer instanceof Promise ? answer : undefined;
    promise?.catch(() => {}); // nobody else waits for it
    const message =
      `${this.#nameOf(index)} returned ${promise ? 'a promise' : show(answer)}, for the params ${textOf(params)}; ` +
      `a constraint must return true or false for all params of the space${promise ? '; it cannot be async' : ''}`;
    throw new ShacTypeError('ERR_CONSTRAINT_FAILED', message);
  }

  /** Its index, and its name; of one without a name, what it is. */
  #nameOf(index: number): string {
    const constraint = this.#all[index] as Constraint<never>;
    const what = constraint.name || String(constraint).replaceAll(/\s+/g, ' ');
    return `constraints[${index}] (${shortened(what, MOST_OF_SOURCE)})`;
  }
}

/** What there is to ask where a study has none. */
export const NO_CONSTRAINTS = new Constraints([]);

/** @throws ERR_INVALID_ARGUMENT for anything but a list of functions. */
export function resolveConstraints(name: string, value: unknown): Constraints {
  if (value === undefined || value === null) return NO_CONSTRAINTS;
  if (!Array.isArray(value)) {
    throw new ShacTypeError(
      'ERR_INVALID_ARGUMENT',
      `${name} must be a list of functions, as in [({ a, b }) => a <= b], got ${show(value)}`,
    );
  }
  for (const [index, constraint] of value.entries()) {
    if (typeof constraint === 'function') continue;
    const message = `${name}[${index}] must be a function of the params that returns true or false, got ${show(constraint)}`;
    throw new ShacTypeError('ERR_INVALID_ARGUMENT', message);
  }
  return value.length === 0 ? NO_CONSTRAINTS : new Constraints([...value]);
}

/** Params as messages show them. */
export function textOf(params: object): string {
  return shortened(inspect(params, { breakLength: Number.POSITIVE_INFINITY, depth: 4 }), MOST_OF_PARAMS);
}

function shortened(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 3)}...` : text;
}
