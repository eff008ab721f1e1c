/**
 * Test functions from the literature, of an array x, in their published domains. Sources: Surjanovic and Bingham, Virtual
 * Library of Simulation Experiments; Hansen et al., BBOB 2009 (step ellipsoid); Jamil and Yang, 2013 (Salomon).
 */
import { gaussian, randomFor } from './random.mjs';

const { PI, abs, cos, exp, floor, log, max, sin, sqrt } = Math;

export const sum = (n, term) => {
  let total = 0;
  for (let i = 0; i < n; i++) total += term(i);
  return total;
};

export const branin = ([x, y]) =>
  (y - (5.1 / (4 * PI ** 2)) * x ** 2 + (5 / PI) * x - 6) ** 2 + 10 * (1 - 1 / (8 * PI)) * cos(x) + 10;

export const camel = ([x, y]) => (4 - 2.1 * x ** 2 + x ** 4 / 3) * x ** 2 + x * y + (4 * y ** 2 - 4) * y ** 2;

/** The logarithm of Goldstein and Price's, which spans six decades; optimum log 3. */
export const goldsteinPriceLog = ([x, y]) =>
  log(
    (1 + (x + y + 1) ** 2 * (19 - 14 * x + 3 * x ** 2 - 14 * y + 6 * x * y + 3 * y ** 2)) *
      (30 + (2 * x - 3 * y) ** 2 * (18 - 32 * x + 12 * x ** 2 + 48 * y - 36 * x * y + 27 * y ** 2)),
  );

const ALPHA = [1, 1.2, 3, 3.2];
const hartmann = (A, P) => (x) =>
  -sum(4, (i) => ALPHA[i] * exp(-sum(A[i].length, (j) => A[i][j] * (x[j] - 1e-4 * P[i][j]) ** 2)));

export const hartmann3 = hartmann(
  [
    [3, 10, 30],
    [0.1, 10, 35],
    [3, 10, 30],
    [0.1, 10, 35],
  ],
  [
    [3689, 1170, 2673],
    [4699, 4387, 7470],
    [1091, 8732, 5547],
    [381, 5743, 8828],
  ],
);

/** Reads the first six coordinates; the others, if there are any, do not matter. */
export const hartmann6 = hartmann(
  [
    [10, 3, 17, 3.5, 1.7, 8],
    [0.05, 10, 17, 0.1, 8, 14],
    [3, 3.5, 1.7, 10, 17, 8],
    [17, 8, 0.05, 10, 0.1, 14],
  ],
  [
    [1312, 1696, 5569, 124, 8283, 5886],
    [2329, 4135, 8307, 3736, 1004, 9991],
    [2348, 1451, 3522, 2883, 3047, 6650],
    [4047, 8828, 8732, 5743, 1091, 381],
  ],
);

const SHEKEL_BETA = [1, 2, 2, 4, 4, 6, 3, 7, 5, 5];
const SHEKEL_C = [
  [4, 1, 8, 6, 3, 2, 5, 8, 6, 7],
  [4, 1, 8, 6, 7, 9, 5, 1, 2, 3.6],
  [4, 1, 8, 6, 3, 2, 3, 8, 6, 7],
  [4, 1, 8, 6, 7, 9, 3, 1, 2, 3.6],
];
export const shekel10 = (x) => -sum(10, (i) => 1 / (SHEKEL_BETA[i] / 10 + sum(4, (j) => (x[j] - SHEKEL_C[j][i]) ** 2)));

export const rosenbrock = (x) => sum(x.length - 1, (i) => 100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2);

export const dixonPrice = (x) => (x[0] - 1) ** 2 + sum(x.length - 1, (i) => (i + 2) * (2 * x[i + 1] ** 2 - x[i]) ** 2);

export const trid = (x) => sum(x.length, (i) => (x[i] - 1) ** 2) - sum(x.length - 1, (i) => x[i + 1] * x[i]);

export const zakharov = (x) => {
  const s = sum(x.length, (i) => 0.5 * (i + 1) * x[i]);
  return sum(x.length, (i) => x[i] ** 2) + s ** 2 + s ** 4;
};

