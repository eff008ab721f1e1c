import fc from 'fast-check';
import { SHAC } from 'shac';
import { describe, expect, it } from 'vitest';
import { type Backend, backends, backendsThat } from '../support/backends.js';
import { outcome, quick, space } from '../support/studies.js';

interface Plan {
  batchSize: number;
  numBatches: number;
  seed: number;
}

const planned = ({ batchSize, numBatches, seed }: Plan) =>
  new SHAC(space, { totalBudget: batchSize * numBatches, numBatches, seed, objective: 'min', classifier: quick });
type Study = ReturnType<typeof planned>;

async function search(shac: Study, backend: Backend, evaluators: number, generators: number, results = Infinity) {
  shac.evaluatorBackend = backend.evaluatorBackend;
  shac.setNumParallelEvaluators(evaluators);
  shac.setNumParallelGenerators(generators);
  const controller = new AbortController();
  let ended = 0;
  const onTrialEnd = () => {
    if (++ended === results) controller.abort();
  };
  const options = results === Infinity ? {} : { signal: controller.signal, callbacks: [{ onTrialEnd }] };
  await shac
    .fit(await backend.objective('loss'), options)
    .catch((error) => expect(error).toBe(controller.signal.reason));
}

const found = async (shac: Study) => ({
  trials: outcome(shac.trials),
  classifiers: shac.classifiers,
  best: shac.bestTrial?.id,
  next: await shac.predict(2),
});

describe('the same seed', () => {
  it('finds the same in every backend, with any number of evaluators and generators, cut anywhere', async () => {
    const backend = fc.constantFrom(...backendsThat('errors')); // reasons of failures are compared as well
    const upTo8 = fc.integer({ min: 1, max: 8 });
    const plan = fc.record({
      batchSize: fc.integer({ min: 4, max: 12 }),
      numBatches: fc.integer({ min: 2, max: 4 }),
      seed: fc.nat(1000),
    });
    await fc.assert(
      fc.asyncProperty(
        plan,
        fc.tuple(backend, upTo8, upTo8),
        fc.tuple(backend, upTo8, upTo8),
        fc.double({ min: 0, max: 1, noNaN: true }),
        async (plan, first, second, cut) => {
          const reference = planned(plan);
          await search(reference, backends[0] as Backend, 1, 1);
          const shac = planned(plan);
          const total = plan.batchSize * plan.numBatches;
          await search(shac, ...first, 1 + Math.floor(cut * total));
          await search(shac, ...second);
          expect(shac.trials).toHaveLength(total);
          expect(await found(shac)).toEqual(await found(reference));
        },
      ),
      { seed: 31, numRuns: 10 },
    );
  });

  it.each(backends.filter(({ can }) => !can.has('errors')))('finds the same with $name', async (backend) => {
    const plan = { batchSize: 8, numBatches: 3, seed: 5 };
    const [reference, shac] = [planned(plan), planned(plan)];
    await search(reference, backends[0] as Backend, 1, 1);
    await search(shac, backend, 3, 2, 13);
    await search(shac, backend, 2, 1);
    const values = (study: Study) => study.trials.map(({ params, state, value }) => ({ params, state, value }));
    expect(values(shac)).toEqual(values(reference));
    expect((await found(shac)).next).toEqual((await found(reference)).next);
  });
});
