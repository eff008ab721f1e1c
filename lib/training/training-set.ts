import type { TrainingSet } from '../native/train.js';
import type { SpaceDefinition } from '../space/index.js';
import type { StudyView } from '../study/study.js';
import { objectiveValue, type TrialRecord } from '../study/trial.js';
import { bestTrials, labelByMedian } from './labels.js';

/**
 * What the classifier of a stage learns from, and whom it must not reject. Later trials are not looked at, even if they
 * are finished: the classifier is the same in whatever order results come.
 */
export function trainingSet<D extends SpaceDefinition>(
  { settings, direction, space, trials, datasetIndex }: StudyView<D>,
  stage: readonly TrialRecord<unknown>[],
): TrainingSet {
  const { data, elite, recency } = settings;
  const soFar = trials.slice(0, datasetIndex + stage.length);
  const rows = data === 'all' ? soFar : stage;
  const stageValues = stage.map(objectiveValue);
  const best = bestTrials(soFar, elite, direction);
  const good = labelByMedian(best.map(objectiveValue), direction, stageValues).labels;
  const ageOf = (row: number) => Math.floor((rows.length - 1 - row) / stage.length);
  return {
    codes: codesOf(rows, space.dimensions),
    columns: space.dimensions,
    labels: labelByMedian(rows.map(objectiveValue), direction, stageValues).labels,
    weights: recency === 1 ? undefined : Float32Array.from(rows, (_, row) => recency ** ageOf(row)),
    elite: codesOf(
      best.filter((_, i) => good[i] === 1),
      space.dimensions,
    ),
  };
}

function codesOf(trials: readonly TrialRecord<unknown>[], columns: number): Uint16Array {
  const codes = new Uint16Array(trials.length * columns);
  trials.forEach(({ row }, i) => {
    codes.set(row.codes, i * columns);
  });
  return codes;
}
