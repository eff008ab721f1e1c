/** Cascades to draw from, as a search builds them, and draws from them without the rest of the library. */
import { Cascade } from '../dist/native/cascade.js';
import { trainClassifier } from '../dist/native/train.js';
import { LEVELS } from '../dist/space/parameter.js';
import { hartmann } from './functions.mjs';
import { timed } from './table.mjs';

const PARAMS = { rounds: 200, maxDepth: 3, eta: 0.1, lambda: 1, minChildWeight: 1, subsample: 1 };

/** Values of rows of codes, one a row. */
function valuesOf(codes, d, evaluate) {
  return Array.from({ length: codes.length / d }, (_, row) => {
    const x = (j) => (codes[row * d + j] + 0.5) / LEVELS;
    return evaluate(Object.fromEntries(Array.from({ length: 6 }, (_, j) => [`x${j}`, x(j)])));
  });
}

/** A training set of `n` candidates that pass `classifiers` classifiers: the better half of Hartmann6 labelled 1. */
export async function trainingSet(cascade, d, n, seed, threads = 1) {
  const { codes } = await draw(cascade, { count: n, seed, stream: cascade.size, threads });
  const values = valuesOf(codes, d, hartmann(d).evaluate);
  const middle = [...values].sort((a, b) => a - b)[n >> 1];
  return { codes, columns: d, labels: Uint8Array.from(values, (value) => (value < middle ? 1 : 0)) };
}

/** Trains the classifier of one stage and appends it. */
export async function addClassifier(cascade, set, { seed, threads = 1, skipCvChecks = true }) {
  const { model } = await trainClassifier(set, {
    params: PARAMS,
    cascade,
    skipCvChecks,
    seed,
    index: cascade.size,
    threads,
  });
  cascade.append(model);
}

export function emptyCascade(d) {
  return new Cascade({ levels: new Uint32Array(d).fill(LEVELS), snaps: Array(d).fill(undefined) });
}

/** The cascade of `classifiers` classifiers that a search for the least Hartmann6 builds with `n` points a stage. */
export async function searchedCascade({ d = 6, n, classifiers = 18, seed = 1 }) {
  const cascade = emptyCascade(d);
  while (cascade.size < classifiers) await addClassifier(cascade, await trainingSet(cascade, d, n, seed), { seed });
  return cascade;
}

/** One native sampling call; `memory: 0` is plain rejection. */
export function draw(cascade, { count, seed = 1, stream = 2 ** 30, threads = 1, classifiers = cascade.size, memory }) {
  const more = memory === undefined ? {} : { memory };
  return cascade.sample({ seed, stream, count, classifiers, threads, relax: false, ...more });
}

/** Milliseconds of `repeats` sampling calls, each from a stream of its own. */
export async function drawTimes(cascade, options, repeats) {
  const times = [];
  for (let i = 0; i < repeats; i++) times.push(await timed(() => draw(cascade, { ...options, stream: 2 ** 30 + i })));
  return times;
}
