import type Database from 'better-sqlite3';
import { isAsWritten, type Numbers, replaced, sealOf } from './checksums.js';
import { cellsOf, type StoredTrial, storedTrials } from './stored-trial.js';

/** What stands for the params of a trial in Optuna's tables. */
export function storedReals(database: Database.Database): (trialId: number) => number[] {
  const reals = database.prepare('SELECT param_value FROM trial_params WHERE trial_id = ? ORDER BY param_id').pluck();
  return (trialId) => reals.all(trialId) as number[];
}

/** The numbers of each of our studies, and how much there is of it. */
export function storedNumbers(database: Database.Database): (Omit<Numbers, 'sum'> & { studyId: number })[] {
  const own = (table: string, what = 'count(*)') =>
    `(SELECT ${what} FROM shac_${table} own WHERE own.study_id = shac_studies.study_id)`;
  return database
    .prepare(
      `SELECT study_id AS studyId, seed, predictions, dataset_index AS datasetIndex, trial_count AS trials, revision,
        ${own('candidates', 'coalesce(sum(count), 0)')} AS candidates, ${own('batches')} AS batches,
        ${own('classifiers')} AS classifiers FROM shac_studies`,
    )
    .all() as ReturnType<typeof storedNumbers>;
}

/**
 * What does not fit in the tables of a study of ours, for those who read Optuna's tables alone; undefined when all does,
 * and for another program's study. For files that have checksums.
 */
export function damageOf(database: Database.Database, studyId: number): string | undefined {
  const numbers = storedNumbers(database).find((one) => one.studyId === studyId);
  if (numbers === undefined) return undefined;
  const realsOf = storedReals(database);
  let sum = 0;
  for (const row of storedTrials(database).iterate(studyId) as IterableIterator<StoredTrial>) {
    if (!isAsWritten(cellsOf(row), realsOf(row.trial_id), row.checksum))
      return `the checksum of trial ${row.id} does not fit`;
    sum = replaced(sum, 0, row.checksum ?? 0);
  }
  const seal = database
    .prepare('SELECT seal FROM shac_studies WHERE study_id = ?')
    .pluck()
    .get(studyId) as Buffer | null;
  return seal?.equals(sealOf({ ...numbers, sum })) ? undefined : 'its checksum does not fit what is there';
}
