/**
 * Real tuning problems for `quality`: models on small data sets, and settings of two programs. All are minimised and
 * deterministic, and their optima are not known. They come in pairs of one kind, the first of a pair for tuning and the
 * second for the test.
 */
import { frameworks, place } from '../../.ci/setup/frameworks.mjs';
import { qualityPython } from '../../.ci/setup/quality.mjs';
import { annealing, space as annealingSpace } from './real/annealing.mjs';
import { compression, space as compressionSpace } from './real/brotli.mjs';
import { codecs, space as codecsSpace } from './real/codecs.mjs';
import * as conditional from './real/conditional-models.mjs';
import * as spaces from './real/models.mjs';
import { network, space as networkSpace } from './real/network.mjs';
import { ModelServer } from './real/server.mjs';

/** A function of models.py or conditional_models.py. */
const model = (name, space) => ({
  space,
  make() {
    const server = new ModelServer(qualityPython());
    return { evaluate: (params) => server.ask(name, params), close: () => server.close() };
  },
});

const program = (space, objective) => ({ space, make: () => ({ evaluate: objective(), close: async () => {} }) });

const digitsNetwork = {
  space: networkSpace,
  make() {
    const python = qualityPython();
    frameworks([]);
    const digits = async () => {
      const server = new ModelServer(python);
      return server.ask('digits', {}).finally(() => server.close());
    };
    return { evaluate: network(place, digits), close: async () => {} };
  },
};

/** Kind of problem, then the one for tuning and the one for the test. */
const PAIRS = [
  [
    'boosted trees',
    { 'XGBoost, cancer': model('xgboost', spaces.xgboost) },
    { 'Gradient boosting, diabetes': model('gradient_boosting', spaces.gradientBoosting) },
  ],
  [
    'neural networks',
    { 'Perceptron, wine': model('neural_network', spaces.neuralNetwork) },
    { 'TensorFlow.js, digits': digitsNetwork },
  ],
  [
    'linear and kernel machines',
    { 'Linear SGD, digits': model('linear_classifier', spaces.linearClassifier) },
    { 'Support vectors, digits': model('support_vectors', spaces.supportVectors) },
  ],
  ['programs', { Brotli: program(compressionSpace, compression) }, { Annealing: program(annealingSpace, annealing) }],
  // With conditions.
  [
    'a choice of classifiers',
    { 'Classifiers, wine': model('classifiers_wine', conditional.classifiers) },
    { 'Classifiers, cancer': model('classifiers_cancer', conditional.classifiers) },
  ],
  [
    'a choice of boosters',
    { 'Boosters, diabetes': model('boosters_diabetes', conditional.boosters) },
    { 'Boosters, Friedman': model('boosters_friedman', conditional.boosters) },
  ],
  [
    'widths by layer',
    { 'Widths, cancer': model('layers_cancer', conditional.layers) },
    { 'Widths, digits': model('layers_digits', conditional.layers) },
  ],
  [
    'a choice of codecs',
    { 'Codecs, code': program(codecsSpace, () => codecs('tuning')) },
    { 'Codecs, texts': program(codecsSpace, () => codecs('test')) },
  ],
];

/** The cheapest, and with nothing to install. */
const QUICK = ['programs', 'a choice of codecs'];

/**
 * `{ name, kind, half, space, optimum: null, direction: 'min', evaluate(params), exact(params), close() }` of each. `evaluate`
 * returns a number or a promise of one, and throws or rejects where a model cannot be trained; `close` ends its process,
 * if it has one. A problem whose packages cannot be installed is left out, with a line that says why.
 *
 * @param options.quick only the cheapest pairs.
 */
export async function realProblems({ quick = false } = {}) {
  const problems = [];
  for (const [kind, ...pair] of PAIRS) {
    if (quick && !QUICK.includes(kind)) continue;
    for (const [i, named] of pair.entries()) {
      const [[name, { space, make }]] = Object.entries(named);
      try {
        const { evaluate, close } = make();
        const half = i === 0 ? 'tuning' : 'test';
        problems.push({ name, kind, half, space, optimum: null, direction: 'min', evaluate, exact: evaluate, close });
      } catch (error) {
        console.error(`${name} is left out: ${error.message}`);
      }
    }
  }
  return problems;
}
