import { type Rejection, trainClassifier } from './cascade/train.js';
import { labelByMedian } from './labels.js';
import type { SpaceDefinition } from './space/index.js';
import type { ClassifierRecord, StudyState } from './study-state.js';

export interface StageTrainingOptions {
  skipCvChecks: boolean;
  threads: number;
  signal?: AbortSignal | undefined;
}

/** What came of a stage's training: a classifier, why there is none, or neither when there are enough of them. */
export interface StageTraining {
  model: ClassifierRecord | null;
  rejected: Rejection | null;
}

/** Trains every classifier that is due; what came of the last one, undefined when none was. */
export async function trainDueStages<D extends SpaceDefinition>(
  state: StudyState<D>,
  options: StageTrainingOptions,
): Promise<StageTraining | undefined> {
  let last: StageTraining | undefined;
  for (;;) {
    const next = await trainNextStage(state, options);
    if (next === undefined) return last;
    last = next;
  }
}

/**
 * Trains the next classifier if the trials for it are all finished; undefined if they are not. The state changes only
 * when the training is over: an aborted one is done again later.
 */
async function trainNextStage<D extends SpaceDefinition>(
  state: StudyState<D>,
  options: StageTrainingOptions,
): Promise<StageTraining | undefined> {
  const trials = state.nextTrainingSet();
  if (trials === undefined) return undefined;
  const { budget, objective, classifier } = state.options;
  const index = state.classifiers.length;
  let result: StageTraining = { model: null, rejected: null };
  if (index < budget.totalClassifiers) {
    const { labels } = labelByMedian(
      trials.map((trial) => trial.value),
      objective,
    );
    const columns = state.space.dimensions;
    const codes = new Uint16Array(trials.length * columns);
    trials.forEach((trial, row) => {
      codes.set(trial.codes, row * columns);
    });
    const { seed } = state;
    const outcome = await trainClassifier({ codes, columns, labels }, { ...options, params: classifier, seed, index });
    if ('model' in outcome) {
      const stage = (trials.at(-1) as (typeof trials)[number]).stage;
      const { model, compiled, cvAccuracy, attempts } = outcome;
      result = { model: { stage, cvAccuracy, attempts, model }, rejected: null };
      state.addClassifier(result.model as ClassifierRecord, compiled);
    } else {
      result = { model: null, rejected: outcome.rejected };
    }
  }
  state.datasetIndex += trials.length;
  return result;
}
