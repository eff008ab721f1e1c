/** What does one decision of one classifier cost, against XGBoost's own batch prediction of the same trees and rows? */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { digits, printTable } from './table.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const build = `${root}/build-native-bench`;

export async function run() {
  const quiet = { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] };
  execFileSync('cmake', ['-S', '.', '-B', build, '-DSHAC_NATIVE_BENCH=ON', '-DCMAKE_BUILD_TYPE=Release'], quiet);
  execFileSync('cmake', ['--build', build, '-j2'], quiet);
  const output = execFileSync(`${build}/shac_bench_kernel`, { encoding: 'utf8' });
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
