/**
 * What does the approximate sampler save, and how far off is it? Baseline: exact sampling through the same classifiers.
 *
 * The distance is the largest Kolmogorov-Smirnov statistic of any coordinate, of as many candidates from each sampler;
 * that between two exact samples says how much of it is chance.
 */
import { availableParallelism } from 'node:os';
import { SHAC } from 'shac';
import { hartmann } from './functions.mjs';
import { digits, printTable, timed } from './table.mjs';

/** @param {{ quick: boolean }} options */
export async function run({ quick }) {
  const count = quick ? 200 : 1000;
  const threads = availableParallelism();
  const rows = [];
  for (const problem of [hartmann(6), hartmann(50)]) {
    for (const points of [20, 100]) {
      const [exact, smc] = await searched(problem, points);
      const one = { exact: await drawn(exact, count, 1), smc: await drawn(smc, count, 1) };
      const all = { exact: await drawn(exact, count, threads), smc: await drawn(smc, count, threads) };
      for (const [used, { exact, smc }] of [
        [1, one],
        [threads, all],
      ]) {
        const ratio = exact.time / smc.time;
        rows.push([
          problem.name,
          points,
          used,
          digits((1000 * exact.time) / count),
          digits((1000 * smc.time) / count),
          `${ratio.toFixed(ratio < 10 ? 2 : 0)}x`,
          distance(exact.params, smc.params).toFixed(3),
          distance(one.exact.params, all.exact.params).toFixed(3),
        ]);
      }
    }
  }
  printTable(
    `Microseconds a candidate through 18 classifiers (${count} candidates a call; 'smc' with 5 sweeps)`,
    ['function', 'points a stage', 'threads', 'exact', 'smc', 'ratio', 'distance to exact', 'exact to exact'],
    rows,
  );
}

/** The same 18 classifiers behind both samplers. */
async function searched({ space, evaluate }, points) {
  const options = { totalBudget: 19 * points, numBatches: 19, objective: 'min', preset: 'paper', seed: 1 };
  const exact = new SHAC(space, options);
  await exact.fit(evaluate, { skipCvChecks: true });
  const smc = new SHAC(space, { ...options, sampler: 'smc' });
  await smc.fitDataset(exact.trials, { presort: false, skipCvChecks: true });
  return [exact, smc];
}

async function drawn(shac, count, threads) {
  shac.setNumParallelGenerators(threads);
  let params = [];
  const time = await timed(async () => {
    params = await shac.predict(count);
  });
  return { params, time };
}

function distance(a, b) {
  const names = Object.keys(a[0]);
  return Math.max(...names.map((name) => kolmogorovSmirnov(column(a, name), column(b, name))));
}

const column = (params, name) => Float64Array.from(params, (one) => one[name]).sort();

/** Of two sorted samples. */
function kolmogorovSmirnov(a, b) {
  let largest = 0;
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const value = Math.min(a[i], b[j]);
    while (i < a.length && a[i] <= value) i++;
    while (j < b.length && b[j] <= value) j++;
    largest = Math.max(largest, Math.abs(i / a.length - j / b.length));
  }
  return largest;
}
