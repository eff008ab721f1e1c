/**
 * Tunes a network of PyTorch, two evaluations at once. Run it with
 *
 *     pip install torch scikit-learn
 *     node examples/managed/torch.mjs
 */
import { fileURLToPath } from 'node:url';
import { discrete, integer, python, TorchSHAC, uniform } from 'shac';

const search = new TorchSHAC(
  {
    layers: integer(1, 3),
    units: integer(8, 64, { log: true }),
    dropout: uniform(0, 0.6),
    lr: uniform(1e-4, 1, { log: true }),
    optimizer: discrete(['sgd', 'adam', 'rmsprop']),
  },
  { totalBudget: 40, numBatches: 5, seed: 1, maxCpuEvaluators: 2 },
);
const module = fileURLToPath(new URL('python/torch_train.py', import.meta.url));
await search.fit(python({ module, python: process.env.PYTHON ?? 'python3' }), { skipCvChecks: true });
console.log(search.bestTrial);
