/**
 * Hartmann's function in six dimensions: four bumps, one of them the best. Run it with
 *
 *     shac run examples/hartmann6.ts
 *
 * Its least value is -3.32237, at (0.20169, 0.150011, 0.476874, 0.275332, 0.311652, 0.6573).
 */
import { defineStudy, multi, uniform } from 'shac';

/** Depth, widths and centre of each bump. */
const BUMPS = [
  { depth: 1.0, width: [10, 3, 17, 3.5, 1.7, 8], centre: [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886] },
  { depth: 1.2, width: [0.05, 10, 17, 0.1, 8, 14], centre: [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991] },
  { depth: 3.0, width: [3, 3.5, 1.7, 10, 17, 8], centre: [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.665] },
  { depth: 3.2, width: [17, 8, 0.05, 10, 0.1, 14], centre: [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381] },
];

const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);

export default defineStudy({
  // One parameter with six values of the same kind: x is an array.
  space: { x: multi(uniform(0, 1), 6) },

  totalBudget: 190,
  numBatches: 19,
  objective: 'min',
  skipCvChecks: true,

  evaluate({ x }) {
    const bumps = BUMPS.map(({ depth, width, centre }) => {
      const distance = sum(x.map((xi, i) => (width[i] ?? 0) * (xi - (centre[i] ?? 0)) ** 2));
      return depth * Math.exp(-distance);
    });
    return -sum(bumps);
  },
});
