/** What does the adaptive partition save? Baseline: the same calls without it. */
import { draw, searchedCascade } from './cascades.mjs';
import { digits, median, printTable, timed } from './table.mjs';

const CLASSIFIERS = 18;
const CASES = [
  [6, 10],
  [6, 20],
  [6, 50],
  [6, 100],
  [50, 20],
  [50, 100],
];

/** @param {{ quick: boolean }} options */
export async function run({ quick }) {
  const rows = [];
  for (const [d, n] of quick ? CASES.slice(0, 3) : CASES) {
    const cascade = await searchedCascade({ d, n, classifiers: CLASSIFIERS });
    // Without a partition the time is the number of candidates times that of one: a few will do.
    const plain = await rate(cascade, { count: quick ? 5 : 30, memory: 0 });
    // In 50 coordinates a call of 20,000 takes a minute.
    const count = quick || d > 6 ? 2000 : 20_000;
    const boxed = await rate(cascade, { count });
    const [stages, plainStages] = [await stagesTime(cascade, n), await stagesTime(cascade, n, 0)];
    const gain = (ratio) => `${digits(Number(ratio.toPrecision(2)))}x`;
    rows.push(
      [n, d, count, digits(plain), digits(boxed), gain(boxed / plain)].concat([
        digits(plainStages),
        digits(stages),
        gain(plainStages / stages),
      ]),
    );
  }
  printTable(
    `Plain rejection against the partition, one thread: accepted a second through ${CLASSIFIERS} classifiers; ` +
      `milliseconds for the points of all stages, 0 to ${CLASSIFIERS} classifiers`,
    [
      'points a stage',
      'coordinates',
      'candidates',
      'plain/s',
      'partition/s',
      'gain',
      'plain ms',
      'partition ms',
      'gain',
    ],
    rows,
  );
}

async function rate(cascade, options) {
  const times = [];
  for (let i = 0; i < 3; i++) times.push(await timed(() => draw(cascade, { ...options, stream: 2 ** 30 + i })));
  return options.count / (median(times) / 1000);
}

/** What sampling costs in a whole search. */
async function stagesTime(cascade, count, memory) {
  let total = 0;
  for (let classifiers = 0; classifiers <= cascade.size; classifiers++) {
    total += await timed(() => draw(cascade, { count, classifiers, stream: classifiers, memory }));
  }
  return total;
}
