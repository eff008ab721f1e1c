/** What does a constraint cost a candidate? Baseline: the same call without constraints. */
import { SHAC, uniform } from 'shac';
import { digits, median, printTable, timed } from './table.mjs';

const SHARES = [1, 0.5, 0.01, 0.0001];

/** @param {{ quick: boolean }} options */
export async function run({ quick }) {
  const rows = [];
  for (const d of [6, 50]) {
    for (const trained of [false, true]) {
      const count = quick ? 2_000 : 20_000;
      const repeats = quick ? 3 : 11;
      const none = await microseconds(d, trained, undefined, { count, repeats });
      for (const share of SHARES) {
        const few = Math.max(20, Math.round(count * share));
        const own = await microseconds(d, trained, ({ x0 }) => x0 <= share, { count: few, repeats });
        rows.push([
          d,
          trained ? 'yes' : 'no',
          share,
          digits(none),
          digits(own),
          digits(own * share),
          `${((own * share) / none).toFixed(1)}x`,
        ]);
      }
    }
  }
  printTable(
    'Microseconds a candidate (medians of `predict`), one thread; the constraint is `({ x0 }) => x0 <= share`',
    ['coordinates', 'classifiers', 'share', 'without', 'with', 'with, a draw', 'ratio'],
    rows,
  );
}

async function microseconds(d, trained, constraint, { count, repeats }) {
  const space = Object.fromEntries(Array.from({ length: d }, (_, i) => [`x${i}`, uniform(0, 1)]));
  const options = { totalBudget: 200, numBatches: 10, objective: 'min', seed: 1, preset: 'paper' };
  const shac = new SHAC(space, { ...options, constraints: constraint ? [constraint] : [] });
  shac.setNumParallelGenerators(1);
  // Of coordinates that the constraint does not ask of: the classifiers say nothing of what it admits.
  if (trained) await shac.fit((params) => (params.x1 - 0.3) ** 2 + (params.x2 - 0.7) ** 2, { skipCvChecks: true });
  await shac.predict(count); // everything is compiled then
  const times = [];
  for (let i = 0; i < repeats; i++) times.push(await timed(() => shac.predict(count)));
  return (median(times) * 1000) / count;
}
