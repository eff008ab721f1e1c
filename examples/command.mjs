/**
 * An objective that is a program, here a Python script: one process a trial, four at once. Run it with
 *
 *     node examples/command.mjs
 */
import { fileURLToPath } from 'node:url';
import { command, discrete, SHAC, uniform } from 'shac';

const shac = new SHAC(
  { lr: uniform(1e-4, 1, { log: true }), momentum: uniform(0, 0.99), schedule: discrete(['constant', 'linear']) },
  { totalBudget: 80, numBatches: 8, objective: 'min', seed: 1 },
);
shac.setNumParallelEvaluators(4);

await shac.fit(
  command(['python3', 'train.py', '--lr={lr}', '--momentum={momentum}', '--schedule={schedule}'], {
    cwd: fileURLToPath(new URL('command', import.meta.url)),
  }),
);
console.log(shac.bestTrial);
