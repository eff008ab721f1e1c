import { describe, expect, it } from 'vitest';
import { addon } from '../../dist/native/addon.js';
import { randomCodes, trainRequest } from '../support/codes.js';

/** Rows that each of the five cascades below is asked about: 200,000 in all. */
const ROWS = 40_000;

interface Shape {
  levels: number[];
  points: number;
  classifiers: number;
  params: Partial<ReturnType<typeof trainRequest>['params']>;
}

const shapes: Record<string, Shape> = {
  'as a search trains them, mixed': { levels: [32768, 3, 8, 32768, 2], points: 40, classifiers: 6, params: {} },
  'of few points, one coordinate': { levels: [32768], points: 30, classifiers: 4, params: {} },
  'of coarse coordinates only, where rows sit on the splits': {
    levels: [2, 3, 4, 5, 7, 11],
    points: 100,
    classifiers: 5,
    params: {},
  },
  'deep, with large steps and samples of the rows': {
    levels: [32768, 32768, 100, 5],
    points: 300,
    classifiers: 4,
    params: { maxDepth: 8, eta: 1, rounds: 60, subsample: 0.7, minChildWeight: 0, lambda: 0.1 },
  },
  'barely trained, whose margins are close to zero': {
    levels: [32768, 17, 3],
    points: 60,
    classifiers: 5,
    params: { rounds: 3, eta: 1e-6 },
  },
};

describe('what a cascade accepts is what XGBoost itself says', () => {
  it.each(Object.entries(shapes))('for classifiers %s', async (_, { levels, points, classifiers, params }) => {
    const d = levels.length;
    const cascade = addon.createCascade(Uint32Array.from(levels), Array(d).fill(null));
    const rows = randomCodes(levels, ROWS, 77);
    const everyone = new Uint8Array(ROWS).fill(1);
    for (let k = 0; k < classifiers; k++) {
      const codes = randomCodes(levels, points, k + 1);
      // A rule on the first coordinate, with labels that contradict it here and there.
      const labels = Uint8Array.from({ length: points }, (_, i) => {
        const above = (codes[i * d] as number) * 2 >= (levels[0] as number);
        return above !== (i % 7 === k) ? 1 : 0;
      });
      const request = trainRequest(codes, labels);
      const { model } = await addon.train({ ...request, params: { ...request.params, ...params } });
      addon.appendClassifier(cascade, model);
      const margins = await addon.xgboostMargins(model, rows);
      margins.forEach((margin, i) => {
        if (!(margin > 0)) everyone[i] = 0;
      });
      expect(differences(addon.margins(cascade, rows, k), margins)).toBe(0);
    }
    const verdicts = addon.accepts(cascade, rows);
    expect(differences(verdicts, everyone)).toBe(0);
    // Both answers occur, or there would have been nothing to compare.
    expect(new Set(verdicts)).toEqual(new Set([0, 1]));
  });
});

/** Places at which two arrays differ. (XGBoost's zero is -0 where all leaves are.) */
function differences(a: Float32Array | Uint8Array, b: Float32Array | Uint8Array): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let count = 0;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) count++;
  return count;
}
