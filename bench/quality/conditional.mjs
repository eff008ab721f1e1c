/**
 * Functions of spaces with conditions: which parameters there are depends on others. In pairs of one kind as in problems.mjs,
 * the first for tuning and the second for the test; what is built on a function of one half stays in that half.
 */
import { choice, discrete, integer, uniform, when } from 'shac';
import * as f from './functions.mjs';
import { modelChoice, trainer } from './mixed.mjs';

const { log1p, log2, log10, sqrt, tanh } = Math;
const square = (x) => x * x;
const log = { log: true };

/** Jenatton, Archambeau, González and Seeger, 2017: a tree of two levels, with a parameter that two leaves share. */
const binaryTree = {
  space: {
    x1: discrete([0, 1]),
    x2: when('x1', 0, discrete([0, 1])),
    x3: when('x1', 1, discrete([0, 1])),
    x4: when('x2', 0, uniform(-1, 1)),
    x5: when('x2', 1, uniform(-1, 1)),
    x6: when('x3', 0, uniform(-1, 1)),
    x7: when('x3', 1, uniform(-1, 1)),
    r8: when('x1', 0, uniform(0, 1)),
    r9: when('x1', 1, uniform(0, 1)),
  },
  optimum: 0.1,
  at: { x1: 0, x2: 0, x4: 0, r8: 0 },
  exact: ({ x1, x2, x3, x4, x5, x6, x7, r8, r9 }) => {
    if (x1 === 0) return r8 + (x2 === 0 ? square(x4) + 0.1 : square(x5) + 0.2);
    return r9 + (x3 === 0 ? square(x6) + 0.3 : square(x7) + 0.4);
  },
};

/** Choices in choices, whose branches are of different depth. The best leaf is the deepest. */
const deepTree = {
  space: {
    slope: uniform(0, 1),
    root: choice({
      left: {
        bend: uniform(-1, 1),
        limb: choice({
          twig: { a: uniform(-1, 1) },
          bough: {
            b: uniform(-1, 1),
            tip: choice({ bud: { c: uniform(-1, 1), d: uniform(-1, 1) }, leaf: { e: uniform(-1, 1) } }),
          },
        }),
      },
      right: { limb: choice({ twig: { a: uniform(-1, 1), b: uniform(-1, 1) }, bough: { knots: integer(0, 20) } }) },
    }),
  },
  optimum: 0,
  at: {
    slope: 0.3,
    root: {
      kind: 'left',
      bend: 0.42,
      limb: { kind: 'bough', b: -0.65, tip: { kind: 'bud', c: 0.2, d: -0.7 } },
    },
  },
  exact: ({ slope, root }) => square(slope - 0.3) + (root.kind === 'left' ? leftOf(root) : rightOf(root)),
};

function leftOf({ bend, limb }) {
  const bent = square(bend - 0.42);
  if (limb.kind === 'twig') return bent + 0.12 + square(limb.a - 0.1);
  const { kind, c, d, e } = limb.tip;
  const tip = kind === 'leaf' ? 0.06 + square(e + 0.5) : square(c - 0.2) + square(d + 0.7 - 0.5 * (c - 0.2));
  return bent + square(limb.b + 0.65) + tip;
}

function rightOf({ limb }) {
  if (limb.kind === 'twig') return 0.15 + square(limb.a - 0.3) / 2 + square(limb.b + 0.2) / 2;
  return 0.2 + square((limb.knots - 13) / 20);
}

const named = (values) => Object.fromEntries(values.map((value, i) => [`x${i}`, value]));

/**
 * A choice of functions of different dimensions, of which one has the best value, and the others a worse one each.
 *
 * @param arms - `{ bounds, f, least, at, worse }` by name: `f` of the array is at least `least`.
 */
function oneOf(arms, best) {
  const branches = Object.entries(arms).map(([name, { bounds }]) => [name, named(bounds.map((b) => uniform(...b)))]);
  return {
    space: { arm: choice(Object.fromEntries(branches)) },
    optimum: 0,
    at: { arm: { kind: best, ...named(arms[best].at) } },
    exact: ({ arm: { kind, ...x } }) => {
      const { bounds, f: of, least, worse = 0 } = arms[kind];
      return worse + log1p(Math.max(0, of(bounds.map((_, i) => x[`x${i}`])) - least));
    },
  };
}

const box = (d, low, high) => Array(d).fill([low, high]);

/** Dimensions 2, 3 and 6: the best is in the largest. */
const hartmannArms = oneOf(
  {
    two: {
      bounds: [
        [-5, 10],
        [0, 15],
      ],
      f: f.branin,
      least: 0.39788735772973816,
      worse: 0.4,
    },
    three: { bounds: box(3, 0, 1), f: f.hartmann3, least: -3.86278214782076, worse: 0.2 },
    six: {
      bounds: box(6, 0, 1),
      f: f.hartmann6,
      least: -3.322368011415515,
      at: [0.20169, 0.150011, 0.476874, 0.275332, 0.311652, 0.6573],
    },
  },
  'six',
);

