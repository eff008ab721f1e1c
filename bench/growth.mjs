/**
 * Does a trial cost more the more there were? Processor time a trial of one search with an objective that returns at once,
 * and how late the event loop is meanwhile. The local phase begins at 0.3 N: the baseline is its own second thousand.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { SHAC, uniform } from 'shac';
import { digits, printTable } from './table.mjs';

const CASES = [1, 20].flatMap((batch) => [
  ...[1000, 10_000, 100_000].map((n) => ({ n, batch, d: 10 })),
  ...[1000, 10_000].map((n) => ({ n, batch, d: 100 })),
]);

/** @param {{ quick: boolean }} options */
export async function run({ quick }) {
  const rows = [];
  for (const one of CASES.filter(({ n }) => !quick || n <= 1000)) {
    const { costs, local, delay, cpu, wall } = await search(one);
    const [early, begun, last] = [costs[1], costs[local + 1], costs.at(-1)];
    const [p99, most] = [delay.percentile(99) / 1e6, delay.max / 1e6];
    const numbers = [one.batch, one.d, early, begun, last].map(digits);
    rows.push([one.n, ...numbers, `${digits(last / begun)}x`, ...[p99, most, cpu, wall].map(digits)]);
  }
  printTable(
    'Milliseconds of the processor a trial, preset default, in its second thousand, the second thousand of the local phase, and the last (of N = 1,000: hundreds); below 1.2x is flat',
    [
      ...['N', 'batch', 'd', 'second', 'second, local', 'last', 'last / second, local'],
      ...['loop delay p99 (ms)', 'most', 'processor (s)', 'wall (s)'],
    ],
    rows,
  );
}

async function search({ n, batch, d }) {
  const space = Object.fromEntries(Array.from({ length: d }, (_, i) => [`x${i}`, uniform(0, 1)]));
  const shac = new SHAC(space, { totalBudget: n, numBatches: n / batch, objective: 'min', seed: 1 });
  shac.setNumParallelEvaluators(1);
  const block = Math.min(1000, n / 10);
  const costs = [];
  let before = process.cpuUsage();
  const onTrialEnd = ({ id }) => {
    if ((id + 1) % block !== 0) return;
    costs.push(milliseconds(before) / block);
    before = process.cpuUsage();
  };
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const [began, started] = [process.cpuUsage(), performance.now()];
  delay.enable();
  await shac.fit((params) => Object.values(params).reduce((sum, x, i) => sum + (x - i / d) ** 2, 0), {
    callbacks: [{ onTrialEnd }],
  });
  delay.disable();
  const wall = (performance.now() - started) / 1000;
  return { costs, local: Math.ceil((0.3 * n) / block), delay, cpu: milliseconds(began) / 1000, wall };
}

function milliseconds(since) {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
}
