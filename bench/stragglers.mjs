/**
 * What does it cost to wait for the slowest evaluation of each batch? Baseline of 'async' batches: 'sync' ones.
 *
 * Run times are log-normal: most take about 10 ms, a few many times that.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { normal, SHAC } from 'shac';
import { hartmann } from './functions.mjs';
import { digits, median, printTable, timed } from './table.mjs';

const EVALUATORS = 8;
const MEDIAN_MS = 10;
const SIGMA = 1;

/** @param {{ quick: boolean }} options */
export async function run({ quick }) {
  const totalBudget = quick ? 400 : 800;
  const runs = { sync: [], async: [] };
  for (let seed = 0; seed < (quick ? 1 : 9); seed++) {
    const times = await runTimes(totalBudget, seed);
    for (const batches of ['sync', 'async']) runs[batches].push(await search(times, seed, batches));
  }
  const wall = (batches) => median(runs[batches].map((one) => one.wall));
  printTable(
    `${totalBudget} trials in ${totalBudget / 40} batches of 40 on ${EVALUATORS} evaluators, run times log-normal ` +
      `(median ${MEDIAN_MS} ms, sigma ${SIGMA}); medians`,
    ['batches', 'evaluators busy until the last trial is handed out', 'wall, ms', 'ratio'],
    Object.keys(runs).map((batches) => [
      batches,
      `${(100 * median(runs[batches].map((one) => one.busy))).toFixed(1)} %`,
      digits(wall(batches)),
      `${(wall('sync') / wall(batches)).toFixed(2)}x`,
    ]),
  );
}

async function search(times, seed, batches) {
  const { space, evaluate } = hartmann(6);
  const totalBudget = times.length;
  const shac = new SHAC(space, { totalBudget, numBatches: totalBudget / 40, objective: 'min', preset: 'paper', seed });
  shac.setNumParallelEvaluators(EVALUATORS);
  const spans = [];
  const began = performance.now();
  const objective = async (params, { trialId }) => {
    const started = performance.now() - began;
    await sleep(times[trialId]);
    spans.push([started, performance.now() - began]);
    return evaluate(params);
  };
  const wall = await timed(() => shac.fit(objective, { skipCvChecks: true, batches }));
  const last = Math.max(...spans.map(([started]) => started));
  const busy = spans.reduce((sum, [started, ended]) => sum + Math.min(ended, last) - started, 0);
  return { wall, busy: busy / (EVALUATORS * last) };
}

/** Milliseconds, one a trial. */
async function runTimes(count, seed) {
  const normals = new SHAC({ z: normal(0, 1) }, { totalBudget: 1, numBatches: 1, seed });
  return (await normals.predict(count)).map(({ z }) => MEDIAN_MS * Math.exp(SIGMA * z));
}
