import { DecimalGrid } from '../../space/grid.js';
import type { Coordinate, DiscreteValue, ParameterDescription, RangeDescription } from '../../space/index.js';
import { LEVELS } from '../../space/index.js';
import { isAttributeOfOurs } from '../../space/space.js';

/**
 * A list of more values is a range of ordinals to Optuna: its tables have the distribution in each row, and a list of
 * 10,000 strings would take 140 kB a trial.
 */
const LONGEST_LIST = 256;

/**
 * A coordinate of the search space as Optuna keeps it: a parameter name, a distribution in JSON, and one number a trial
 * (the value itself, or the ordinal of a category).
 */
export interface OptunaColumn {
  /** The coordinate's column: `w_1`, `w_2`, … for a `multi` called w. */
  readonly name: string;
  /** Optuna's JSON of the distribution. */
  readonly distribution: string;
  /** The number that stands for a value. */
  toReal(value: unknown): number;
  /** The value that a number stands for; not for custom parameters, whose values are kept as text beside it. */
  fromReal(real: number): unknown;
  /** Whether the number is the ordinal of a long list, which is an integer like any other to Optuna. */
  readonly isOrdinal?: true;
  /** The value as JSON, where Optuna does not see it: it is kept beside the number, as an attribute of the trial. */
  readonly toAttribute?: (value: unknown) => string;
}

/** Optuna has no unbounded distribution: a normal one is shown between these many standard deviations. */
const NORMAL_REACH = 9;

/** @returns the columns of a space, in its order. */
export function optunaColumns(coordinates: readonly Coordinate[]): OptunaColumn[] {
  return coordinates.map(({ column: name, parameter }) => {
    const description = parameter.describe();
    const distribution = JSON.stringify(distributionOf(description));
    if (description.kind === 'discrete') {
      const ordinals = new Map<unknown, number>(description.values.map((value, ordinal) => [value, ordinal]));
      return {
        name,
        distribution,
        toReal: (value) => ordinals.get(value) as number,
        fromReal: (real) => description.values[real] as DiscreteValue,
        ...(isLong(description) && { isOrdinal: true }),
        ...(isLong(description) && !isAttributeOfOurs(name) && { toAttribute: (value) => JSON.stringify(value) }),
      };
    }
    if (description.kind === 'custom') {
      const toReal = (value: unknown) => (parameter.encode(value) + 0.5) / LEVELS;
      return {
        name,
        distribution,
        toReal,
        fromReal: (real) => real,
        toAttribute: (value) => parameter.formatText(value),
      };
    }
    return { name, distribution, toReal: (value) => value as number, fromReal: (real) => real };
  });
}

function distributionOf(description: ParameterDescription): { name: string; attributes: Record<string, unknown> } {
  switch (description.kind) {
    case 'uniform':
      return float(description.min, highOf(description), description.log, description.step);
    case 'normal': {
      const reach = NORMAL_REACH * description.std;
      return float(description.mean - reach, description.mean + reach, false);
    }
    case 'integer': {
      const { min: low, log, step = 1 } = description;
      return int({ log, step, low, high: highOf(description) });
    }
    case 'discrete':
      if (isLong(description)) return int({ log: false, step: 1, low: 0, high: description.values.length - 1 });
      return { name: 'CategoricalDistribution', attributes: { choices: description.values } };
    case 'custom': // its place in [0, 1)
      return float(0, 1, false);
  }
}

function isLong({ values }: ParameterDescription & { kind: 'discrete' }): boolean {
  return values.length > LONGEST_LIST;
}

function int(attributes: { log: boolean; step: number; low: number; high: number }) {
  return { name: 'IntDistribution', attributes };
}

function float(low: number, high: number, log: boolean, step: number | null = null) {
  return { name: 'FloatDistribution', attributes: { step, low, high, log } };
}

/** The last value of a grid: Optuna, too, takes it for a bound that is off the grid. */
function highOf({ min, max, step }: RangeDescription<'uniform' | 'integer'>): number {
  return step === undefined ? max : new DecimalGrid(min, max, step).last;
}
