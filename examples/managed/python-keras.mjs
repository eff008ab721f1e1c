/**
 * Tunes a network of Python's Keras, two evaluations at once. Run it with
 *
 *     pip install keras tensorflow scikit-learn
 *     node examples/managed/python-keras.mjs
 */
import { fileURLToPath } from 'node:url';
import { discrete, integer, KerasSHAC, python, uniform } from 'shac';

const search = new KerasSHAC(
  {
    layers: integer(1, 2),
    units: integer(4, 32, { log: true }),
    dropout: uniform(0, 0.6),
    lr: uniform(1e-4, 1e-1, { log: true }),
    optimizer: discrete(['adam', 'sgd', 'rmsprop']),
    initializer: discrete(['glorot_uniform', 'he_uniform']),
  },
  { totalBudget: 24, numBatches: 4, seed: 1, maxCpuEvaluators: 2 },
);
const module = fileURLToPath(new URL('python/keras_train.py', import.meta.url));
await search.fit(python({ module, python: process.env.PYTHON ?? 'python3' }), { skipCvChecks: true });
console.log(search.bestTrial);
