import { type Rejection, trainClassifier } from '../native/train.js';
import type { SpaceDefinition } from '../space/index.js';
import type { ClassifierRecord } from '../study/records.js';
import type { Study } from '../study/study.js';
import type { TrialRecord } from '../study/trial.js';
import { trainingSet } from './training-set.js';

export interface StageTrainingOptions {
  skipCvChecks: boolean;
  threads: number;
  signal?: AbortSignal | undefined;
}

/** What came of a stage's training: a classifier, why there is none, or neither when there are enough of them. */
export interface StageTraining {
  readonly classifier: ClassifierRecord | null;
  readonly rejected: Rejection | null;
}

/** Trains every classifier that is due; what came of the last one, undefined when none was. */
export async function trainDueStages<D extends SpaceDefinition>(
  study: Study<D>,
  options: StageTrainingOptions,
): Promise<StageTraining | undefined> {
  let last: StageTraining | undefined;
  for (let stage = study.nextStage(); stage !== undefined; stage = study.nextStage()) {
    last = await trainStage(study, stage, options);
    // Only now: a training that is aborted is done again later.
    study.record({ type: 'trained', trials: stage.length, classifier: last.classifier });
  }
  return last;
}

async function trainStage<D extends SpaceDefinition>(
  study: Study<D>,
  stage: readonly TrialRecord<unknown>[],
  options: StageTrainingOptions,
): Promise<StageTraining> {
  const { seed, classifiers, cascade, settings } = study;
  const index = classifiers.length;
  // Where all results are learned from, the stages before the local phase are as many as there are: a study that has grown
  // has had others before.
  const most = settings.data === 'all' ? settings.maxClassifiers : settings.budget.totalClassifiers;
  if (index >= most) return { classifier: null, rejected: null };
  const set = trainingSet(study, stage);
  const outcome = await trainClassifier(set, { ...options, params: settings.classifier, cascade, seed, index });
  if ('rejected' in outcome) return { classifier: null, rejected: outcome.rejected };
  const last = stage.at(-1) as TrialRecord<unknown>;
  return { classifier: { stage: last.stage, ...outcome }, rejected: null };
}
