/**
 * How many trials a second are kept in a file, and how soon is a study of 100,000 there again? Baselines: Optuna's
 * storages, in the same folder; and Optuna opening the same file. Trials have ten columns, their objective returns at once.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SHAC, sqlite, uniform } from 'shac';
import { optuna, optunaIsMissing } from './optuna.mjs';
import { digits, median, printTable, timed } from './table.mjs';

const COLUMNS = 10;
const SPACE = Object.fromEntries(Array.from({ length: COLUMNS }, (_, i) => [`x${i}`, uniform(0, 1)]));
const BASELINES = [
  ['RDBStorage, SQLite', 'sqlite', 500],
  ['RDBStorage, SQLite in WAL mode, NORMAL', 'sqlite-wal', 500],
  ['JournalStorage, file', 'journal', 500],
];

/** @param {{ quick: boolean }} options */
export async function run({ quick }) {
  const folder = mkdtempSync(fileURLToPath(new URL('../build-bench-', import.meta.url))); // ignored, on the repository's disk
  try {
    console.log(`files on ${execFileSync('stat', ['-f', '-c', '%T', folder], { encoding: 'utf8' }).trim()}`);
    const missing = optunaIsMissing();
    await writing(folder, quick, missing);
    await opening(folder, quick, missing);
    if (missing) console.log(`\nOptuna is left out. ${missing}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function writing(folder, quick, missing) {
  const repeats = quick ? 1 : 5;
  const file = (name, i) => join(folder, `${name}-${i}.db`);
  const own = {};
  for (const synchronous of ['NORMAL', 'FULL']) {
    own[synchronous] = [];
    for (let i = 0; i < repeats; i++) {
      const storage = sqlite(file(synchronous, i), { synchronous });
      own[synchronous].push(await rate(storage, quick ? 2000 : 10_000));
    }
  }
  const rows = Object.entries(own).map(([synchronous, rates]) => [`shac, ${synchronous}`, digits(median(rates))]);
  const header = ['where', 'trials/s', ...Object.keys(own).map((synchronous) => `${synchronous} against it`)];
  for (const [name, kind, count] of missing ? [] : BASELINES) {
    const trials = quick ? count / 5 : count;
    const runs = Array.from({ length: quick ? 1 : 3 }, (_, i) =>
      optuna('optuna_storage.py', 'write', kind, file(kind, i), trials, COLUMNS),
    );
    const other = median(runs.map((one) => one.rate));
    const ratios = Object.values(own).map((rates) => `${digits(Number((median(rates) / other).toPrecision(2)))}x`);
    rows.push([`Optuna ${runs[0].version}, ${name}, ${digits(trials)} trials`, digits(other), ...ratios]);
  }
  printTable(
    `Trials a second that are kept, of ${COLUMNS} parameters, one at a time, random candidates, an objective that returns at once (medians)`,
    header,
    rows.map((row) => header.map((_, column) => row[column] ?? '')),
  );
}

/** Trials a second of a whole search, in batches; the first ones, which open the file, are left out. */
async function rate(storage, trials) {
  const options = { totalBudget: trials, numBatches: 1, seed: 1, storage };
  let started;
  const shac = new SHAC(SPACE, options);
  shac.setNumParallelEvaluators(1);
  await shac.fit(
    ({ x0 }) => {
      started ??= performance.now();
      return x0;
    },
    { skipCvChecks: true },
  );
  const took = performance.now() - started;
  storage.close();
  return (1000 * trials) / took;
}

async function opening(folder, quick, missing) {
  const trials = quick ? 2000 : 100_000;
  const file = join(folder, 'opening.db');
  const options = { totalBudget: trials, numBatches: 1, seed: 1 };
  await new SHAC(SPACE, { ...options, storage: file }).fit(({ x0 }) => x0);
  const own = [];
  for (let i = 0; i < (quick ? 1 : 5); i++) {
    const storage = sqlite(file);
    let shac;
    own.push(
      await timed(() => {
        shac = new SHAC(SPACE, { ...options, storage });
      }),
    );
    if (shac.trials.length !== trials) throw new Error(`${shac.trials.length} trials were found`);
    storage.close();
  }
  const ms = median(own);
  const rows = [['shac: new SHAC', digits(trials), digits(ms / 1000), '']];
  if (!missing) {
    const { version, trials: found, seconds } = optuna('optuna_storage.py', 'open', file, 'shac');
    const ratio = `${digits(Number(((1000 * seconds) / ms).toPrecision(2)))}x`;
    rows.push([`Optuna ${version}: load_study, trials`, digits(found), digits(seconds), ratio]);
  }
  printTable(
    `Opening one file with a study of ${COLUMNS} parameters, in a new connection, the file in the system's cache (median; Optuna once)`,
    ['what', 'trials', 'seconds', 'shac against it'],
    rows,
  );
}
