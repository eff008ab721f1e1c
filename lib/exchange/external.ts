import { isDeepStrictEqual } from 'node:util';
import { ShacError, show } from '../errors.js';
import { DecimalGrid } from '../space/grid.js';
import { parsePythonJson } from './python-json.js';

/** What has to be known of one of Optuna's distributions to read and compare values. */
export interface Distribution {
  readonly name: string;
  readonly log: boolean;
  /** Undefined for a categorical one. */
  readonly low: number | undefined;
  readonly high: number | undefined;
  /** Only of a categorical one. */
  readonly choices: readonly unknown[] | undefined;
  readonly step: number | undefined;
  /** Of floats with a step: the numbers that are meant. */
  readonly grid: DecimalGrid | undefined;
}

/** How far Optuna lets a number be from its grid, in steps. */
const OFF_GRID = 1e-8;

const NAMES: Readonly<Record<string, string>> = {
  float: 'FloatDistribution',
  int: 'IntDistribution',
  categorical: 'CategoricalDistribution',
};

/** Reads distributions, of which a study has few: each text is parsed once. */
export class Distributions {
  readonly #known = new Map<string, Distribution>();

  /** @throws ERR_STORAGE for what is no distribution. */
  parse(json: string): Distribution {
    let distribution = this.#known.get(json);
    if (distribution === undefined) {
      distribution = parseDistribution(json);
      this.#known.set(json, distribution);
    }
    return distribution;
  }

  /**
   * The value that Optuna gives to an objective for the number that it keeps; with a step, without the rounding errors
   * of Optuna's products: 0.3 for 0.1 * 3.
   *
   * @throws ERR_STORAGE for a number that stands for nothing.
   */
  external(json: string, real: number): unknown {
    const { name, choices, grid } = this.parse(json);
    if (grid !== undefined) return onGrid(grid, real);
    if (choices === undefined) return name.startsWith('Int') ? Math.trunc(real) : real;
    const ordinal = Math.trunc(real);
    if (ordinal in choices) return choices[ordinal];
    throw new ShacError('ERR_STORAGE', `${show(real)} stands for none of the ${choices.length} choices of ${json}`);
  }
}

/** In both of Optuna's forms, of which one is short. */
function parseDistribution(json: string): Distribution {
  let parsed: unknown;
  try {
    parsed = parsePythonJson(json);
  } catch (cause) {
    throw new ShacError('ERR_STORAGE', `${show(json)} is no distribution of Optuna: it is not JSON`, { cause });
  }
  const { name, attributes, type } = (parsed ?? {}) as Record<string, unknown>;
  const className = typeof name === 'string' ? name : NAMES[String(type)];
  const fields = (typeof name === 'string' ? attributes : parsed) as Record<string, unknown> | undefined;
  const choices = fields?.choices;
  const isCategorical = className === 'CategoricalDistribution';
  if (className === undefined || typeof fields !== 'object' || isCategorical !== Array.isArray(choices)) {
    throw new ShacError('ERR_STORAGE', `${show(json)} is no distribution of Optuna`);
  }
  const numberIn = (key: string) => (typeof fields[key] === 'number' ? fields[key] : undefined);
  const range = { low: numberIn('low'), high: numberIn('high'), step: numberIn('step') };
  return {
    name: className,
    log: fields.log === true,
    ...range,
    choices: choices as readonly unknown[] | undefined,
    grid: className === 'FloatDistribution' ? gridOf(range) : undefined,
  };
}

/** Undefined without a step, and for what a damaged file may say. */
function gridOf({ low, high, step }: Pick<Distribution, 'low' | 'high' | 'step'>): DecimalGrid | undefined {
  if (low === undefined || high === undefined || step === undefined) return undefined;
  if (![low, high, step].every(Number.isFinite) || low > high || step <= 0) return undefined;
  const grid = new DecimalGrid(low, high, step);
  return Number.isSafeInteger(grid.count) ? grid : undefined;
}

function onGrid(grid: DecimalGrid, real: number): number {
  if (!Number.isFinite(real)) return real;
  const value = grid.at(grid.nearest(real));
  return Math.abs(real - value) <= OFF_GRID * grid.step ? value : real;
}

/** Whether Optuna lets two trials of one study have these distributions for one parameter. */
export function areCompatible(a: Distribution, b: Distribution): boolean {
  return a === b || (a.name === b.name && a.log === b.log && isDeepStrictEqual(a.choices, b.choices));
}

/** Whether it is the one of a custom parameter: the place in [0, 1). */
export function isPlace({ name, low, high, log, step }: Distribution): boolean {
  return name === 'FloatDistribution' && low === 0 && high === 1 && !log && step === undefined;
}
