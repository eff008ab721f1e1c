/**
 * Does a trial cost more the more there were? Processor time a trial, for thousand after thousand of one search with an
 * objective that returns at once; and how late a timer is meanwhile. The baseline is the search's own second thousand.
 */
import { SHAC, uniform } from 'shac';
import { digits, printTable, quantile } from './table.mjs';
import { watchTimer } from './timer.mjs';

const THOUSAND = 1000;
const CASES = [
  { n: 3000, batch: 1, d: 10 },
  { n: 10_000, batch: 1, d: 10 },
  { n: 10_000, batch: 20, d: 10 },
  { n: 10_000, batch: 1, d: 100 },
  { n: 100_000, batch: 20, d: 10 },
];

/** @param {{ quick: boolean }} options */
export async function run({ quick }) {
  const rows = [];
  for (const { n, batch, d } of quick ? CASES.slice(0, 1) : CASES) {
    const { costs, late, seconds } = await search(n, batch, d);
    const [second, last] = [costs[1], costs.at(-1)];
    rows.push([n, batch, d, digits(second), digits(last), `${digits(last / second)}x`, digits(late), digits(seconds)]);
  }
  printTable(
    'Milliseconds of the processor a trial, preset default; below 1.2x is flat',
    ['N', 'batch', 'd', 'second thousand', 'last thousand', 'ratio', 'timer late, p99 (ms)', 'seconds in all'],
    rows,
  );
}

async function search(n, batch, d) {
  const space = Object.fromEntries(Array.from({ length: d }, (_, i) => [`x${i}`, uniform(0, 1)]));
  const shac = new SHAC(space, { totalBudget: n, numBatches: n / batch, objective: 'min', seed: 1 });
  shac.setNumParallelEvaluators(1);
  const costs = [];
  let before = process.cpuUsage();
  const onTrialEnd = ({ id }) => {
    if ((id + 1) % THOUSAND !== 0) return;
    const { user, system } = process.cpuUsage(before);
    costs.push((user + system) / 1000 / THOUSAND);
    before = process.cpuUsage();
  };
  const started = performance.now();
  const stop = watchTimer();
  await shac.fit((params) => Object.values(params).reduce((sum, x, i) => sum + (x - i / d) ** 2, 0), {
    callbacks: [{ onTrialEnd }],
  });
  return { costs, late: quantile(stop(), 0.99), seconds: (performance.now() - started) / 1000 };
}
