import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ShacError } from '../../errors.js';
import { type ParamsOf, pyshacConfig, type SearchSpace, type SpaceDefinition } from '../../space/index.js';
import { identityOf } from '../../study/identity.js';
import type { StudyView } from '../../study/study.js';
import { isFinished, objectiveValue, type TrialError, type TrialRecord } from '../../study/trial.js';
import { formatDataset } from '../csv.js';
import { CLASSIFIERS, classifierFile, DATASET, FORMAT, PARAMETERS, type Run, STUDY, type StudyFile } from './layout.js';
import { replaceFile } from './replace-file.js';

/** Writes the study. A crash while it is written leaves every file whole: the old one or the new one. */
export function saveStudy<D extends SpaceDefinition>(study: StudyView<D>, dir: string): void {
  const { space, trials, classifiers } = study;
  const finished = trials.filter(isFinished);
  const parameters = pyshacConfig(space); // refused before anything is written
  const rows = finished.map((trial) => ({ id: trial.id, params: trial.params, value: objectiveValue(trial) }));
  try {
    mkdirSync(join(dir, 'datasets'), { recursive: true });
    mkdirSync(join(dir, CLASSIFIERS), { recursive: true });
    classifiers.forEach(({ model }, index) => {
      replaceFile(join(dir, classifierFile(index)), model);
    });
    removeClassifiersFrom(dir, classifiers.length);
    replaceFile(join(dir, PARAMETERS), `${JSON.stringify(parameters, null, 4)}\n`);
    replaceFile(join(dir, DATASET), formatDataset(space, rows));
    replaceFile(join(dir, STUDY), `${JSON.stringify(studyFile(study), null, 2)}\n`);
  } catch (cause) {
    if (!(cause instanceof Error && 'syscall' in cause)) throw cause;
    throw new ShacError('ERR_FILE', `the study cannot be saved in ${dir}: ${cause.message}`, { cause });
  }
}

function studyFile<D extends SpaceDefinition>(study: StudyView<D>): StudyFile {
  const { space, settings, seed, predictions, datasetIndex, batches, classifiers, trials, drawn, queue } = study;
  const failed = trials.filter((trial) => trial.error !== undefined);
  const unfinished = trials.filter((trial) => !isFinished(trial));
  return {
    format: FORMAT,
    studyName: settings.studyName,
    ...identityOf(space, settings),
    seed,
    predictions,
    datasetIndex,
    batches: [...batches],
    classifiers: classifiers.map(({ model: _, ...rest }) => rest),
    failures: Object.fromEntries(failed.map(({ id, error }) => [id, error as TrialError])),
    unfinished: Object.fromEntries(unfinished.map(({ id, params }) => [id, space.toText(params)])),
    drawn: Object.fromEntries(drawn.map(({ id, params }) => [id, space.toText(params)])),
    ...(queue.length > 0 && { queue: queue.map((params) => space.partialText(params as object)) }),
    runs: Object.fromEntries([...trials, ...drawn].map((trial) => [trial.id, runOf(space, trial)])),
  };
}

function runOf<D extends SpaceDefinition>(space: SearchSpace<D>, trial: TrialRecord<ParamsOf<D>>): Run {
  const { attempts, rejections, workerId, duration, startedAt, endedAt, memory } = trial;
  const fixed = trial.fixed && space.partialText(trial.fixed);
  // JSON leaves out what is undefined.
  return { attempts, rejections, fixed, workerId, duration, startedAt, endedAt, memory } as Run;
}

/** A directory that is written again may hold classifiers of a longer study. */
function removeClassifiersFrom(dir: string, count: number): void {
  for (const name of readdirSync(join(dir, CLASSIFIERS))) {
    if (/^\d+\.ubj$/.test(name) && Number.parseInt(name, 10) >= count) rmSync(join(dir, CLASSIFIERS, name));
  }
}
