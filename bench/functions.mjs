/** Test functions from the literature, as search spaces with their optimum. All are minimised. */
import { uniform } from 'shac';

const A = [
  [10, 3, 17, 3.5, 1.7, 8],
  [0.05, 10, 17, 0.1, 8, 14],
  [3, 3.5, 1.7, 10, 17, 8],
  [17, 8, 0.05, 10, 0.1, 14],
];
const P = [
  [1312, 1696, 5569, 124, 8283, 5886],
  [2329, 4135, 8307, 3736, 1004, 9991],
  [2348, 1451, 3522, 2883, 3047, 6650],
  [4047, 8828, 8732, 5743, 1091, 381],
];
const ALPHA = [1, 1.2, 3, 3.2];

function hartmann6(x) {
  let sum = 0;
  for (let i = 0; i < 4; i++) {
    let exponent = 0;
    for (let j = 0; j < 6; j++) exponent += A[i][j] * (x[j] - 1e-4 * P[i][j]) ** 2;
    sum -= ALPHA[i] * Math.exp(-exponent);
  }
  return sum;
}

const unit = (d) => Object.fromEntries(Array.from({ length: d }, (_, i) => [`x${i}`, uniform(0, 1)]));

export const branin = {
  name: 'Branin',
  optimum: 0.397887,
  space: { x: uniform(-5, 10), y: uniform(0, 15) },
  evaluate: ({ x, y }) =>
    (y - (5.1 / (4 * Math.PI ** 2)) * x ** 2 + (5 / Math.PI) * x - 6) ** 2 +
    10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x) +
    10,
};

/** Hartmann6 in `d` dimensions: all but the first six do not matter. */
export function hartmann(d) {
  return {
    name: d === 6 ? 'Hartmann6' : `Hartmann6 in ${d} dimensions`,
    optimum: -3.32237,
    space: unit(d),
    evaluate: (params) => hartmann6([params.x0, params.x1, params.x2, params.x3, params.x4, params.x5]),
  };
}
