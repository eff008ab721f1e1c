/**
 * Tunes a network of Python's TensorFlow, two evaluations at once. Run it with
 *
 *     pip install tensorflow scikit-learn
 *     node examples/managed/python-tensorflow.mjs
 */
import { fileURLToPath } from 'node:url';
import { discrete, integer, python, TensorflowSHAC, uniform } from 'shac';

const search = new TensorflowSHAC(
  {
    layers: integer(1, 3),
    units: integer(8, 64, { log: true }),
    lr: uniform(1e-4, 1, { log: true }),
    optimizer: discrete(['sgd', 'adam']),
  },
  { totalBudget: 40, numBatches: 5, seed: 1, maxCpuEvaluators: 2 },
);
const module = fileURLToPath(new URL('python/tensorflow_train.py', import.meta.url));
await search.fit(python({ module, python: process.env.PYTHON ?? 'python3' }), { skipCvChecks: true });
console.log(search.bestTrial);
