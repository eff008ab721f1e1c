/**
 * Measures one checkout, in a process of its own: `node --expose-gc measures.mjs ROOT SCALE`. Prints milliseconds by name, as JSON: of
 * the processor, all threads of this process, or passed, where other processes work.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const [root, scale] = [process.argv[2], Number(process.argv[3])];
const { python, SHAC, uniform } = await import(pathToFileURL(join(root, 'dist/index.js')).href);

const many = (dimensions) => Object.fromEntries(Array.from({ length: dimensions }, (_, i) => [`x${i}`, uniform(0, 1)]));
const bowl = (params) => Object.values(params).reduce((sum, x, i) => sum + (x - 0.1 * i) ** 2, 0);
const MODULE = new URL('../fixtures/identity.mjs', import.meta.url);
const PYTHON = python({ module: fileURLToPath(new URL('../fixtures/identity.py', import.meta.url)) });

const spent = {};
async function processor(name, action) {
  globalThis.gc(); // none of them pays for what another one left
  const before = process.cpuUsage();
  await action();
  const { user, system } = process.cpuUsage(before);
  spent[name] = (user + system) / 1000;
}
async function passed(name, action) {
  const started = performance.now();
  await action();
  spent[name] = performance.now() - started;
}

const times = (count, action) => async () => {
  for (let i = 0; i < Math.ceil(count * scale); i++) await action(i);
};

/** One batch, an objective that returns at once. */
async function dispatch(count, objective, { backend = 'inline', evaluators = 2, storage } = {}) {
  const totalBudget = Math.ceil(count * scale);
  const options = { totalBudget, numBatches: 1, seed: 1, ...(storage && { storage }) };
  const search = new SHAC(many(storage ? 10 : 1), options);
  search.evaluatorBackend = backend;
  search.setNumParallelEvaluators(evaluators);
  await search.fit(objective);
  search.close();
}
const first = ({ x0 }) => x0;

// First: a study is opened by a process that has done little else.
const folder = mkdtempSync(fileURLToPath(new URL('../../build-bench-', import.meta.url))); // on the repository's disk
const file = join(folder, 'study.db');
await processor('storage, writing', () => dispatch(12_000, first, { evaluators: 1, storage: file }));
const totalBudget = Math.ceil(12_000 * scale);
await processor(
  'storage, opening',
  times(6, () => new SHAC(many(10), { totalBudget, numBatches: 1, storage: file }).close()),
);
rmSync(folder, { recursive: true });

/** Searches as they are: N = 190 in 19 batches, and by the default preset one trial at a time. */
const searches = (preset, budget, batches) => (seed) => {
  const search = new SHAC(many(6), { totalBudget: budget, numBatches: batches, objective: 'min', seed, preset });
  return search.fit(bowl);
};
await processor('search, preset paper', times(8, searches('paper', 190, 19)));
await processor('search, preset default, one at a time', times(3, searches('default', 150, 150)));

const drawn = new SHAC(many(6), { totalBudget: 380, numBatches: 19, objective: 'min', seed: 1, preset: 'paper' });
await drawn.fit(bowl);
await processor(
  `draw, ten through ${drawn.classifiers.length} classifiers`,
  times(60, () => drawn.predict(10)),
);

await processor('dispatch, inline, one after the other', () => dispatch(150_000, first, { evaluators: 1 }));
await processor('dispatch, inline, two promises at a time', () => dispatch(100_000, async ({ x0 }) => x0));
await processor('dispatch, threads', () =>
  dispatch(30_000, { module: MODULE, export: 'first' }, { backend: 'threads' }),
);
await passed('dispatch, processes', () =>
  dispatch(10_000, { module: MODULE, export: 'first' }, { backend: 'processes' }),
);
await passed('dispatch, Python', () => dispatch(8_000, { ...PYTHON, function: 'first' }));

console.log(JSON.stringify(spent));
