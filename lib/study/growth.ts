import { ShacRangeError } from '../errors.js';
import type { SpaceDescription } from '../space/index.js';
import { type Budget, nearBudgets, planBudget } from './budget.js';
import { identityOf, isSameStudy, requireSameStudy, type StudyIdentity } from './identity.js';
import type { Growth, StudySettings } from './settings.js';

/**
 * The settings with which a search goes on with a stored study: those that it was given, or, where the budget is a larger
 * one, those of the study that has grown. The batches keep their size, so trials keep the numbers of their batches; the M
 * that is given may be that of the larger budget, or the one of before. With `data: 'all'` the plan is that of the larger
 * budget from now on; with `data: 'stage'` it stays, and what follows its end is drawn from the classifiers that there are.
 *
 * @param place Where it is stored, for the message.
 * @throws ERR_RESTORE_MISMATCH when it is another study, a smaller budget, or one that its batches do not divide.
 */
export function continued(
  space: { describe(): SpaceDescription },
  settings: StudySettings,
  stored: StudyIdentity,
  place: string,
): StudySettings {
  const given = identityOf(space, settings);
  const { budget: then, growth: found } = stored as { budget?: Partial<Budget>; growth?: Partial<Growth> };
  const growth = isGrowth(found) ? found : undefined;
  const { totalBudget: n, numBatches: m } = settings.budget;
  if (!isBudget(then) || isSameStudy(stored, given) || (n === then.totalBudget && growth === undefined)) {
    requireSameStudy(stored, given, place);
    return settings;
  }
  const { totalBudget, batchSize } = then;
  const asStored = planned(settings, totalBudget, batchSize, growth);
  requireSameStudy(stored, identityOf(space, asStored), place); // nothing but the budget may differ
  requireFit({ n, m }, then, growth, place);
  if (n === totalBudget) return asStored;
  return planned(settings, n, batchSize, { from: growth?.from ?? totalBudget, numBatches: m });
}

function planned(settings: StudySettings, n: number, w: number, growth: Growth | undefined): StudySettings {
  const { data, local, maxClassifiers } = settings;
  const begun = data === 'stage' ? (growth?.from ?? n) : n;
  const plan = planBudget({ totalBudget: begun, numBatches: begun / w, maxClassifiers }, settings);
  const budget = Object.freeze({ ...plan.budget, totalBudget: n, numBatches: n / w });
  const localFrom = local === false ? n : plan.localFrom;
  return { ...settings, budget, localFrom, ...(growth && { growth }) };
}

/** @throws ERR_RESTORE_MISMATCH that says which budgets the study may have. */
function requireFit(
  { n, m }: { n: number; m: number },
  { totalBudget, numBatches, batchSize: w }: Budget,
  growth: Growth | undefined,
  place: string,
): void {
  const study = `the study in ${place} has ${totalBudget} trials in batches of ${w}`;
  const anew = 'to begin anew, choose another studyName or place';
  const mismatch = (message: string) => new ShacRangeError('ERR_RESTORE_MISMATCH', `${study}, ${message}; ${anew}`);
  if (n < totalBudget) {
    throw mismatch(
      `and its budget can only grow: ${n} is too few; give totalBudget ${totalBudget} to go on with it, or more`,
    );
  }
  if (n % w !== 0) {
    const near = nearBudgets(n, w).filter((budget) => budget >= totalBudget);
    throw mismatch(`and keeps them when it grows: ${n} is no multiple of ${w}; totalBudget ${near.join(' or ')} is`);
  }
  const allowed = [n / w, numBatches, ...(growth === undefined ? [] : [growth.numBatches, growth.from / w])];
  if (allowed.includes(m)) return;
  throw mismatch(
    `and keeps them when it grows: ${n} trials in ${m} batches would be others; give numBatches ${n / w}` +
      (n === totalBudget ? '' : `, or leave the ${numBatches} of before`),
  );
}

function isBudget(value: Partial<Budget> | undefined): value is Budget {
  if (!isCount(value?.totalBudget) || !isCount(value.numBatches) || !isCount(value.batchSize)) return false;
  return value.numBatches * value.batchSize === value.totalBudget;
}

function isGrowth(value: Partial<Growth> | undefined): value is Growth {
  return isCount(value?.from) && isCount(value.numBatches);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1;
}
