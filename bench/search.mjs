/** What does a whole search cost, and where does the time go? N=190, M=19, preset 'paper', one process. */
import { SHAC } from 'shac';
import { branin, hartmann } from './functions.mjs';
import { digits, median, printTable, timed } from './table.mjs';

const total = (column) => column.reduce((sum, value) => sum + value, 0);

/** @param {{ quick: boolean }} options */
export async function run({ quick }) {
  const rows = [];
  for (const skipCvChecks of [true, false]) {
    for (const problem of [branin, hartmann(6)]) {
      const runs = [];
      for (let seed = 0; seed < (quick ? 3 : 15); seed++) {
        const options = { totalBudget: 190, numBatches: 19, objective: 'min', seed, preset: 'paper' };
        const shac = new SHAC(problem.space, options);
        const all = await timed(() => shac.fit(problem.evaluate, { skipCvChecks }));
        const { samplingTime, trainingTime } = shac.history.history;
        const sampling = total(samplingTime);
        const training = total(trainingTime);
        runs.push({ all, sampling, training, rest: all - sampling - training });
      }
      const column = (key) => digits(median(runs.map((run) => run[key])));
      rows.push([
        problem.name,
        skipCvChecks ? 'off' : 'on',
        column('all'),
        column('sampling'),
        column('training'),
        column('rest'),
      ]);
    }
  }
  printTable(
    'Whole search, N=190, M=19, milliseconds (medians over seeds)',
    ['function', 'CV gate', 'wall', 'sampling', 'training', 'rest'],
    rows,
  );
}
