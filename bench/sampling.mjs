/** How fast are candidates drawn through 6, 12 and 18 classifiers? Baseline: one native thread. */
import { availableParallelism } from 'node:os';
import { SHAC } from 'shac';
import { branin, hartmann } from './functions.mjs';
import { digits, median, printTable, timed } from './table.mjs';

/** @param {{ quick: boolean }} options */
export async function run({ quick }) {
  const rows = [];
  const threads = availableParallelism();
  for (const problem of [branin, hartmann(6)]) {
    const shac = new SHAC(problem.space, {
      totalBudget: 190,
      numBatches: 19,
      objective: 'min',
      seed: 1,
      preset: 'paper',
    });
    await shac.fit(problem.evaluate, { skipCvChecks: true });
    // Through 18 classifiers 20,000: fewer would measure how the partition of the space is made, not what it gives.
    for (const maxClassifiers of [6, 12, 18].filter((k) => k <= shac.classifiers.length)) {
      const count = quick ? 1000 : 20_000;
      const rate = async (generators) => {
        shac.setNumParallelGenerators(generators);
        const times = [];
        for (let i = 0; i < 5; i++) times.push(await timed(() => shac.predict(count, { maxClassifiers })));
        return count / (median(times) / 1000);
      };
      const one = await rate(1);
      const all = await rate(threads);
      rows.push([problem.name, maxClassifiers, digits(one), digits(all), `${(all / one).toFixed(2)}x`]);
    }
  }
  printTable(
    'Accepted candidates a second (10 points a stage; medians)',
    ['function', 'classifiers', '1 thread', `${threads} threads`, 'ratio'],
    rows,
  );
}
