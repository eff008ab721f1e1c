import { discrete, integer, KerasSHAC, type Report, type ShacOptions, uniform } from 'shac';
import { expect, it } from 'vitest';
import { managedFixture } from '../support/frameworks.js';

const fixture = (name: string) => managedFixture('models.mjs', name);

function search(options: Partial<ShacOptions> = {}) {
  const space = {
    rate: uniform(1e-3, 1e-1, { log: true }),
    epochs: integer(1, 3),
    optimizer: discrete(['sgd', 'momentum', 'adam', 'rmsprop', 'adadelta', 'adagrad', 'adamax']),
  };
  const plan = { totalBudget: 12, numBatches: 2, objective: 'min', seed: 5, classifier: { rounds: 20 } } as const;
  return new KerasSHAC(space, { ...plan, ...options });
}

const leaksOf = ({ trials }: ReturnType<typeof search>) => trials.map(({ memory }) => memory?.leakedTensors);

it('disposes of models, optimizers and what their training left, 200 evaluations in a row', async () => {
  const shac = search({ totalBudget: 200 });
  await shac.fit(fixture('trained'));
  expect(shac.trials.filter(({ state }) => state !== 'COMPLETE')).toEqual([]);
  console.log(new Set(leaksOf(shac)));
});

it('does so for a training that throws', async () => {
  const shac = search();
  await shac.fit(fixture('interrupted')).catch((e) => console.log(e.message));
  console.log(leaksOf(shac));
});

it('functional', async () => {
  const shac = search();
  await shac.fit(fixture('functional'));
  console.log(leaksOf(shac));
});
it('unmanaged', async () => {
  const shac = search();
  await shac.fit(fixture('unmanaged'));
  console.log(leaksOf(shac));
});

it('stops early, and reports each epoch', async () => {
  const shac = search({ totalBudget: 2, numBatches: 1 });
  const reports: Report[] = [];
  await shac.fit(fixture('stopped'), { callbacks: [{ onReport: (report) => void reports.push(report) }] });
  console.log(shac.trials.map((t) => [t.value, t.error]), reports);
});

it('scores follow from the seed alone, with 1 and 4 evaluators', async () => {
  const values: unknown[] = [];
  for (const evaluators of [1, 4]) {
    const shac = search();
    shac.setNumParallelEvaluators(evaluators);
    await shac.fit(fixture('trained'));
    values.push(shac.trials.map(({ value }) => value));
  }
  expect(values[0]).not.toContain(null);
  expect(values[1]).toEqual(values[0]);
});
