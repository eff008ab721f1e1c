// Fits with the backend of the first argument, or aborts in the middle of it; then has nothing left to do.
import { setTimeout as sleep } from 'node:timers/promises';
import { discrete, SHAC, uniform } from '../../dist/index.js';

const [backend, end, log] = process.argv.slice(2);
const fixture = (name) => new URL(`../fixtures/evaluators/${name}.mjs`, import.meta.url);
const search = () => {
  const shac = new SHAC(
    { x: uniform(0, 1), log: discrete([log]), way: discrete(['all']) },
    { totalBudget: 32, numBatches: 2, objective: 'min', seed: 3, classifier: { rounds: 5 } },
  );
  shac.evaluatorBackend = backend;
  shac.setNumParallelEvaluators(backend === 'inline' ? 16 : 2);
  return shac;
};
const controller = new AbortController();
if (end === 'fit') {
  for (let run = 0; run < 2; run++) await search().fit(fixture('lanes'));
} else {
  const fixtureName = backend === 'inline' ? 'hangs' : 'loops';
  setTimeout(() => controller.abort(new Error('enough')), 300);
  await search()
    .fit(fixture(fixtureName), { signal: controller.signal })
    .catch(({ message }) => console.log(message));
}
await sleep(100); // what has just been closed is gone on a later turn of the event loop
console.log(
  process
    .getActiveResourcesInfo()
    .filter((name) => name !== 'PipeWrap' && name !== 'TTYWrap')
    .join(),
);
