import type { EpochLogs } from '../observe/callback.js';
import type { SpaceDefinition } from '../space/index.js';
import { frozen } from '../study/params.js';
import type { StudyView } from '../study/study.js';
import { objectiveValue } from '../study/trial.js';
import type { StageTraining } from '../training/trainer.js';

/** What callbacks are told of a batch, filled in as it goes on. */
export function newLogs<D extends SpaceDefinition>({ settings }: StudyView<D>, generatorThreads: number): EpochLogs {
  return { generatorThreads, perClassifierBudget: settings.budget.pointsPerClassifier };
}

/** How a batch was drawn; not there for one that a data set gave. */
export function logDrawing<D extends SpaceDefinition>({ batches }: StudyView<D>, batch: number, logs: EpochLogs): void {
  // The newest ones, mostly: a search has as many as it has batches.
  const parts = batches.slice(batches.findLastIndex(({ stage }) => stage < batch) + 1);
  while (parts.length > 0 && parts.at(-1)?.stage !== batch) parts.pop();
  const last = parts.at(-1);
  if (last === undefined) return;
  const { acceptance, liveMass, admitted } = last;
  const sum = (key: 'count' | 'draws' | 'samplingTime') => parts.reduce((total, part) => total + part[key], 0);
  const samplingTime = sum('samplingTime');
  Object.assign(logs, { draws: sum('draws'), accepted: sum('count'), acceptance, liveMass, samplingTime });
  if (admitted !== undefined) logs.admitted = admitted;
}

/** Its candidates, handed out or not. */
export function logParameters<D extends SpaceDefinition>(
  study: StudyView<D>,
  batch: number,
  logs: EpochLogs,
): Record<string, unknown>[] {
  const drawn = study.drawn.filter(({ stage }) => stage === batch).reverse();
  logs.parameters = [...study.batch(batch), ...drawn].map(({ params }) => frozen(params));
  return logs.parameters;
}

/** What came of its evaluations. */
export function logEvaluations<D extends SpaceDefinition>(
  study: StudyView<D>,
  batch: number,
  logs: EpochLogs,
): (number | null)[] {
  const trials = study.batch(batch);
  logs.deviceIds = trials.map(({ workerId }) => workerId ?? null);
  logs.evaluations = trials.map(objectiveValue);
  return logs.evaluations;
}

/** What was learned from it. */
export function logTraining<D extends SpaceDefinition>(
  { datasetIndex, classifiers, best }: StudyView<D>,
  training: StageTraining | undefined,
  logs: EpochLogs,
): void {
  const { classifier, rejected } = training ?? { classifier: null, rejected: null };
  logs.model = classifier && {
    stage: classifier.stage,
    cvAccuracy: classifier.cvAccuracy,
    attempts: classifier.attempts,
  };
  logs.rejected = rejected;
  logs.datasetIndex = datasetIndex;
  logs.classifiers = classifiers.length;
  logs.best = (best && objectiveValue(best)) ?? null;
}
