/** How do drawing and training grow with coordinates, points a stage and classifiers? Baseline: the first of a kind. */
import { addClassifier, drawTimes, emptyCascade, trainingSet } from './cascades.mjs';
import { digits, median, printTable, timed } from './table.mjs';

const CURVES = [
  { of: 'coordinates', values: [6, 20, 50, 200, 600], at: (d) => ({ d, n: 20, classifiers: 10 }) },
  { of: 'points a stage', values: [10, 50, 200, 1000, 5000], at: (n) => ({ d: 6, n, classifiers: 4 }) },
  { of: 'classifiers', values: [1, 4, 16, 64], at: (classifiers) => ({ d: 6, n: 10, classifiers }) },
];

/** @param {{ quick: boolean }} options */
export async function run({ quick }) {
  const rows = [];
  for (const { of, values, at } of CURVES) {
    const first = {};
    for (const value of quick ? values.slice(0, 3) : values) {
      const { d, n, classifiers } = at(value);
      const cascade = emptyCascade(d);
      const training = [];
      while (cascade.size < classifiers) {
        const set = await trainingSet(cascade, d, n, 1);
        training.push(await timed(() => addClassifier(cascade, set, { seed: 1 })));
      }
      const drawing = median(await drawTimes(cascade, { count: n }, quick ? 3 : 9));
      const train = median(training);
      first.drawing ??= drawing;
      first.train ??= train;
      const times = (ratio) => `${ratio.toPrecision(2)}x`;
      rows.push(
        [of, d, n, classifiers, digits(drawing), times(drawing / first.drawing)].concat([
          digits(train),
          times(train / first.train),
        ]),
      );
    }
  }
  printTable(
    'Milliseconds to draw the points of one more stage, and to train one classifier (200 rounds, no folds), one thread',
    ['curve', 'coordinates', 'points a stage', 'classifiers', 'drawing', 'ratio', 'training', 'ratio'],
    rows,
  );
}
