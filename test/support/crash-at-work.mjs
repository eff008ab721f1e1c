// Fits with a worker process, or a Python one, that dies in trial 1; tells of it on standard output.
import { fileURLToPath } from 'node:url';
import { discrete, python, SHAC, uniform } from '../../dist/index.js';

const [where, way, log] = process.argv.slice(2);
const fixture = (name) => new URL(`../fixtures/evaluators/${name}`, import.meta.url);
const shac = new SHAC(
  { x: uniform(0, 1), log: discrete([log]), way: discrete([way]) },
  { totalBudget: 4, numBatches: 1, objective: 'min', seed: 3 },
);
shac.evaluatorBackend = 'processes';
shac.setNumParallelEvaluators(1);
await shac.fit(
  where === 'python'
    ? python({ module: fileURLToPath(fixture('steps_out.py')), function: 'crashes', env: { PYTHONFAULTHANDLER: '1' } })
    : fixture('dies.mjs'),
);
console.log(JSON.stringify(shac.trials));
