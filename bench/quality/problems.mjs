/**
 * The problems of `quality`, in two halves. The rule of the split, fixed before anything was tuned on it: problems come in pairs
 * of one kind and of like dimension, the first of a pair for tuning and the second for the test. The twelve functions that
 * the research for the presets was done on, and everything that is built on one of them, are firsts; no function is
 * in both halves. Judge a preset on the half `test`.
 */
import { uniform } from 'shac';
import { maxCut, nkLandscape } from './categorical.mjs';
import { CONDITIONAL_PAIRS } from './conditional.mjs';
import { pressureVessel, speedReducer } from './engineering.mjs';
import * as f from './functions.mjs';
import { kernelMachine, layers, learningRate, modelChoice, storageLayout, trainer } from './mixed.mjs';
import { gaussian } from './random.mjs';

/** A box of d coordinates x0, x1, … with the same bounds, and a function of the array. */
function box(d, low, high, f, optimum, at) {
  const names = Array.from({ length: d }, (_, i) => `x${i}`);
  return {
    space: Object.fromEntries(names.map((name) => [name, uniform(low, high)])),
    exact: (params) => f(names.map((name) => params[name])),
    optimum,
    at: Object.fromEntries(names.map((name, i) => [name, at[i]])),
  };
}

/** A box with bounds for each coordinate. */
function plane([x, y], f, optimum, [atX, atY]) {
  return {
    space: { x: uniform(...x), y: uniform(...y) },
    exact: (params) => f([params.x, params.y]),
    optimum,
    at: { x: atX, y: atY },
  };
}

/** A box whose optimum, 0, has a seeded place. */
function moved(change, name, d, bound, base) {
  const { f, place } = change(name, d, bound, base);
  return box(d, -bound, bound, f, 0, place);
}

/** The same with normal noise on what a method sees; the score is of the values without. */
function noisy(problem, deviation) {
  return { ...problem, evaluate: (params, random) => problem.exact(params) + deviation * gaussian(random) };
}

/** `d` coordinates of which all but those of the problem do not matter. */
function among(d, problem) {
  const { space } = problem;
  const rest = Array.from({ length: d - Object.keys(space).length }, (_, i) => [`idle${i}`, uniform(0, 1)]);
  const at = { ...problem.at, ...Object.fromEntries(rest.map(([name]) => [name, 0.5])) };
  return { ...problem, space: { ...space, ...Object.fromEntries(rest) }, at };
}

const times = (d, value) => Array(d).fill(value);
const steps = (d, f) => Array.from({ length: d }, (_, i) => f(i + 1));

const HARTMANN6_AT = [0.20169, 0.150011, 0.476874, 0.275332, 0.311652, 0.6573];
const branin = plane(
  [
    [-5, 10],
    [0, 15],
  ],
  f.branin,
  0.39788735772973816,
  [Math.PI, 2.275],
);
const camel = plane(
  [
    [-3, 3],
    [-2, 2],
  ],
  f.camel,
  -1.0316284534898774,
  [0.089842, -0.712656],
);
const hartmann6 = box(6, 0, 1, f.hartmann6, -3.322368011415515, HARTMANN6_AT);
const ackley5 = moved(f.shifted, 'Ackley-5', 5, 32.768, f.ackley);
const salomon5 = moved(f.shifted, 'Salomon-5', 5, 100, f.salomon);
const trid6 = box(
  6,
  -36,
  36,
  f.trid,
  -50,
  steps(6, (i) => i * (7 - i)),
);
const zakharov = (d) => box(d, -5, 10, f.zakharov, 0, times(d, 0));
const dixonPrice = (d) =>
  box(
    d,
    -10,
    10,
    f.dixonPrice,
    0,
    steps(d, (i) => 2 ** -((2 ** i - 2) / 2 ** i)),
  );

