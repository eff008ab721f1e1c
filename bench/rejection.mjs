/** What does plain rejection cost, without the partition? Baseline: a loop around XGBoost's batch predict. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { draw, searchedCascade } from './cascades.mjs';
import { runNative } from './native.mjs';
import { digits, median, printTable } from './table.mjs';

const CLASSIFIERS = 18;

/** @param {{ quick: boolean }} options */
export async function run({ quick }) {
  const rows = [];
  for (const d of [6, 50]) {
    for (const n of [10, 20, 50, 100]) {
      const cascade = await searchedCascade({ d, n, classifiers: CLASSIFIERS });
      const xgboost = loop(cascade, d, quick ? 1 : 200_000);
      const times = [];
      let acceptance = 0;
      for (let i = 0; i < (quick ? 1 : 5); i++) {
        const before = process.cpuUsage();
        const sampled = await draw(cascade, { count: quick ? 5 : 20, stream: 2 ** 30 + i, memory: 0 });
        times.push((process.cpuUsage(before).user * 1000) / sampled.draws);
        acceptance += sampled.acceptance / (quick ? 1 : 5);
      }
      const own = median(times);
      const rate = (nanoseconds) => digits((acceptance * 1e9) / nanoseconds);
      rows.push([n, d, digits(xgboost), digits(own), `${(xgboost / own).toFixed(0)}x`, rate(xgboost), rate(own)]);
    }
  }
  printTable(
    `Plain rejection through ${CLASSIFIERS} classifiers: processor nanoseconds a draw, one thread; accepted a second`,
    ['points a stage', 'coordinates', 'XGBoost loop', 'own', 'ratio', 'XGBoost accepted/s', 'own accepted/s'],
    rows,
  );
}

/** Nanoseconds a draw of the loop, the newest classifier first. */
function loop(cascade, d, draws) {
  const directory = mkdtempSync(join(tmpdir(), 'shac-bench-'));
  try {
    const paths = cascade.models.map((model, k) => {
      const path = join(directory, `${k}.ubj`);
      writeFileSync(path, model);
      return path;
    });
    return Number(runNative('shac_bench_loop', [String(d), String(draws), ...paths.reverse()]));
  } finally {
    rmSync(directory, { recursive: true });
  }
}
