/** How long do 10 candidates through 18 classifiers take? Baseline: the native call alone, without decoding. */
import { SHAC } from 'shac';
import { drawTimes, searchedCascade } from './cascades.mjs';
import { branin, hartmann } from './functions.mjs';
import { digits, median, printTable, timed } from './table.mjs';

const COUNT = 10;

/** @param {{ quick: boolean }} options */
export async function run({ quick }) {
  const rows = [];
  const calls = quick ? 5 : 31;
  for (const n of [10, 20, 50, 100]) {
    for (const problem of [branin, hartmann(6)]) {
      const options = { totalBudget: 19 * n, numBatches: 19, objective: 'min', seed: 1, preset: 'paper' };
      const shac = new SHAC(problem.space, options);
      await shac.fit(problem.evaluate, { skipCvChecks: true });
      const predict = [];
      for (let i = 0; i < calls; i++) predict.push(await timed(() => shac.predict(COUNT)));
      // Another cascade of the same kind: the one inside is nobody's business.
      const native =
        problem === branin ? undefined : await drawTimes(await searchedCascade({ n }), { count: COUNT }, calls);
      rows.push([
        problem.name,
        n,
        shac.classifiers.length,
        digits(median(predict)),
        digits(Math.max(...predict)),
        native === undefined ? '' : digits(median(native)),
      ]);
    }
  }
  printTable(
    `${COUNT} candidates, milliseconds a call of predict`,
    ['function', 'points a stage', 'classifiers', 'median', 'longest', 'native call alone (median)'],
    rows,
  );
}
