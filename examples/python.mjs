/**
 * An objective that is a Python function, in two Python processes that are started once. Run it with
 *
 *     node examples/python.mjs
 */
import { fileURLToPath } from 'node:url';
import { integer, python, SHAC, uniform } from 'shac';

const shac = new SHAC(
  { lr: uniform(1e-3, 10, { log: true }), l2: uniform(1e-6, 1, { log: true }), epochs: integer(1, 40) },
  { totalBudget: 80, numBatches: 8, objective: 'max', seed: 1 },
);
shac.setNumParallelEvaluators(2);

await shac.fit(python({ module: fileURLToPath(new URL('python/train.py', import.meta.url)) }));
console.log(shac.bestTrial);
