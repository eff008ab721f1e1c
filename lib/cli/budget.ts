import type { ShacOptions } from '../api/options.js';
import { nearBudgets, nearestBatches } from '../study/budget.js';

/** What is known of a study that a run goes on with. */
export interface StoredBudget {
  readonly totalBudget: number;
  readonly batchSize: number;
}

/**
 * Puts the flags' budget and batches in the place of the study's. Where one of them is given and does not go with the
 * study's other, the other follows; two that are given are taken as they are.
 *
 * @param stored Of the study that the run goes on with: where the budget is a larger one, its batches stay as they are.
 * @returns What the user should know of it.
 */
export function takeBudget(
  options: ShacOptions,
  { budget, batches }: { budget?: number; batches?: number },
  stored?: StoredBudget,
): string | undefined {
  const { totalBudget, numBatches } = options;
  if (budget !== undefined) options.totalBudget = budget;
  if (batches !== undefined) options.numBatches = batches;
  if (stored !== undefined && options.totalBudget > stored.totalBudget && batches === undefined) {
    const grown = options.totalBudget / stored.batchSize;
    if (Number.isInteger(grown)) options.numBatches = grown;
    else options.numBatches = options.totalBudget; // refused, with the budgets that would do
    return undefined;
  }
  if (options.totalBudget % options.numBatches === 0) return undefined;
  if (budget !== undefined && batches === undefined) {
    const near = nearBudgets(budget, numBatches).join(' or ');
    options.numBatches = nearestBatches(budget, numBatches);
    return (
      `the study's ${numBatches} batches do not divide a budget of ${budget}; it is spent in ${options.numBatches} batches ` +
      `of ${budget / options.numBatches} (with a budget of ${near} they would)`
    );
  }
  if (batches !== undefined && budget === undefined) {
    options.totalBudget = Math.max(1, Math.round(totalBudget / batches)) * batches;
    return `${batches} batches do not divide the study's budget of ${totalBudget}; it is ${options.totalBudget} now`;
  }
  return undefined;
}
