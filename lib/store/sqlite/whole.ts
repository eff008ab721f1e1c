import type { Direction } from '../../study/direction.js';
import { parseIdentity } from '../../study/identity.js';
import { isAsWritten, type Numbers, replaced, sealOf } from './checksums.js';
import type { Database } from './driver/database.js';
import { QUEUE_FORMAT } from './formats.js';
import { cellsOf, type StoredTrial, storedTrials } from './stored-trial.js';
import { DIRECTIONS, directionDamage } from './study-reader.js';

/** What stands for the params of a trial in Optuna's tables. */
export function storedReals(database: Database): (trialId: number) => number[] {
  const reals = database.prepare('SELECT param_value FROM trial_params WHERE trial_id = ? ORDER BY param_id').pluck();
  return (trialId) => reals.all(trialId) as number[];
}

/** The numbers of a study of ours, and how much there is of it; undefined for another program's. */
export function storedNumbers(database: Database): (studyId: number) => OldNumbers | undefined {
  const own = (table: string, what = 'count(*)') =>
    `(SELECT ${what} FROM shac_${table} own WHERE own.study_id = shac_studies.study_id)`;
  const numbers = database.prepare(
    `SELECT seed, predictions, dataset_index AS datasetIndex, trial_count AS trials, revision,
      ${own('candidates', 'coalesce(sum(count), 0)')} AS candidates, ${own('batches')} AS batches,
      ${own('classifiers')} AS classifiers FROM shac_studies WHERE study_id = ?`,
  );
  return (studyId) => numbers.get(studyId) as OldNumbers | undefined;
}

/** Without the queue, which not every format has. */
type OldNumbers = Omit<Numbers, 'sum' | 'queued'>;

/** How many params are enqueued and are no candidates yet. */
function storedQueue(database: Database, studyId: number, format: number): number {
  if (format < QUEUE_FORMAT) return 0;
  return database.prepare('SELECT count(*) FROM shac_queue WHERE study_id = ?').pluck().get(studyId) as number;
}

/**
 * What does not fit in the tables of a study of ours, for those who read Optuna's tables alone; undefined when all does,
 * and for another program's study. For files that have checksums.
 *
 * @param direction As Optuna's tables have it.
 */
export function damageOf(
  database: Database,
  studyId: number,
  { direction, format }: { direction: string; format: number },
): string | undefined {
  const numbers = storedNumbers(database)(studyId);
  if (numbers === undefined) return undefined;
  const identity = database.prepare('SELECT identity FROM shac_studies WHERE study_id = ?').pluck().get(studyId);
  const { objective } = parseIdentity(String(identity)) ?? {};
  if (direction !== DIRECTIONS[objective as Direction]) return directionDamage(direction, objective as Direction);
  const realsOf = storedReals(database);
  let sum = 0;
  for (const row of storedTrials(database).iterate(studyId) as IterableIterator<StoredTrial>) {
    if (!isAsWritten(cellsOf(row), realsOf(row.trial_id), row.checksum)) {
      return `the checksum of trial ${row.id} does not fit`;
    }
    sum = replaced(sum, 0, row.checksum ?? 0);
  }
  const seal = database.prepare('SELECT seal FROM shac_studies WHERE study_id = ?').pluck().get(studyId);
  const queued = storedQueue(database, studyId, format);
  return seal === sealOf({ ...numbers, queued, sum }) ? undefined : 'its checksum does not fit what is there';
}
