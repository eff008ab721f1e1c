/**
 * Spaces as networks and trees have them: kinds beside numbers, scales of many decades, parameters that matter only
 * beside others. Each is built around the place `at`, where it is 0 by construction.
 */
import { discrete, integer, uniform } from 'shac';

const { log10, log2, max, tanh } = Math;
const square = (x) => x * x;

/** Each kind has an optimum of its own, and only one has the best. */
const KINDS = {
  relu: { loss: 0.3, x: -2.1, y: 3.3 },
  tanh: { loss: 0.8, x: 1.7, y: -0.4 },
  gelu: { loss: 0, x: 2.6, y: 1.2 },
  sine: { loss: 1.2, x: -3.5, y: -2.2 },
};

export const layers = {
  space: {
    x: uniform(-5, 5),
    y: uniform(-5, 5),
    depth: integer(1, 12),
    width: integer(8, 512, { log: true }),
    activation: discrete(['relu', 'tanh', 'gelu', 'sine']),
    skip: discrete([false, true]),
  },
  at: { x: 2.6, y: 1.2, depth: 9, width: 128, activation: 'gelu', skip: true },
  exact: ({ x, y, depth, width, activation, skip }) => {
    const kind = KINDS[activation];
    const deep = skip ? square((depth - 9) / 4) : 0.5 + square((depth - 4) / 3);
    const valley = square((y - kind.y - 0.5 * (x - kind.x)) / 2);
    return kind.loss + square(x - kind.x) / 10 + valley + deep + square(log2(width) - 7 - (depth - 9) / 8) / 2;
  },
};

const CODECS = { none: 2, zip: 0.4, lzma: 0.15, brotli: 0, zstd: 0.05 };
const ORDERS = { rows: 0.6, columns: 0, blocks: 0.2 };

/** Effort pays only up to a point that depends on the codec; blocks want a small chunk. */
export const storageLayout = {
  space: {
    codec: discrete(['none', 'zip', 'lzma', 'brotli', 'zstd']),
    order: discrete(['rows', 'columns', 'blocks']),
    checksum: discrete([true, false]),
    effort: integer(0, 11),
    chunk: integer(1, 4096, { log: true }),
    ratio: uniform(0, 1),
    slack: uniform(0, 1),
    threads: integer(1, 16),
  },
  at: {
    codec: 'brotli',
    order: 'columns',
    checksum: false,
    effort: 7,
    chunk: 256,
    ratio: 0.72,
    slack: 0.2,
    threads: 6,
  },
  exact: ({ codec, order, checksum, effort, chunk, ratio, slack, threads }) =>
    CODECS[codec] +
    ORDERS[order] +
    (checksum ? 0.1 : 0) +
    (codec === 'none' ? 0.1 : square((effort - (codec === 'brotli' ? 7 : 4)) / 5)) +
    square((log2(chunk) - (order === 'blocks' ? 4 : 8)) / 4) +
    10 * square(ratio - 0.72 + 0.5 * (slack - 0.2)) +
    square(slack - 0.2) +
    Math.abs(threads - 6) / 10,
};

/** Which of the other parameters matter is said by the first. */
export const modelChoice = {
  space: {
    model: discrete(['linear', 'trees', 'network']),
    penalty: uniform(1e-6, 1e2, { log: true }),
    trees: integer(10, 2000, { log: true }),
    leaf: integer(1, 64),
    share: uniform(0.1, 1),
    rate: uniform(1e-5, 1, { log: true }),
    units: integer(4, 256),
    dropout: uniform(0, 0.8),
  },
  at: {
    model: 'network',
    penalty: 1e-2,
    trees: 500,
    leaf: 5,
    share: 0.6,
    rate: 10 ** -2.4,
    units: 180,
    dropout: 0.25,
  },
  exact: ({ model, penalty, trees, leaf, share, rate, units, dropout }) => {
    if (model === 'linear') return 0.35 + square(log10(penalty) + 2) / 20;
    if (model === 'trees') {
      return 0.08 + max(0, log10(500 / trees)) / 3 + square((leaf - 5) / 25) + square(share - 0.6) * 2;
    }
    const steep = square(log10(rate) + 2.4 + (units - 180) / 200);
    return tanh(steep) + square((units - 180) / 160) + 2 * square(dropout - 0.25 - (units - 180) / 800);
  },
};

/** Two choices, and the second matters only after one answer to the first. */
export const trainer = {
  space: {
    optimizer: discrete(['sgd', 'adam', 'lion', 'lbfgs']),
    schedule: discrete(['constant', 'cosine', 'steps']),
    rate: uniform(1e-6, 1e1, { log: true }),
    momentum: uniform(0, 0.999),
    beta: uniform(0.8, 0.9999),
    decayAt: uniform(0, 1),
    history: integer(1, 50),
  },
  at: {
    optimizer: 'sgd',
    schedule: 'steps',
    rate: 10 ** -0.8,
    momentum: 0.9,
    beta: 0.95,
    decayAt: 0.65,
    history: 10,
  },
  exact: ({ optimizer, schedule, rate, momentum, beta, decayAt, history }) => {
    const lr = log10(rate);
    if (optimizer === 'lbfgs') return 0.5 + square((history - 20) / 40) + square(lr) / 30;
    const plan = { constant: 0.25, cosine: 0.1, steps: square(decayAt - 0.65) * 2 }[schedule];
    if (optimizer === 'adam') return 0.12 + plan / 2 + tanh(square(lr + 3) / 2) + 20 * square(beta - 0.95);
    if (optimizer === 'lion') return 0.2 + plan / 2 + tanh(square(lr + 4)) + 30 * square(beta - 0.97);
    return plan + tanh(square(lr + 0.8 - 2 * (0.9 - momentum)) / 2) + 2 * square(momentum - 0.9);
  },
};

/** Rates in decades: too high a rate diverges, to the same loss wherever. */
export const learningRate = {
  space: {
    rate: uniform(1e-6, 1e1, { log: true }),
    decay: uniform(1e-8, 1, { log: true }),
    batch: integer(8, 2048, { log: true }),
    epsilon: uniform(1e-12, 1e-2, { log: true }),
    warmup: uniform(0, 0.5),
  },
  at: { rate: 1e-3, decay: 1e-4, batch: 256, epsilon: 1e-8, warmup: 0.1 },
  exact: ({ rate, decay, batch, epsilon, warmup }) => {
    const size = log2(batch / 256);
    const lr = log10(rate) + 3 - 0.15 * size;
    if (lr > 0.8 + warmup) return 3;
    const noise = square(size) / 30 + square(log10(epsilon) + 8) / 60;
    return tanh(square(lr) / 2) + square(log10(decay) + 4 + lr / 2) / 12 + noise + square(warmup - 0.1);
  },
};

/** The ridge of a support vector machine: a curved valley in decades, flat where it underfits. */
export const kernelMachine = {
  space: {
    cost: uniform(1e-3, 1e6, { log: true }),
    gamma: uniform(1e-8, 1e2, { log: true }),
    tube: uniform(1e-5, 1e1, { log: true }),
    tolerance: uniform(1e-6, 1e-1, { log: true }),
  },
  at: { cost: 1e2, gamma: 1e-3, tube: 10 ** -1.5, tolerance: 1e-4 },
  exact: ({ cost, gamma, tube, tolerance }) => {
    const c = log10(cost) - 2;
    const across = log10(gamma) + 3 + c + 0.15 * c * c;
    return (
      tanh(square(across) / 3) +
      square(c) / 25 +
      tanh(square(log10(tube) + 1.5) / 4) +
      square(log10(tolerance) + 4) / 50
    );
  },
};
