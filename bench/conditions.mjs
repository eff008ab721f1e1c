/**
 * What do conditions cost? 40 parameters in 12 branches (a kind, three numbers for all kinds and three for each), against the
 * same 40 without conditions: draws a second by plain rejection, and accepted candidates a second as the sampler chooses.
 */
import { Cascade } from '../dist/native/cascade.js';
import { LEVELS } from '../dist/space/parameter.js';
import { addClassifier, draw } from './cascades.mjs';
import { digits, median, printTable } from './table.mjs';

const KINDS = 12;
const OF_ALL = 3;
const OF_EACH = 3;
const D = 1 + OF_ALL + KINDS * OF_EACH;

const firstOf = (kind) => 1 + OF_ALL + kind * OF_EACH;

function emptyCascade(conditional) {
  const levels = Uint32Array.from({ length: D }, (_, j) => (j === 0 ? KINDS : LEVELS));
  const conditions = Array.from({ length: D }, (_, j) => {
    if (!conditional || j <= OF_ALL) return null;
    const kind = Math.floor((j - 1 - OF_ALL) / OF_EACH);
    return [{ parent: 0, codes: Uint8Array.from({ length: KINDS }, (_, code) => (code === kind ? 1 : 0)) }];
  });
  return new Cascade({ levels, snaps: Array(D).fill(undefined), conditions });
}

/** Small where a kind's own numbers and those of all kinds are near places that differ by kind. */
function distanceOf(row) {
  const kind = row[0];
  const places = [...row.subarray(1, 1 + OF_ALL), ...row.subarray(firstOf(kind), firstOf(kind) + OF_EACH)];
  return places.reduce((sum, code, i) => sum + (code / LEVELS - 0.2 - 0.1 * ((kind + i) % 6)) ** 2, 0.02 * kind);
}

/** Stage after stage the better half of `n` candidates, as a search does. */
async function searched(conditional, classifiers, n) {
  const cascade = emptyCascade(conditional);
  while (cascade.size < classifiers) {
    const { codes } = await draw(cascade, { count: n, stream: cascade.size });
    const values = Array.from({ length: n }, (_, i) => distanceOf(codes.subarray(i * D, (i + 1) * D)));
    const middle = [...values].sort((a, b) => a - b)[n >> 1];
    const labels = Uint8Array.from(values, (value) => (value < middle ? 1 : 0));
    await addClassifier(cascade, { codes, columns: D, labels }, { seed: 1 });
  }
  return cascade;
}

/** Draws a second, and accepted candidates a second. */
async function rates(cascade, options) {
  const started = performance.now();
  const { draws } = await draw(cascade, options);
  const seconds = (performance.now() - started) / 1000;
  return { draws: draws / seconds, accepted: options.count / seconds };
}

/** @param {{ quick: boolean }} options */
export async function run({ quick }) {
  const repeats = quick ? 3 : 15;
  const rows = [];
  for (const [classifiers, n] of [
    [0, 20],
    [1, 20],
    [6, 20],
    [12, 20],
    [12, 100],
  ]) {
    const flat = await searched(false, classifiers, n);
    const branches = await searched(true, classifiers, n);
    const count = classifiers === 0 ? 100_000 : quick ? 500 : 2000;
    const measured = { flat: [], branches: [] };
    for (let i = 0; i < repeats; i++) {
      for (const [name, cascade] of Object.entries({ flat, branches })) {
        const stream = 2 ** 30 + i;
        const plain = await rates(cascade, { count, stream, memory: 0 });
        const chosen = await rates(cascade, { count, stream });
        measured[name].push({ draws: plain.draws, accepted: chosen.accepted });
      }
    }
    const of = (name, what) => median(measured[name].map((one) => one[what]));
    rows.push([
      classifiers,
      n,
      ...['draws', 'accepted'].flatMap((what) => [
        digits(of('flat', what)),
        digits(of('branches', what)),
        `${(of('branches', what) / of('flat', what)).toFixed(2)}x`,
      ]),
    ]);
  }
  printTable(
    `${D} parameters, flat and in ${KINDS} branches: draws a second by plain rejection, candidates a second as chosen; one thread`,
    ['classifiers', 'points a stage', 'flat draws/s', 'branches', 'ratio', 'flat candidates/s', 'branches', 'ratio'],
    rows,
  );
}
