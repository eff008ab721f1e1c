import { show } from '../errors.js';
import type { KeptStudy } from '../run/kept-study.js';
import type { SpaceDefinition } from '../space/index.js';

/** Searches whose user knows. */
const warned = new WeakSet<object>();

/**
 * Warns that `fit` was called for a study that is finished: once, so that it returns as fast as one that was never asked
 * for.
 */
export function warnOfNothing<D extends SpaceDefinition>(kept: KeptStudy<D>, studyName: string): void {
  if (warned.has(kept)) return;
  warned.add(kept);
  const { study } = kept;
  const { length } = study.trials;
  const what = `of the study ${show(studyName)}`;
  const done =
    length < study.settings.budget.totalBudget
      ? `every point of the space is among the ${length} trials ${what}`
      : `all ${length} trials ${what} are finished`;
  const anew = kept.isStored ? "choose another studyName, or ifExists: 'new' or 'replace'" : 'make a new SHAC';
  process.emitWarning(`${done} already, so fit evaluated nothing; to search anew ${anew}`, {
    type: 'ShacWarning',
    code: 'SHAC_NOTHING_TO_DO',
  });
}
