import type Database from 'better-sqlite3';
import { checksum, classifierChecksum, replaced, sealOf, trialChecksum } from './checksums.js';
import { cellsOf, type StoredTrial, storedTrials } from './stored-trial.js';

/** Gives the rows of a file that was written before there were checksums theirs. */
export function addChecksums(database: Database.Database): void {
  database.exec('ALTER TABLE shac_trials ADD COLUMN checksum INTEGER');
  database.exec('ALTER TABLE shac_batches ADD COLUMN checksum BLOB');
  database.exec('ALTER TABLE shac_studies ADD COLUMN checksum_sum INTEGER NOT NULL DEFAULT 0');
  database.exec('ALTER TABLE shac_studies ADD COLUMN seal BLOB');
  const reals = database.prepare('SELECT param_value FROM trial_params WHERE trial_id = ? ORDER BY param_id').pluck();
  const setTrial = database.prepare('UPDATE shac_trials SET checksum = ? WHERE trial_id = ?');
  const setBatch = database.prepare('UPDATE shac_batches SET checksum = ? WHERE study_id = ? AND n = ?');
  const seal = database.prepare('UPDATE shac_studies SET checksum_sum = ?, seal = ? WHERE study_id = ?');
  const storedTrialsOf = storedTrials(database);
  const count = (table: string, what = 'count(*)') =>
    database.prepare(`SELECT ${what} FROM shac_${table} WHERE study_id = ?`).pluck();
  const counts = {
    candidates: count('candidates', 'coalesce(sum(count), 0)'),
    batches: count('batches'),
    classifiers: count('classifiers'),
  };
  const batches = database.prepare('SELECT study_id, n, batch FROM shac_batches').all();
  for (const { study_id, n, batch } of batches as { study_id: number; n: number; batch: string }[]) {
    setBatch.run(checksum(batch), study_id, n);
  }
  const setClassifier = database.prepare('UPDATE shac_classifiers SET checksum = ? WHERE study_id = ? AND n = ?');
  const classifiers = database.prepare('SELECT * FROM shac_classifiers').all() as ClassifierRow[];
  for (const { study_id, n, stage, cv_accuracy: cvAccuracy, attempts, acceptance, model } of classifiers) {
    setClassifier.run(classifierChecksum({ stage, cvAccuracy, attempts, acceptance }, model), study_id, n);
  }
  const studies = database.prepare(
    'SELECT study_id, seed, predictions, dataset_index, trial_count, revision FROM shac_studies',
  );
  for (const [studyId, seed, predictions, datasetIndex, trials, revision] of studies.raw().all() as number[][]) {
    let sum = 0;
    for (const row of storedTrialsOf.all(studyId) as StoredTrial[]) {
      const one = trialChecksum(cellsOf(row), reals.all(row.trial_id) as number[]);
      setTrial.run(one, row.trial_id);
      sum = replaced(sum, 0, one);
    }
    const number = (statement: Database.Statement) => statement.get(studyId) as number;
    const numbers = {
      ...{ seed, predictions, datasetIndex, trials, revision },
      ...{
        candidates: number(counts.candidates),
        batches: number(counts.batches),
        classifiers: number(counts.classifiers),
      },
    } as Omit<Parameters<typeof sealOf>[0], 'sum'>;
    seal.run(sum, sealOf({ ...numbers, sum }), studyId);
  }
}

interface ClassifierRow {
  readonly study_id: number;
  readonly n: number;
  readonly stage: number;
  readonly cv_accuracy: number | null;
  readonly attempts: number;
  readonly acceptance: number | null;
  readonly model: Buffer;
}
