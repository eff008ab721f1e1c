import { DecimalGrid } from './grid.js';
import { LEVELS, type MultiParameterDescription, type ParameterDescription } from './parameter.js';
import type { SearchSpace, SpaceDefinition } from './space.js';

/** An entry of PySHAC's parameters.json: the class and its constructor arguments. */
export type PyshacParameter = [className: string, config: Record<string, unknown>];

/**
 * The content of PySHAC's `datasets/parameters.json` for a space.
 *
 * PySHAC has no integers and no steps: up to 32,768 integers or steps with equal probability become its discrete
 * parameter, others its continuous one. A custom parameter has no counterpart; it becomes `CustomHyperParameter`, which PySHAC can read only
 * when a class of that name is registered there.
 */
export function pyshacConfig(space: SearchSpace<SpaceDefinition>): Record<string, PyshacParameter> {
  return Object.fromEntries(
    Object.entries(space.describe()).map(([name, description]) => [name, pyshacParameter(name, description)]),
  );
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