export const ackley = (x) =>
  -20 * exp(-0.2 * sqrt(sum(x.length, (i) => x[i] ** 2) / x.length)) -
  exp(sum(x.length, (i) => cos(2 * PI * x[i])) / x.length) +
  20 +
  Math.E;

export const griewank = (x) => {
  let product = 1;
  for (let i = 0; i < x.length; i++) product *= cos(x[i] / sqrt(i + 1));
  return sum(x.length, (i) => x[i] ** 2) / 4000 - product + 1;
};

export const rastrigin = (x) => sum(x.length, (i) => x[i] ** 2 - 10 * cos(2 * PI * x[i]) + 10);

export const salomon = (x) => {
  const norm = sqrt(sum(x.length, (i) => x[i] ** 2));
  return 1 - cos(2 * PI * norm) + 0.1 * norm;
};

export const bohachevsky = ([x, y]) => x ** 2 + 2 * y ** 2 - 0.3 * cos(3 * PI * x) - 0.4 * cos(4 * PI * y) + 0.7;

export const levy = (x) => {
  const w = x.map((value) => 1 + (value - 1) / 4);
  const last = w[w.length - 1];
  return (
    sin(PI * w[0]) ** 2 +
    sum(w.length - 1, (i) => (w[i] - 1) ** 2 * (1 + 10 * sin(PI * w[i] + 1) ** 2)) +
    (last - 1) ** 2 * (1 + sin(2 * PI * last) ** 2)
  );
};

export const schwefel = (x) => 418.9828872724338 * x.length - sum(x.length, (i) => x[i] * sin(sqrt(abs(x[i]))));

export const styblinskiTang = (x) => sum(x.length, (i) => x[i] ** 4 - 16 * x[i] ** 2 + 5 * x[i]) / 2;

export const michalewicz = (x) => -sum(x.length, (i) => sin(x[i]) * sin(((i + 1) * x[i] ** 2) / PI) ** 20);

export const eggholder = ([x, y]) => -(y + 47) * sin(sqrt(abs(y + x / 2 + 47))) - x * sin(sqrt(abs(x - (y + 47))));

/** De Jong's third, with squares: flat between the whole numbers. */
export const step = (x) => sum(x.length, (i) => floor(x[i] + 0.5) ** 2);

/** Axes from 1 to 1000: a condition number of a million. */
export const ellipsoid = (x) => sum(x.length, (i) => 1e6 ** (i / (x.length - 1)) * x[i] ** 2);

/** BBOB's seventh, without its penalty: an ellipsoid of plateaus, with a condition number of 100. */
export const stepEllipsoid = (x) => {
  const flat = x.map((value) => (abs(value) > 0.5 ? floor(0.5 + value) : floor(0.5 + 10 * value) / 10));
  return (
    0.1 *
    max(
      abs(x[0]) / 1e4,
      sum(x.length, (i) => 100 ** (i / (x.length - 1)) * flat[i] ** 2),
    )
  );
};

/**
 * f with its optimum, at 0, moved to a seeded place in the middle 80 % of [-bound, bound], so that a method that begins at the
 * centre gains nothing.
 */
export function shifted(name, d, bound, f) {
  const { place } = shift(name, d, bound);
  return { f: (x) => f(x.map((value, i) => value - place[i])), place };
}

/** As `shifted`, and turned by a seeded rotation. */
export function rotated(name, d, bound, f) {
  const { place, random } = shift(name, d, bound);
  const rows = rotation(d, random);
  return { f: (x) => f(rows.map((row) => sum(d, (i) => row[i] * (x[i] - place[i])))), place };
}

function shift(name, d, bound) {
  const random = randomFor(`shift ${name}`);
  return { place: Array.from({ length: d }, () => (random() * 2 - 1) * 0.8 * bound), random };
}

/** A uniformly random orthogonal matrix: Gram and Schmidt on normal rows. */
function rotation(d, random) {
  const rows = [];
  while (rows.length < d) {
    const row = Array.from({ length: d }, () => gaussian(random));
    for (const other of rows) {
      const along = sum(d, (i) => row[i] * other[i]);
      for (let i = 0; i < d; i++) row[i] -= along * other[i];
    }
    const norm = sqrt(sum(d, (i) => row[i] ** 2));
    rows.push(row.map((value) => value / norm));
  }
  return rows;
}
