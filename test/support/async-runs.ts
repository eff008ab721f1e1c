import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { savedModels, study, temporaryDirectory } from './studies.js';

export type Study = ReturnType<typeof study>;

/** Four batches of ten, each of which trains a classifier but the last. */
export const four = { totalBudget: 40, numBatches: 4, classifier: { rounds: 10 } };

/** A promise that is settled from outside. */
export function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

/** How each part of a batch was drawn, from what is saved. */
export async function drawings(shac: Study): Promise<{ stage: number; classifiers: number; count: number }[]> {
  const dir = temporaryDirectory();
  await shac.saveData(dir);
  const { batches } = JSON.parse(readFileSync(join(dir, 'study.json'), 'utf8'));
  return batches.map(({ stage, classifiers, count }: Record<string, number>) => ({ stage, classifiers, count }));
}

/** What every finished run has to be, however its batches overlapped. */
export async function expectWhole(shac: Study): Promise<void> {
  const { trials } = shac;
  const { totalBudget, batchSize } = shac.budget;
  expect(trials.map(({ id, stage }) => [id, stage])).toEqual(
    Array.from({ length: totalBudget }, (_, id) => [id, Math.floor(id / batchSize)]),
  );
  expect(trials.filter(({ state }) => state !== 'COMPLETE' && state !== 'FAIL')).toEqual([]);
  expect(new Set(trials.map(({ params }) => JSON.stringify(params))).size).toBe(totalBudget);
  const counts = new Map<number, number>();
  for (const { stage, count } of await drawings(shac)) counts.set(stage, (counts.get(stage) ?? 0) + count);
  expect([...counts.values()]).toEqual(Array.from({ length: totalBudget / batchSize }, () => batchSize));

  // Classifiers are those of the same trials in order: the sets go by index, not by when results came.
  const inOrder = study({ ...four, totalBudget, numBatches: totalBudget / batchSize });
  const rows = trials.map(({ params, value }) => ({ params, value }));
  await inOrder.fitDataset(rows, { presort: false });
  expect(shac.classifiers).toEqual(inOrder.classifiers);
  const [models, expected] = [temporaryDirectory(), temporaryDirectory()];
  await shac.saveData(models);
  await inOrder.saveData(expected);
  if (shac.classifiers.length > 0) expect(savedModels(models)).toEqual(savedModels(expected));
}
