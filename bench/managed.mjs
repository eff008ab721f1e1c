/**
 * What does an engine that manages a framework cost, and does memory grow? Tiny models, so that little else is measured;
 * baseline: the same evaluations in a bare loop with the framework.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { KerasSHAC, python, TensorflowSHAC, TorchSHAC, uniform } from 'shac';
import { frameworks, place } from '../.ci/setup/frameworks.mjs';
import { python as interpreter, pythonFrameworks } from '../.ci/setup/python-frameworks.mjs';
import { digits, median, printTable } from './table.mjs';

const FIXTURES = 'bench/fixtures/managed';
const MIB = 2 ** 20;
/** Evaluations of each worker before a rate is taken: those in which it starts, and machine code is made. */
const WARM = 50;

/** @param {{ quick: boolean }} options */
export async function run({ quick }) {
  frameworks([FIXTURES]);
  pythonFrameworks();
  const count = quick ? 150 : 500;
  const rows = [];
  for (const { name, Engine, objective, bareRate, repeats, times = 1 } of subjects()) {
    const [one, two, bare] = [[], [], []];
    for (let i = 0; i < (quick ? 1 : repeats); i++) {
      bare.push({ rate: bareRate(count) });
      one.push(await search(Engine, objective, count, 1));
      two.push(await search(Engine, objective, count * times, 2));
    }
    rows.push(row(name, one, two, bare));
  }
  printTable(
    `Evaluations of tiny models, without the first ${WARM} of a worker (medians), and resident memory of the worker`,
    [
      'engine',
      '1 evaluator, /s',
      '2 evaluators, /s',
      'bare loop, /s',
      'overhead, ms',
      'MiB after 10',
      `MiB after ${count}`,
      'growth',
    ],
    rows,
  );
}

/**
 * Each engine on each of its frameworks; what evaluates for minutes is run once. With two evaluators so many `times` as
 * many are evaluated, so that one has not done all before the other has loaded the framework.
 */
function subjects() {
  const tensors = (name, Engine) => ({
    name: `${Engine.name}, TensorFlow.js (wasm)`,
    Engine,
    objective: { module: pathToFileURL(join(place, FIXTURES, 'tiny.mjs')), export: name },
    bareRate: (count) => rateOf(process.execPath, [join(place, FIXTURES, 'bare.mjs'), name, count]),
    repeats: 5,
  });
  const module = fileURLToPath(new URL('fixtures/managed/tiny.py', import.meta.url));
  const inPython = (name, Engine, framework, repeats, times) => ({
    name: `${Engine.name}, ${framework}`,
    Engine,
    objective: python({ module, function: `${name}_model`, python: interpreter, env: { TINY: name } }),
    bareRate: (count) => rateOf(interpreter, [module, name, count, WARM]),
    repeats,
    times,
  });
  return [
    tensors('tensorflow', TensorflowSHAC),
    tensors('keras', KerasSHAC),
    inPython('torch', TorchSHAC, 'PyTorch', 3, 10),
    inPython('tensorflow', TensorflowSHAC, "Python's TensorFlow", 3, 4),
    inPython('keras', KerasSHAC, "Python's Keras", 1),
  ];
}

/** The last line that a bare loop prints. */
function rateOf(program, args) {
  const env = { ...process.env, CUDA_VISIBLE_DEVICES: '' };
  return Number(
    execFileSync(program, args.map(String), { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'ignore'] }),
  );
}

function row(name, one, two, bare) {
  const of = (runs, key) => median(runs.map((run) => run[key]));
  const overhead = 1000 / of(one, 'rate') - 1000 / of(bare, 'rate');
  return [
    name,
    ...[of(one, 'rate'), of(two, 'rate'), of(bare, 'rate'), overhead].map(digits),
    ...[of(one, 'early') / MIB, of(one, 'late') / MIB].map(digits),
    `${((of(one, 'late') / of(one, 'early') - 1) * 100).toFixed(1)} %`,
  ];
}

/** One search: its evaluations a second, and the bytes that its worker held after 10 of them and after all. */
async function search(Engine, objective, totalBudget, evaluators) {
  const shac = new Engine({ rate: uniform(0.001, 0.1) }, { totalBudget, numBatches: 1, seed: 1 });
  shac.setNumParallelEvaluators(evaluators);
  const bytes = [];
  /** By worker: how many it has evaluated. */
  const evaluated = new Map();
  const warm = () => evaluated.size === evaluators && [...evaluated.values()].every((count) => count >= WARM);
  let [timed, first, last] = [0, 0, 0];
  const callback = {
    onTrialEnd: ({ workerId }) => {
      last = performance.now();
      if (first > 0) timed++;
      evaluated.set(workerId, (evaluated.get(workerId) ?? 0) + 1);
      if (first === 0 && warm()) first = last;
    },
    onReport: ({ value }) => {
      bytes.push(value);
    },
  };
  await shac.fit(objective, { callbacks: [callback] });
  return { rate: timed / ((last - first) / 1000), early: bytes[9], late: bytes.at(-1) };
}
