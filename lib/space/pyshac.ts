import { ShacTypeError, show } from '../errors.js';
import type { SpaceDefinition } from './definition.js';
import type { SpaceDescription } from './description.js';
import { DecimalGrid } from './grid.js';
import { LEVELS, type MultiParameterDescription, type ParameterDescription } from './parameter.js';
import type { SearchSpace } from './space.js';

/** An entry of PySHAC's parameters.json: the class and its constructor arguments. */
export type PyshacParameter = [className: string, config: Record<string, unknown>];

/**
 * The content of PySHAC's `datasets/parameters.json` for a space.
 *
 * PySHAC has no integers and no steps: up to 32,768 integers or steps with equal probability become its discrete
 * parameter, others its continuous one. A custom parameter has no counterpart; it becomes `CustomHyperParameter`, which PySHAC can read only
 * when a class of that name is registered there.
 *
 * @throws ShacTypeError `ERR_INVALID_SPACE`, naming it, for a `when` or a `choice`: PySHAC has neither.
 */
export function pyshacConfig(space: SearchSpace<SpaceDefinition>): Record<string, PyshacParameter> {
  return Object.fromEntries(
    Object.entries(flatDescription(space.describe())).map(([name, description]) => [
      name,
      pyshacParameter(name, description),
    ]),
  );
}

/**
 * The description of a space that is the same for all candidates, as PySHAC's files have it.
 *
 * @throws ShacTypeError `ERR_INVALID_SPACE`, naming it, for a `when` or a `choice`.
 */
export function flatDescription(
  space: SpaceDescription,
): Record<string, ParameterDescription | MultiParameterDescription> {
  const flat: Record<string, ParameterDescription | MultiParameterDescription> = {};
  for (const [name, description] of Object.entries(space)) {
    if (description.kind === 'when' || description.kind === 'choice') {
      throw new ShacTypeError(
        'ERR_INVALID_SPACE',
        `${show(name)} is made by ${description.kind}, for which PySHAC's directory has no form; keep the study in an SQLite ` +
          'file (the option storage), which shac export writes as CSV, JSONL, a journal or a snapshot',
      );
    }
    flat[name] = description;
  }
  return flat;
}

function pyshacParameter(name: string, description: ParameterDescription | MultiParameterDescription): PyshacParameter {
  if (description.kind !== 'multi') {
    const [className, config] = scalar(description);
    return [className, { name, ...config }];
  }
  const [className, config] = scalar(description.of);
  return [`Multi${className}`, { name, ...config, sample_count: description.sampleCount }];
}

function scalar(description: ParameterDescription): PyshacParameter {
  switch (description.kind) {
    case 'discrete':
      return ['DiscreteHyperParameter', { values: [...description.values] }];
    case 'normal':
      return ['NormalContinuousHyperParameter', { mean: description.mean, std: description.std }];
    case 'custom':
      return ['CustomHyperParameter', {}];
    case 'uniform':
    case 'integer': {
      const { kind, min, max, log, step = kind === 'integer' ? 1 : undefined } = description;
      const grid = log || step === undefined ? undefined : new DecimalGrid(min, max, step);
      if (grid === undefined || grid.count > LEVELS) return continuous(description);
      return ['DiscreteHyperParameter', { values: Array.from({ length: grid.count }, (_, n) => grid.at(n)) }];
    }
  }
}

function continuous({ min, max, log }: { min: number; max: number; log: boolean }): PyshacParameter {
  return ['UniformContinuousHyperParameter', { min_value: min, max_value: max, log_encode: log }];
}
