import { join } from 'node:path';
import type { StudyIdentity } from '../../study/identity.js';
import type { BatchRecord, ClassifierRecord } from '../../study/records.js';
import type { Trial, TrialError } from '../../study/trial.js';

/**
 * A study as a directory, in PySHAC's layout:
 *
 * - `datasets/dataset.csv`: id, one column a coordinate, `scores`
 * - `datasets/parameters.json`: the search space
 * - `classifiers/NNN.ubj`: one XGBoost model each, over codes
 * - `study.json`: what PySHAC does not keep, and an exact continuation needs
 */
export const DATASET = join('datasets', 'dataset.csv');
export const PARAMETERS = join('datasets', 'parameters.json');
export const CLASSIFIERS = 'classifiers';
export const STUDY = 'study.json';
export const FORMAT = 1;

/** The content of study.json. */
export interface StudyFile extends StudyIdentity {
  format: number;
  studyName: string;
  seed: number;
  predictions: number;
  datasetIndex: number;
  batches: BatchRecord[];
  classifiers: Omit<ClassifierRecord, 'model'>[];
  /** Why trials failed, by id: the CSV has only an empty score for them. */
  failures: Record<string, TrialError>;
  /** Trials that were handed out and have no result, by id: fields as in the CSV. */
  unfinished: Record<string, string[]>;
  /** Candidates of the newest batch that were not handed out, in the same form. */
  drawn: Record<string, string[]>;
  /** How each trial, handed out or not, was drawn and evaluated, by id. */
  runs: Record<string, Run>;
}

export type Run = Pick<Trial, 'attempts' | 'rejections' | 'workerId' | 'duration' | 'memory'>;

export function classifierFile(index: number): string {
  return join(CLASSIFIERS, `${String(index).padStart(3, '0')}.ubj`);
}
