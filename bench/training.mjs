/** Where does the time of training one classifier go? Baseline of the folds: XGBoost, of the library's own booster. */
import { runNative } from './native.mjs';
import { digits, printTable } from './table.mjs';

const STEPS = ['matrix', 'first', 'rest', 'save', 'compile', 'xgboostFolds', 'ownFolds'];

/** @param {{ quick: boolean }} options */
export async function run({ quick }) {
  const lines = runNative('shac_bench_training', [quick ? '3' : '31'])
    .trim()
    .split('\n');
  printTable(
    'Training one classifier of 200 rounds: processor milliseconds of one thread (medians)',
    [
      'points a stage',
      'coordinates',
      'matrix',
      'first round',
      '199 rounds',
      'saving',
      'compiling',
      'five folds, XGBoost',
      'five folds, own',
      'ratio',
      'different margins',
    ],
    lines
      .map((line) => JSON.parse(line))
      .map((times) => [
        times.n,
        times.d,
        ...STEPS.map((step) => digits(times[step])),
        `${(times.xgboostFolds / times.ownFolds).toFixed(1)}x`,
        times.different,
      ]),
  );
}
