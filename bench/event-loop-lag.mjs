/**
 * How late is a timer of the main thread while the library draws and trains? Baseline: the same timer, at the same time,
 * in a process that does nothing else: it waits for the cores as well.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { SHAC } from 'shac';
import { addClassifier, emptyCascade, trainingSet } from './cascades.mjs';
import { hartmann } from './functions.mjs';
import { digits, printTable, quantile } from './table.mjs';
import { watchTimer } from './timer.mjs';

const problem = hartmann(6);
const IDLE = fileURLToPath(new URL('fixtures/idle-timer.mjs', import.meta.url));

/** @param {{ quick: boolean }} options */
export async function run({ quick }) {
  const milliseconds = quick ? 2000 : 15_000;
  const rows = [];
  const add = async (what, work) => {
    const { own, idle } = await measured(work, milliseconds);
    const summary = (lateness) => [0.5, 0.99, 1].map((share) => digits(quantile(lateness, share)));
    rows.push([what, own.length, ...summary(own), ...summary(idle)]);
  };
  await add('nothing', () => new Promise((resolve) => setTimeout(resolve, 100)));
  await add('whole searches: Hartmann6, N=400, M=20, CV gate on', wholeSearch);
  const { predict, train } = await bigJobs();
  await add('drawing 200,000 candidates', predict);
  await add('the same, and training 5,000 x 50 at once', () => Promise.all([train(), predict()]));
  printTable(
    'How late a timer of 10 ms is, milliseconds, in this process and in an idle one at the same time',
    ['while', 'ticks', 'median', '99th percentile', 'worst', 'idle: median', '99th percentile', 'worst'],
    rows,
  );
}

/** Repeats `work` for a while, beside both timers. */
async function measured(work, milliseconds) {
  const child = spawn(process.execPath, [IDLE], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(child, 'spawn');
  const end = performance.now() + milliseconds;
  const stop = watchTimer();
  while (performance.now() < end) await work();
  const own = stop();
  child.stdin.end();
  return { own, idle: JSON.parse(await text(child.stdout)) };
}

let seed = 0;

async function wholeSearch() {
  const options = { totalBudget: 400, numBatches: 20, objective: 'min', preset: 'paper', seed: seed++ };
  await new SHAC(problem.space, options).fit(problem.evaluate);
}

/** A large drawing and a large training, both on all cores. */
async function bigJobs() {
  const shac = new SHAC(problem.space, {
    totalBudget: 190,
    numBatches: 19,
    objective: 'min',
    preset: 'paper',
    seed: 1,
  });
  await shac.fit(problem.evaluate, { skipCvChecks: true });
  const set = await trainingSet(emptyCascade(50), 50, 5000, 1);
  const train = () =>
    addClassifier(emptyCascade(50), set, { seed: 1, threads: availableParallelism(), skipCvChecks: false });
  return { predict: () => shac.predict(200_000), train };
}
