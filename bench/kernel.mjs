/** What does one decision of one classifier cost, against XGBoost's own batch prediction of the same trees and rows? */
import { runNative } from './native.mjs';
import { digits, printTable } from './table.mjs';

/** @param {{ quick: boolean }} options */
export async function run({ quick }) {
  const output = runNative('shac_bench_kernel', [quick ? '1' : '7']);
  const results = output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  printTable(
    'Nanoseconds a candidate and classifier, one thread (200 trees; baseline XGBoost batch predict, same run)',
    [
      'points a stage',
      'coordinates',
      'merged trees',
      'XGBoost',
      'kernel',
      'own',
      'ratio',
      'different decisions of 102,400',
    ],
    results.map(({ n, d, merged, xgboost, kernel, own, different }) => [
      n,
      d,
      merged,
      digits(xgboost),
      kernel,
      digits(own),
      `${(xgboost / own).toFixed(0)}x`,
      different,
    ]),
  );
}
