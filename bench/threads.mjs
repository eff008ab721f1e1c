/** What do more threads give? Baseline: one. */
import { availableParallelism } from 'node:os';
import { SHAC } from 'shac';
import { addClassifier, drawTimes, emptyCascade, searchedCascade, trainingSet } from './cascades.mjs';
import { hartmann } from './functions.mjs';
import { digits, median, printTable, timed } from './table.mjs';

const THREADS = [1];
while (THREADS.at(-1) < availableParallelism()) THREADS.push(Math.min(2 * THREADS.at(-1), availableParallelism()));

/** @param {{ quick: boolean }} options */
export async function run({ quick }) {
  const repeats = quick ? 2 : 7;
  const rows = [];
  const add = async (what, times) => {
    const medians = [];
    for (const threads of THREADS) medians.push(median(await times(threads)));
    rows.push([what, ...medians.map(digits), `${(medians[0] / medians.at(-1)).toFixed(2)}x`]);
  };
  for (const n of [10, 50, 100]) {
    const cascade = await searchedCascade({ n });
    const count = quick ? 20_000 : 100_000;
    const what = `draw ${digits(count)}, ${n} points a stage: native`;
    await add(what, (threads) => drawTimes(cascade, { count, threads }, repeats));
    const shac = new SHAC(hartmann(6).space, {
      totalBudget: 19 * n,
      numBatches: 19,
      objective: 'min',
      seed: 1,
      preset: 'paper',
    });
    await shac.fit(hartmann(6).evaluate, { skipCvChecks: true });
    await add(`draw ${digits(count)}, ${n} points a stage: predict`, async (threads) => {
      shac.setNumParallelGenerators(threads);
      const times = [];
      for (let i = 0; i < repeats; i++) times.push(await timed(() => shac.predict(count)));
      return times;
    });
  }
  const sets = [
    [6, 100],
    [50, 1000],
  ];
  for (const [d, n] of quick ? sets.slice(0, 1) : sets) {
    const set = await trainingSet(emptyCascade(d), d, n, 1);
    for (const skipCvChecks of [true, false]) {
      const what = `train a classifier, ${n} points in ${d} coordinates${skipCvChecks ? '' : ', five folds'}`;
      await add(what, async (threads) => {
        const times = [];
        for (let i = 0; i < repeats; i++) {
          times.push(await timed(() => addClassifier(emptyCascade(d), set, { seed: 1, threads, skipCvChecks })));
        }
        return times;
      });
    }
  }
  const column = (threads) => `${threads} thread${threads === 1 ? '' : 's'}`;
  printTable(
    'Milliseconds (medians) by number of native threads, Hartmann6, 18 classifiers',
    ['what', ...THREADS.map(column), 'ratio'],
    rows,
  );
}
