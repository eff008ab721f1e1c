import { ShacError, ShacRangeError, ShacTypeError, show } from '../errors.js';
import type { ParamsOf, SpaceDefinition } from '../space/index.js';
import type { DrawOptions } from '../strategies/candidates.js';
import { resultOf } from '../study/results.js';
import type { StudyView } from '../study/study.js';
import { askedTrial, isFinished, objectiveValue, type Trial, type TrialRecord } from '../study/trial.js';
import { type StageTrainingOptions, trainDueStages } from '../training/trainer.js';
import type { KeptStudy } from './kept-study.js';
import type { Serial } from './serial.js';

/** What a trial ended with, as users tell it. */
export type Result = number | { readonly error: unknown };

/** Hands out the next trials, which are kept as RUNNING first. `calls`: one after the other, in the order of the calls. */
export function ask<D extends SpaceDefinition>(
  kept: KeptStudy<D>,
  calls: Serial,
  count: number,
  options: DrawOptions,
): Promise<Trial<ParamsOf<D>>[]> {
  return kept.hold(() =>
    calls.run(async () => {
      const { study, candidates } = kept;
      const ids = (await candidates.take(count, options)).map(({ id }) => id);
      for (const id of ids) study.record({ type: 'started', id, at: Date.now() });
      try {
        await kept.save();
      } catch (error) {
        study.record({ type: 'requeued', ids }); // nobody has got them
        throw error;
      }
      return ids.map((id) => askedTrial(study.trials[id] as TrialRecord<ParamsOf<D>>));
    }),
  );
}

/**
 * Keeps the result of a trial, and trains what waited for it.
 *
 * @throws ERR_UNKNOWN_TRIAL, ERR_TRIAL_FINISHED (told before), ERR_INVALID_VALUE.
 */
export function tell<D extends SpaceDefinition>(
  kept: KeptStudy<D>,
  calls: Serial,
  { trialId, result }: { trialId: number; result: Result },
  training: StageTrainingOptions,
): Promise<void> {
  const keep = () => {
    const { attempts } = requireUntold(kept.study, trialId, result);
    kept.study.record(resultOf(trialId, result, { attempts: attempts + 1 }));
  };
  return kept.hold(async () => {
    keep();
    await kept.save(); // now: the training may be stopped
    await calls.run(() => trainDueStages(kept.study, training));
    await kept.save();
  }, keep);
}

function requireUntold<D extends SpaceDefinition>(
  { trials }: StudyView<D>,
  trialId: number,
  result: unknown,
): TrialRecord<ParamsOf<D>> {
  const trial = typeof trialId === 'number' ? trials[trialId] : undefined;
  if (trial === undefined) {
    const { length } = trials;
    throw new ShacRangeError(
      'ERR_UNKNOWN_TRIAL',
      `there is no trial ${show(trialId)}; ${length === 0 ? 'none was asked for yet' : `ids are 0 to ${length - 1}`}`,
    );
  }
  if (isFinished(trial)) {
    const message = `trial ${trialId} is ${trial.state} already, with ${show(objectiveValue(trial))}`;
    throw new ShacError('ERR_TRIAL_FINISHED', message);
  }
  if (typeof result !== 'number' && (typeof result !== 'object' || result === null || !('error' in result))) {
    const message = `the result of trial ${trialId} must be a number or { error }, got ${show(result)}`;
    throw new ShacTypeError('ERR_INVALID_VALUE', message);
  }
  return trial;
}
