/**
 * How many trials a second, when the objective returns at once? Baselines: tinypool with as many workers, asked for no
 * more than the values; and Optuna with its study in memory.
 */
import { fileURLToPath } from 'node:url';
import { python, SHAC, uniform } from 'shac';
import { Tinypool } from 'tinypool';
import { optunaIsMissing, optunaRate } from './optuna.mjs';
import { digits, median, printTable, timed } from './table.mjs';

const MODULE = new URL('fixtures/identity.mjs', import.meta.url);
const PYTHON = python({ module: fileURLToPath(new URL('fixtures/identity.py', import.meta.url)) });
const WORKERS = 2;

/** @param {{ quick: boolean }} options */
export async function run({ quick }) {
  const repeats = quick ? 1 : 7;
  const trials = (count) => (quick ? count / 4 : count);
  const rows = [];
  const add = (where, own, baseline, other) => {
    const ratio = median(own) / median(other);
    rows.push([
      where,
      digits(median(own)),
      baseline,
      digits(median(other)),
      `${digits(Number(ratio.toPrecision(2)))}x`,
    ]);
  };
  for (const [backend, runtime] of [
    ['threads', 'worker_threads'],
    ['processes', 'child_process'],
  ]) {
    const own = [];
    const bare = [];
    for (let i = 0; i < repeats; i++) {
      own.push(await rate((count) => search(count, MODULE, backend), trials(20_000)));
      bare.push(await rate((count) => tinypool(count, runtime), trials(20_000)));
    }
    add(`${backend}, ${WORKERS} evaluators`, own, `tinypool alone, ${WORKERS} workers`, bare);
  }
  const [inline, asked] = [[], []];
  for (let i = 0; i < repeats; i++) {
    inline.push(await rate((count) => search(count, ({ x }) => x), trials(200_000)));
    asked.push(await rate((count) => search(count, PYTHON), trials(5000)));
  }
  const missing = optunaIsMissing();
  for (const sampler of missing ? [] : ['RandomSampler', 'TPESampler']) {
    const count = trials(2000);
    const runs = Array.from({ length: quick ? 1 : 3 }, () => optunaRate(sampler, count));
    const baseline = `Optuna ${runs[0].version}, ${sampler}, ${digits(count)} trials`;
    const rates = runs.map((one) => one.rate);
    add('inline', inline, baseline, rates);
    add(`Python, ${WORKERS} evaluators`, asked, baseline, rates);
  }
  printTable(
    'Trials a second with an objective that returns at once, nothing stored, start and end of the workers left out (medians)',
    ['where', 'trials/s', 'baseline', 'trials/s', 'ratio'],
    rows,
  );
  if (missing) console.log(`\nLeft out: inline and Python against Optuna. ${missing}`);
}

/** Trials a second between the first ones of a run and its end: what starting and ending it takes is not in it. */
async function rate(runTrials, count) {
  const few = 20;
  const idle = await timed(() => runTrials(few));
  const all = await timed(() => runTrials(count));
  return (1000 * (count - few)) / (all - idle);
}

async function search(totalBudget, objective, backend = 'inline') {
  const shac = new SHAC({ x: uniform(0, 1) }, { totalBudget, numBatches: 1, seed: 1 });
  shac.evaluatorBackend = backend;
  shac.setNumParallelEvaluators(WORKERS);
  await shac.fit(objective);
}

/** As many evaluations under way as there are workers. */
async function tinypool(count, runtime) {
  const pool = new Tinypool({ filename: fileURLToPath(MODULE), runtime, minThreads: WORKERS, maxThreads: WORKERS });
  let next = 0;
  const work = async () => {
    while (next < count) await pool.run({ x: next++ / count });
  };
  await Promise.all(Array.from({ length: WORKERS }, work));
  await pool.destroy();
}
