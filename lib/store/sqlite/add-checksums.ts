import { checksum, classifierChecksum, type Numbers, replaced, sealOf, trialChecksum } from './checksums.js';
import type { Database } from './driver/database.js';
import { cellsOf, type StoredTrial, storedTrials } from './stored-trial.js';
import { storedNumbers, storedReals } from './whole.js';

/** Gives the rows of a file that was written before there were checksums theirs. */
export function addChecksums(database: Database): void {
  database.exec('ALTER TABLE shac_trials ADD COLUMN checksum INTEGER');
  database.exec('ALTER TABLE shac_batches ADD COLUMN checksum BLOB');
  database.exec('ALTER TABLE shac_studies ADD COLUMN checksum_sum INTEGER NOT NULL DEFAULT 0');
  database.exec('ALTER TABLE shac_studies ADD COLUMN seal INTEGER');
  const setBatch = database.prepare('UPDATE shac_batches SET checksum = ? WHERE study_id = ? AND n = ?');
  const batches = database.prepare('SELECT study_id, n, batch FROM shac_batches').all();
  for (const { study_id, n, batch } of batches as { study_id: number; n: number; batch: string }[]) {
    setBatch.run(checksum(batch), study_id, n);
  }
  const setClassifier = database.prepare('UPDATE shac_classifiers SET checksum = ? WHERE study_id = ? AND n = ?');
  const classifiers = database.prepare('SELECT * FROM shac_classifiers').all() as ClassifierRow[];
  for (const { study_id, n, stage, cv_accuracy: cvAccuracy, attempts, acceptance, model } of classifiers) {
    setClassifier.run(classifierChecksum({ stage, cvAccuracy, attempts, acceptance }, model), study_id, n);
  }
  const setTrial = database.prepare('UPDATE shac_trials SET checksum = ? WHERE trial_id = ?');
  const seal = database.prepare('UPDATE shac_studies SET checksum_sum = ?, seal = ? WHERE study_id = ?');
  const [trialsOf, realsOf, numbersOf] = [storedTrials(database), storedReals(database), storedNumbers(database)];
  for (const studyId of database.prepare('SELECT study_id FROM shac_studies').pluck().all() as number[]) {
    let sum = 0;
    for (const row of trialsOf.all(studyId) as StoredTrial[]) {
      const one = trialChecksum(cellsOf(row), realsOf(row.trial_id));
      setTrial.run(one, row.trial_id);
      sum = replaced(sum, 0, one);
    }
    seal.run(sum, sealOf({ ...(numbersOf(studyId) as Omit<Numbers, 'sum' | 'queued'>), queued: 0, sum }), studyId);
  }
}

interface ClassifierRow {
  readonly study_id: number;
  readonly n: number;
  readonly stage: number;
  readonly cv_accuracy: number | null;
  readonly attempts: number;
  readonly acceptance: number | null;
  readonly model: Uint8Array;
}
