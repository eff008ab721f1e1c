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

const failuresOf = ({ trials }: ReturnType<typeof search>) => trials.flatMap(({ error }) => error?.message ?? []);
const leaksOf = ({ trials }: ReturnType<typeof search>) => trials.map(({ memory }) => memory?.leakedTensors);

it('disposes of models, optimizers and what their training left, 200 evaluations in a row', async () => {
  const shac = search({ totalBudget: 200 });
  await shac.fit(fixture('trained'));
  expect(failuresOf(shac)).toEqual([]);
  expect(new Set(leaksOf(shac))).toEqual(new Set([0]));
});

it('disposes of models that share a layer, and minds none that was disposed of', async () => {
  const shac = search();
  await shac.fit(fixture('functional'));
  expect(failuresOf(shac)).toEqual([]);
  expect(new Set(leaksOf(shac))).toEqual(new Set([0]));
});

it('leaves nothing of a training that throws', async () => {
  const shac = search({ numBatches: 1 });
  await expect(shac.fit(fixture('interrupted'))).rejects.toMatchObject({ code: 'ERR_ALL_TRIALS_FAILED' });
  expect(new Set(failuresOf(shac))).toEqual(new Set(['enough']));
});

it('tells of a model that was made without the session, and disposes of it too', async () => {
  const shac = search();
  await shac.fit(fixture('unmanaged'));
  expect(failuresOf(shac)).toEqual([]);
  for (const leaked of leaksOf(shac)) expect(leaked).toBeGreaterThanOrEqual(8); // the weights of two layers
});

it('stops early, and reports each epoch', async () => {
  const shac = search({ totalBudget: 2, numBatches: 1 });
  const reports: Report[] = [];
  await shac.fit(fixture('stopped'), { callbacks: [{ onReport: (report) => void reports.push(report) }] });
  expect(shac.trials.map(({ value }) => value)).toEqual([3, 3]);
  expect(reports.map(({ trialId, step }) => [trialId, step])).toEqual(
    [0, 1].flatMap((id) => [0, 1, 2].map((step) => [id, step])),
  );
  for (const { value } of reports) expect(value).toBeGreaterThan(0);
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