/** Kind of problem, then the one for tuning and the one for the test. */
const PAIRS = [
  ['smooth', { Branin: branin }, { 'Six-hump camel': camel }],
  [
    'smooth',
    { Hartmann3: box(3, 0, 1, f.hartmann3, -3.86278214782076, [0.114614, 0.555649, 0.852547]) },
    {
      'Goldstein-Price, log': plane(
        [
          [-2, 2],
          [-2, 2],
        ],
        f.goldsteinPriceLog,
        Math.log(3),
        [0, -1],
      ),
    },
  ],
  [
    'basins',
    { Hartmann6: hartmann6 },
    { 'Shekel-10': box(4, 0, 10, f.shekel10, -10.536409816692023, [4.0007465, 4.0005929, 3.9996634, 3.9995098]) },
  ],
  ['valley', { 'Rosenbrock-5': box(5, -5, 10, f.rosenbrock, 0, times(5, 1)) }, { 'Dixon-Price-6': dixonPrice(6) }],
  ['multimodal', { 'Ackley-5': ackley5 }, { 'Salomon-5': salomon5 }],
  [
    'multimodal',
    { 'Levy-6': box(6, -10, 10, f.levy, 0, times(6, 1)) },
    { 'Schwefel-6': box(6, -500, 500, f.schwefel, 0, times(6, 420.9687463)) },
  ],
  [
    'multimodal',
    { 'Rastrigin-5': moved(f.shifted, 'Rastrigin-5', 5, 5.12, f.rastrigin) },
    { Bohachevsky: moved(f.shifted, 'Bohachevsky', 2, 100, f.bohachevsky) },
  ],
  [
    'separable or not',
    { 'Styblinski-Tang-8': box(8, -5, 5, f.styblinskiTang, -39.16616570377 * 8, times(8, -2.903534)) },
    { 'Zakharov-8': zakharov(8) },
  ],
  [
    'ridges',
    {
      'Michalewicz-5': box(
        5,
        0,
        Math.PI,
        f.michalewicz,
        -4.687658179088148,
        [2.202906, 1.570796, 1.284992, 1.923058, 1.72047],
      ),
    },
    {
      Eggholder: plane(
        [
          [-512, 512],
          [-512, 512],
        ],
        f.eggholder,
        -959.6406627208506,
        [512, 404.2319],
      ),
    },
  ],
  [
    'rotated',
    { 'Ackley-10, rotated': moved(f.rotated, 'Ackley-10', 10, 32.768, f.ackley) },
    { 'Griewank-10, rotated': moved(f.rotated, 'Griewank-10', 10, 600, f.griewank) },
  ],
  [
    'many dimensions',
    { 'Levy-20': box(20, -10, 10, f.levy, 0, times(20, 1)) },
    { 'Ellipsoid-20, rotated': moved(f.rotated, 'Ellipsoid-20', 20, 5, f.ellipsoid) },
  ],
  ['idle dimensions', { 'Hartmann6 in 20': among(20, hartmann6) }, { 'Six-hump camel in 20': among(20, camel) }],
  ['idle dimensions', { 'Hartmann6 in 40': among(40, hartmann6) }, { 'Zakharov-6 in 40': among(40, zakharov(6)) }],
  [
    'plateaus',
    { 'Step-5': moved(f.shifted, 'Step-5', 5, 100, f.step) },
    { 'Step ellipsoid-6': moved(f.rotated, 'Step ellipsoid-6', 6, 5, f.stepEllipsoid) },
  ],
  ['noise', { 'Hartmann6, noisy': noisy(hartmann6, 0.2) }, { 'Trid-6, noisy': noisy(trid6, 20) }],
  ['noise', { 'Branin, noisy': noisy(branin, 2) }, { 'Six-hump camel, noisy': noisy(camel, 0.3) }],
  ['noise', { 'Ackley-5, noisy': noisy(ackley5, 1) }, { 'Salomon-5, noisy': noisy(salomon5, 0.5) }],
  ['mixed', { 'Layers, mixed': { ...layers, optimum: 0 } }, { 'Storage, mixed': { ...storageLayout, optimum: 0 } }],
  ['engineering', { 'Speed reducer': speedReducer }, { 'Pressure vessel': pressureVessel }],
  ['branches', { 'Model choice': { ...modelChoice, optimum: 0 } }, { Trainer: { ...trainer, optimum: 0 } }],
  [
    'decades',
    { 'Learning rate': { ...learningRate, optimum: 0 } },
    { 'Kernel machine': { ...kernelMachine, optimum: 0 } },
  ],
  [
    'categorical',
    { 'NK landscape': { ...nkLandscape, optimum: 0.1899300390893283 } },
    { 'Largest cut': { ...maxCut, optimum: -24 } },
  ],
];

/**
 * All of them: `{ name, kind, half, space, optimum, at, evaluate(params, random), exact(params) }`. All are minimised. `evaluate`
 * is what a method sees, with noise from `random` where there is any; `exact` is the value without; `at` is the place of the
 * published optimum, where one place has it.
 */
export const syntheticProblems = [...PAIRS, ...CONDITIONAL_PAIRS].flatMap(([kind, ...pair]) =>
  pair.map((named, i) => {
    const [[name, problem]] = Object.entries(named);
    return { name, kind, half: i === 0 ? 'tuning' : 'test', evaluate: problem.exact, ...problem };
  }),
);
