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
  ['RDBStorage, SQLite', 'sqlite'],
  ['RDBStorage, SQLite in WAL mode, NORMAL', 'sqlite-wal'],
  ['JournalStorage, file', 'journal'],
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
  const own = { NORMAL: [], FULL: [] };
  const others = missing ? [] : BASELINES.map(([name, kind]) => ({ name, kind, runs: [] }));
  const count = quick ? 100 : 300;
  // In turns, so that whatever else the machine does slows all of them down.
  for (let round = 0; round < (quick ? 1 : 5); round++) {
    for (const [synchronous, rates] of Object.entries(own)) {
      const storage = sqlite(join(folder, `${synchronous}-${round}.db`), { synchronous });
      rates.push(await rate(storage, quick ? 2000 : 10_000));
    }
    for (const { kind, runs } of others) {
      runs.push(optuna('optuna_storage.py', 'write', kind, join(folder, `${kind}-${round}`), count, COLUMNS));
    }
  }
  const rows = Object.entries(own).map(([name, rates]) => [`shac, ${name}`, digits(median(rates)), '', '']);
  for (const { name, runs } of others) {
    const other = median(runs.map((one) => one.rate));
    const ratios = Object.values(own).map((rates) => `${digits(Number((median(rates) / other).toPrecision(2)))}x`);
    rows.push([`Optuna ${runs[0].version}, ${name}, ${count} trials`, digits(other), ...ratios]);
  }
  printTable(
    `Trials a second that are kept, of ${COLUMNS} parameters, one at a time, random candidates, an objective that returns at once (medians)`,
    ['where', 'trials/s', 'NORMAL against it', 'FULL against it'],
    rows,
  );
}

/** Trials a second of a whole search, from a file that is not there yet to its end. */
async function rate(storage, trials) {
  const shac = new SHAC(SPACE, { totalBudget: trials, numBatches: 1, seed: 1, storage });
  shac.setNumParallelEvaluators(1);
  const took = await timed(() => shac.fit(({ x0 }) => x0));
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
    const open = () => new SHAC(SPACE, { ...options, storage }).trials.length;
    own.push(await timed(open));
    if (open() !== trials) throw new Error(`there are not the ${trials} trials that were kept`);
    storage.close();
  }
  const ms = median(own);
  const rows = [['shac: new SHAC, trials', digits(trials), digits(ms / 1000), '']];
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
