import { type Rejection, type TrainingSet, trainClassifier } from '../native/train.js';
import type { SpaceDefinition } from '../space/index.js';
import type { ClassifierRecord, StudyState } from '../study/study-state.js';
import type { TrialRecord } from '../study/trial.js';
import { bestTrials, labelByMedian } from './labels.js';

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
  const stage = state.nextStage();
  if (stage === undefined) return undefined;
  const { budget, classifier } = state.options;
  const index = state.classifiers.length;
  let result: StageTraining = { model: null, rejected: null };
  if (index < budget.totalClassifiers) {
    const { seed } = state;
    const outcome = await trainClassifier(trainingSet(state, stage), { ...options, params: classifier, seed, index });
    if ('model' in outcome) {
      const { model, compiled, cvAccuracy, attempts } = outcome;
      const last = stage.at(-1) as TrialRecord<unknown>;
      result = { model: { stage: last.stage, cvAccuracy, attempts, model }, rejected: null };
      state.addClassifier(result.model as ClassifierRecord, compiled);
    } else {
      result = { model: null, rejected: outcome.rejected };
    }
  }
  state.datasetIndex += stage.length;
  return result;
}

/**
 * What the classifier of a stage learns from, and whom it must not reject. Later trials are not looked at, even if they
 * are finished: the classifier is the same in whatever order results come.
 */
function trainingSet<D extends SpaceDefinition>(
  { options, space, trials, datasetIndex }: StudyState<D>,
  stage: readonly TrialRecord<unknown>[],
): TrainingSet {
  const { data, elite, objective, recency } = options;
  const soFar = trials.slice(0, datasetIndex + stage.length);
  const rows = data === 'all' ? soFar : stage;
  const stageValues = valuesOf(stage);
  const best = bestTrials(soFar, elite, objective);
  const good = labelByMedian(valuesOf(best), objective, stageValues).labels;
  const ageOf = (row: number) => Math.floor((rows.length - 1 - row) / stage.length);
  return {
    codes: codesOf(rows, space.dimensions),
    columns: space.dimensions,
    labels: labelByMedian(valuesOf(rows), objective, stageValues).labels,
    weights: recency === 1 ? undefined : Float32Array.from(rows, (_, row) => recency ** ageOf(row)),
    elite: codesOf(
      best.filter((_, i) => good[i] === 1),
      space.dimensions,
    ),
  };
}

const valuesOf = (trials: readonly TrialRecord<unknown>[]) => trials.map(({ value }) => value);

function codesOf(trials: readonly TrialRecord<unknown>[], columns: number): Uint16Array {
  const codes = new Uint16Array(trials.length * columns);
  trials.forEach((trial, row) => {
    codes.set(trial.codes, row * columns);
  });
  return codes;
}