/** Dimensions 2, 4 and 8: the best is in the middle one. */
const polynomialArms = oneOf(
  {
    two: { bounds: box(2, -100, 100), f: f.bohachevsky, least: 0, worse: 0.5 },
    four: { bounds: box(4, -16, 16), f: f.trid, least: -16, at: [4, 6, 6, 4] },
    eight: { bounds: box(8, -5, 10), f: f.zakharov, least: 0, worse: 0.25 },
  },
  'four',
);

/** The branch that is worse on average, and nearly everywhere, has the best value in a corner. */
const narrowCorner = {
  space: {
    branch: choice({
      wide: { a: uniform(0, 1), b: uniform(0, 1) },
      narrow: { a: uniform(0, 1), b: uniform(0, 1), c: uniform(0, 1), d: uniform(0, 1) },
    }),
  },
  optimum: 0,
  at: { branch: { kind: 'narrow', a: 0.93, b: 0.06, c: 0.95, d: 0.9 } },
  exact: ({ branch: { kind, a, b, c, d } }) => {
    if (kind === 'wide') return 0.3 + square(a - 0.4) / 2 + square(b - 0.7) / 2;
    return tanh(2 * sqrt(square(a - 0.93) + square(b - 0.06) + square(c - 0.95) + square(d - 0.9)));
  },
};

const LAYERS = [1, 2, 3, 4, 5];
const widthsOf = (of) => Object.fromEntries(LAYERS.map((layer) => [`width${layer}`, of(layer)]));

/** A number that says which widths there are. The most layers are the best, with a low rate and falling widths alone. */
const deepNetwork = {
  space: {
    layers: integer(1, 5),
    rate: uniform(1e-5, 1, log),
    ...widthsOf((layer) => when('layers', (n) => n >= layer, integer(4, 256, log))),
  },
  optimum: 0,
  at: { layers: 5, rate: 10 ** -4.5, ...widthsOf((layer) => 2 ** (7 - layer)) },
  exact: ({ layers, rate, ...widths }) => {
    const sizes = LAYERS.slice(0, layers).map((layer) => log2(widths[`width${layer}`]));
    if (layers < 5) {
      const uneven = sizes.reduce((total, size) => total + square((size - 6) / 6), 0) / layers;
      return 0.3 - 0.02 * layers + uneven + square(log10(rate) + 2) / 20;
    }
    const far = sizes.reduce((total, size, i) => total + square((size - (6 - i)) / 6), square(log10(rate) + 4.5) / 9);
    return tanh(sqrt(far));
  },
};

/** The functions of mixed.mjs, whose spaces have all parameters at all times there. */
const modelBranches = {
  space: {
    model: choice({
      linear: { penalty: modelChoice.space.penalty },
      trees: { trees: modelChoice.space.trees, leaf: modelChoice.space.leaf, share: modelChoice.space.share },
      network: { rate: modelChoice.space.rate, units: modelChoice.space.units, dropout: modelChoice.space.dropout },
    }),
  },
  optimum: 0,
  at: { model: { kind: 'network', rate: 10 ** -2.4, units: 180, dropout: 0.25 } },
  exact: ({ model: { kind, ...own } }) => modelChoice.exact({ model: kind, ...own }),
};

const trainerBranches = {
  space: {
    optimizer: trainer.space.optimizer,
    schedule: when('optimizer', (name) => name !== 'lbfgs', trainer.space.schedule),
    rate: trainer.space.rate,
    momentum: when('optimizer', 'sgd', trainer.space.momentum),
    beta: when('optimizer', ['adam', 'lion'], trainer.space.beta),
    decayAt: when('schedule', 'steps', trainer.space.decayAt),
    history: when('optimizer', 'lbfgs', trainer.space.history),
  },
  optimum: 0,
  at: { optimizer: 'sgd', schedule: 'steps', rate: 10 ** -0.8, momentum: 0.9, decayAt: 0.65 },
  exact: trainer.exact,
};

/** Kind of problem, then the one for tuning and the one for the test. */
export const CONDITIONAL_PAIRS = [
  ['nested conditions', { 'Binary tree': binaryTree }, { 'Deep tree': deepTree }],
  ['branches of different dimensions', { 'Hartmann arms': hartmannArms }, { 'Polynomial arms': polynomialArms }],
  ['a branch that is good in a corner', { 'Narrow corner': narrowCorner }, { 'Deep network': deepNetwork }],
  [
    'a category that decides',
    { 'Model choice, conditional': modelBranches },
    { 'Trainer, conditional': trainerBranches },
  ],
];
