// Starts native jobs in worker threads and terminates these in the middle, many times, a few at once; prints a line of
// JSON. A crash of the process is what is tested for.
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { addon } from '../../dist/native/addon.js';

const ROWS = 2000;
const COLUMNS = 20;

const codes = Uint16Array.from({ length: ROWS * COLUMNS }, (_, i) => (i * 48271) % 32768);
const labels = Uint8Array.from({ length: ROWS }, (_, row) => (codes[row * COLUMNS] < 16384 ? 1 : 0));
const training = (target, rounds) => ({
  codes,
  labels: target,
  columns: COLUMNS,
  params: { rounds, maxDepth: 3, eta: 0.3, lambda: 1, minChildWeight: 1, subsample: 1, seed: 0 },
  folds: 0,
  attempts: 1,
  shuffleSeed: 0n,
  threads: 2,
});

function cascadeOf(models) {
  const cascade = addon.createCascade(new Uint32Array(COLUMNS).fill(32768), Array(COLUMNS).fill(null));
  for (const model of models) addon.appendClassifier(cascade, model);
  return cascade;
}

const request = { seed: 1n, stream: 0, count: 5, threads: 2, relax: false, memory: 0, maxDraws: 2 ** 53, sweeps: 0 };

async function inWorker({ kind, models }) {
  const cascade = cascadeOf(models);
  if (kind === 'result') {
    const { codes: drawn } = await addon.sample(cascade, { ...request, classifiers: 1 });
    parentPort.postMessage([...drawn]);
    return;
  }
  // None ends on its own, or not soon: the second classifier accepts nothing of what the first one does.
  if (kind === 'sample') addon.sample(cascade, { ...request, classifiers: 2 });
  if (kind === 'watched sample') {
    const progress = addon.createProgress();
    const many = { ...request, count: 2 ** 24, memory: 2 ** 26, classifiers: 1 };
    addon.sample(cascade, many, addon.createToken(), progress);
    setInterval(() => addon.readProgress(progress), 1);
  }
  if (kind === 'train') addon.train({ ...training(labels, 100_000), folds: 5 });
  parentPort.postMessage('started');
}

const nextMessage = (worker) =>
  new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });

async function main(times) {
  const models = [];
  for (const target of [labels, labels.map((label) => 1 - label)]) {
    models.push((await addon.train(training(target, 20))).model);
  }
  const { codes: drawn } = await addon.sample(cascadeOf(models), { ...request, classifiers: 1 });
  const start = (kind) => new Worker(new URL(import.meta.url), { workerData: { kind, models } });

  const results = await Promise.all([1, 2, 3].map(() => nextMessage(start('result'))));
  const same = results.every((result) => result.join() === [...drawn].join());

  let [next, terminated] = [0, 0];
  const lane = async () => {
    for (let i = next++; i < times; i = next++) {
      const worker = start(['sample', 'train', 'watched sample', 'train'][i % 4]);
      await nextMessage(worker);
      await new Promise((resolve) => setTimeout(resolve, (i * 7) % 25));
      await worker.terminate();
      terminated++;
    }
  };
  await Promise.all([lane(), lane(), lane()]);
  // The main thread's own addon still works.
  const again = await addon.sample(cascadeOf(models), { ...request, classifiers: 1 });
  console.log(JSON.stringify({ same, terminated, again: again.codes.join() === drawn.join() }));
}

if (isMainThread) await main(Number(process.argv[2]));
else await inWorker(workerData);
