import { describe, expect, it } from 'vitest';
import { custom, discrete, integer, multi, normal, pyshacConfig, SearchSpace, uniform } from '../../lib/space/index.js';

describe('pyshacConfig', () => {
  it("writes the classes and arguments of PySHAC's parameters.json", () => {
    const identity = custom({ decode: (u) => u, encode: (u) => u });
    const space = new SearchSpace({
      act: discrete(['relu', 1, null]),
      x: uniform(-5, 10),
      lr: uniform(1e-5, 1e-1, { log: true }),
      noise: normal(0, 2),
      layers: integer(1, 4),
      units: integer(1, 512, { log: true }),
      seed: integer(0, 100_000),
      drop: uniform(0.1, 0.5, { step: 0.1 }),
      k: integer(0, 10, { step: 4 }),
      fine: uniform(0, 1, { step: 1e-5 }),
      own: identity,
      acts: multi(discrete([true, false]), 2),
      w: multi(uniform(0, 1), 5),
      noises: multi(normal(0, 1), 3),
    });
    expect(pyshacConfig(space)).toEqual({
      act: ['DiscreteHyperParameter', { name: 'act', values: ['relu', 1, null] }],
      x: ['UniformContinuousHyperParameter', { name: 'x', min_value: -5, max_value: 10, log_encode: false }],
      lr: ['UniformContinuousHyperParameter', { name: 'lr', min_value: 1e-5, max_value: 1e-1, log_encode: true }],
      noise: ['NormalContinuousHyperParameter', { name: 'noise', mean: 0, std: 2 }],
      layers: ['DiscreteHyperParameter', { name: 'layers', values: [1, 2, 3, 4] }],
      units: ['UniformContinuousHyperParameter', { name: 'units', min_value: 1, max_value: 512, log_encode: true }],
      seed: ['UniformContinuousHyperParameter', { name: 'seed', min_value: 0, max_value: 100_000, log_encode: false }],
      drop: ['DiscreteHyperParameter', { name: 'drop', values: [0.1, 0.2, 0.3, 0.4, 0.5] }],
      k: ['DiscreteHyperParameter', { name: 'k', values: [0, 4, 8] }],
      fine: ['UniformContinuousHyperParameter', { name: 'fine', min_value: 0, max_value: 1, log_encode: false }],
      own: ['CustomHyperParameter', { name: 'own' }],
      acts: ['MultiDiscreteHyperParameter', { name: 'acts', values: [true, false], sample_count: 2 }],
      w: [
        'MultiUniformContinuousHyperParameter',
        { name: 'w', min_value: 0, max_value: 1, log_encode: false, sample_count: 5 },
      ],
      noises: ['MultiNormalContinuousHyperParameter', { name: 'noises', mean: 0, std: 1, sample_count: 3 }],
    });
  });
});
