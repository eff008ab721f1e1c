import { discrete } from 'shac';

/**
 * The mean score of one setting on the digits that no evaluation of the search has seen: a search of a single point,
 * three trials of which train with three seeds.
 */
export async function heldOut(Engine, module, params) {
  const space = Object.fromEntries(Object.entries(params).map(([name, value]) => [name, discrete([value])]));
  const search = new Engine(space, { totalBudget: 3, numBatches: 1, seed: 1 });
  await search.fit({ module, export: 'heldOut' });
  return search.trials.reduce((sum, { value }) => sum + value, 0) / 3;
}
