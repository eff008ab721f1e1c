// Ends the process, in the way named by the argument, while native jobs that would take minutes are running.
import { addon } from '../../dist/native/addon.js';

const cascade = addon.createCascade(new Uint32Array(100).fill(32768), Array(100).fill(null));
addon.sample(cascade, {
  seed: 1n,
  stream: 0,
  count: 2 ** 22,
  classifiers: 0,
  threads: 2,
  relax: false,
  memory: 2 ** 26,
  maxDraws: 1,
  sweeps: 0,
});
addon.train({
  codes: Uint16Array.from({ length: 200_000 }, (_, i) => (i * 48271) % 32768),
  labels: Uint8Array.from({ length: 2000 }, (_, i) => i % 2),
  columns: 100,
  params: { rounds: 100_000, maxDepth: 3, eta: 0.3, lambda: 1, minChildWeight: 1, subsample: 1, seed: 0 },
  folds: 5,
  attempts: 1,
  shuffleSeed: 0n,
  threads: 2,
});
setTimeout(() => {
  if (process.argv[2] === 'throw') throw new Error('uncaught');
  process.exit(0);
}, 50);
