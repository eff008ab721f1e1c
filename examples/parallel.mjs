/**
 * Evaluations in processes of their own, on all cores: for an objective that computes. It is a module, since a function
 * cannot be sent to a worker. Run it with
 *
 *     node examples/parallel.mjs
 */
import { integer, SHAC } from 'shac';

const shac = new SHAC(
  { quality: integer(0, 11), window: integer(10, 24) },
  { totalBudget: 60, numBatches: 6, objective: 'min', seed: 1 },
);
shac.parallelEvaluators('processes'); // or 'threads'

await shac.fit(new URL('./parallel/objective.mjs', import.meta.url));
console.log(shac.bestTrial);
