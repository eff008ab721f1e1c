/**
 * Branin's function: the usual first test of a search in two dimensions. Run it with
 *
 *     shac run examples/branin.ts
 *
 * Its least value is 0.397887, at three points: (-pi, 12.275), (pi, 2.275) and (9.42478, 2.475).
 */
import { defineStudy, uniform } from 'shac';

export default defineStudy({
  // What is searched: names, and what values they may take.
  space: { x: uniform(-5, 10), y: uniform(0, 15) },

  // 190 trials in 19 batches of 10. Each of the first batches trains a classifier that rejects the worse half of the
  // space that is left; the last ones are spent near the best that was found.
  totalBudget: 190,
  numBatches: 19,
  objective: 'min',
  skipCvChecks: true,

  // The function to optimise. It may be async; x and y are numbers, as TypeScript knows from the space.
  evaluate({ x, y }) {
    const a = y - (5.1 / (4 * Math.PI ** 2)) * x ** 2 + (5 / Math.PI) * x - 6;
    return a ** 2 + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x) + 10;
  },
});
