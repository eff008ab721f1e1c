/** How long do 10 candidates through 18 classifiers take? Baseline: plain rejection, natively, by the same cascade. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SHAC } from 'shac';
import { drawTimes, emptyCascade } from './cascades.mjs';
import { branin, hartmann } from './functions.mjs';
import { digits, median, printTable, timed } from './table.mjs';

const COUNT = 10;

/** @param {{ quick: boolean }} options */
export async function run({ quick }) {
  const rows = [];
  const calls = quick ? 5 : 51;
  for (const problem of [branin, hartmann(6)]) {
    for (const n of [10, 20, 50, 100]) {
      const options = { totalBudget: 19 * n, numBatches: 19, objective: 'min', seed: 1, preset: 'paper' };
      const shac = new SHAC(problem.space, options);
      await shac.fit(problem.evaluate, { skipCvChecks: true });
      shac.setNumParallelGenerators(1);
      const predict = [];
      for (let i = 0; i < calls; i++) predict.push(await timed(() => shac.predict(COUNT)));
      const cascade = await cascadeOf(shac, Object.keys(problem.space).length);
      const native = await drawTimes(cascade, { count: COUNT }, calls);
      const plain = await drawTimes(cascade, { count: COUNT, memory: 0 }, quick ? 1 : 9);
      rows.push([
        problem.name,
        n,
        cascade.size,
        ...[predict, native, plain].map((times) => digits(median(times))),
        `${(median(plain) / median(predict)).toFixed(0)}x`,
      ]);
    }
  }
  printTable(
    `${COUNT} candidates a call, milliseconds (medians), one thread`,
    ['function', 'points a stage', 'classifiers', 'predict', 'native part', 'plain rejection', 'ratio'],
    rows,
  );
}

/** The classifiers of a search, to be asked without the rest of it. */
async function cascadeOf(shac, d) {
  const directory = mkdtempSync(join(tmpdir(), 'shac-bench-'));
  try {
    await shac.saveData(directory);
    const cascade = emptyCascade(d);
    const models = join(directory, 'classifiers');
    for (const name of readdirSync(models).sort()) cascade.append(readFileSync(join(models, name)));
    return cascade;
  } finally {
    rmSync(directory, { recursive: true });
  }
}
