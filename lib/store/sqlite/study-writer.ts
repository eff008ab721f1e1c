import type { ParamsOf, SpaceDefinition } from '../../space/index.js';
import type { ClassifierRecord } from '../../study/records.js';
import type { StudyView } from '../../study/study.js';
import type { TrialRecord } from '../../study/trial.js';
import type { StudyKey } from '../store.js';
import type { CandidatePacker } from './candidates.js';
import { type Changes, type Held, heldOf } from './changes.js';
import { checksum, classifierChecksum, sealOf } from './checksums.js';
import type { Database } from './driver/database.js';
import { TrialRows } from './trial-rows.js';

/** Writes a study to the tables. Runs inside its caller's transaction. */
export class StudyWriter<D extends SpaceDefinition> {
  readonly database: Database;
  readonly #packer: CandidatePacker<D>;
  readonly #rows: TrialRows<D>;
  readonly #statements: ReturnType<typeof prepareStatements>;
  /** Of the checksums of the trials that are there. */
  #sum = 0;

  constructor(database: Database, packer: CandidatePacker<D>) {
    this.database = database;
    this.#packer = packer;
    this.#rows = new TrialRows(database, packer);
    this.#statements = prepareStatements(database);
  }

  /** @returns false when the study is not the owner's any more, or not at that revision: then nothing is to be written. */
  claim(studyId: number, owner: string, expected: number): boolean {
    const sum = this.#statements.sum.get(studyId, owner, expected);
    if (sum === undefined) return false;
    this.#sum = sum as number;
    return true;
  }

  /**
   * Writes what has changed, after {@link claim}.
   *
   * @param held What the tables have.
   * @param revision That of the study from now on.
   */
  write(
    studyId: number,
    study: StudyView<D>,
    { replaces, from, dequeued, trials, reports }: Changes,
    { held, revision }: { held: Held; revision: number },
  ): void {
    const { removeRows, batch, classifier, numbers } = this.#statements;
    if (replaces) {
      for (const statement of removeRows) statement.run(studyId);
      this.#sum = 0;
    }
    this.#writeQueue(studyId, study, dequeued, replaces ? 0 : held.queued);
    this.#writeCandidates(studyId, study, from.candidates, held.candidates);
    for (let n = from.batches; n < study.batches.length; n++) {
      const json = JSON.stringify(study.batches[n]);
      batch.run(studyId, n, json, checksum(json));
    }
    for (let n = from.classifiers; n < study.classifiers.length; n++) {
      const { stage, cvAccuracy, acceptance, attempts, model } = study.classifiers[n] as ClassifierRecord;
      const sum = classifierChecksum({ stage, cvAccuracy, attempts, acceptance }, model);
      classifier.run(studyId, n, stage, cvAccuracy, attempts, model, sum, acceptance ?? null);
    }
    // In order, so that Optuna's numbers are the ids.
    for (const id of [...trials].sort((a, b) => a - b)) {
      this.#sum = this.#rows.write(studyId, study.trials[id] as TrialRecord<ParamsOf<D>>, this.#sum);
    }
    for (const report of reports) this.#rows.report(studyId, report);
    const { seed, predictions, datasetIndex, trials: issued } = study;
    const counters = { seed, predictions, datasetIndex, trials: issued.length, revision };
    const seal = sealOf({ ...counters, ...heldOf(study), sum: this.#sum });
    numbers.run(...Object.values(counters), Date.now(), this.#sum, seal, studyId);
  }

  /** Takes away the first ones of those that the file has, and adds the last ones of those that there are. */
  #writeQueue(studyId: number, { queue, space }: StudyView<D>, dequeued: number, held: number): void {
    const { dequeue, enqueue } = this.#statements;
    const gone = Math.min(dequeued, held);
    if (gone > 0) dequeue.run(studyId, studyId, gone);
    for (const params of queue.slice(held - gone)) {
      const json = JSON.stringify(space.partialText(params as object));
      enqueue.run(studyId, studyId, json, checksum(json));
    }
  }

  /** Candidates from id `from` on replace those that the file has. */
  #writeCandidates(studyId: number, { trials, drawn }: StudyView<D>, from: number, held: number): void {
    const end = trials.length + drawn.length;
    if (from === end && end === held) return;
    const { removeCandidates, cutCandidates, candidates } = this.#statements;
    removeCandidates.run(studyId, from);
    cutCandidates.run(from, studyId, from);
    if (from === end) return;
    const packed = this.#packer.pack(from, [
      ...trials.slice(from),
      ...drawn.toReversed().slice(Math.max(0, from - trials.length)),
    ]);
    const { first, count, codes, active, reals, texts, rejections, fixed } = packed;
    candidates.run(studyId, first, count, codes, reals, texts, rejections, packed.checksum, active, fixed);
  }
}

/** Puts what a study is from now on in the place of what it was; its first seed and revision, beside it, stay. */
export function writeGrowth<D extends SpaceDefinition>(
  database: Database,
  studyId: number,
  { identity, settings }: Pick<StudyKey<D>, 'identity' | 'settings'>,
): void {
  database.prepare('UPDATE shac_studies SET identity = ? WHERE study_id = ?').run(JSON.stringify(identity), studyId);
  database
    .prepare(
      "UPDATE study_user_attributes SET value_json = json_patch(value_json, ?) WHERE study_id = ? AND key = 'shac' AND json_valid(value_json)",
    )
    .run(JSON.stringify(settings.budget), studyId);
}

function prepareStatements(database: Database) {
  // Trials go with the rows that refer to them.
  const ofTrials = 'trial_id IN (SELECT trial_id FROM shac_trials WHERE study_id = ?)';
  const referring = ['params', 'values', 'intermediate_values', 'user_attributes', 'system_attributes', 'heartbeats'];
  const removals = [
    ...referring.map((what) => `trial_${what} WHERE ${ofTrials}`),
    `trials WHERE ${ofTrials}`,
    ...['candidates', 'batches', 'classifiers', 'queue'].map((what) => `shac_${what} WHERE study_id = ?`),
  ];
  return {
    removeRows: removals.map((what) => database.prepare(`DELETE FROM ${what}`)),
    sum: database
      .prepare('SELECT checksum_sum FROM shac_studies WHERE study_id = ? AND owner = ? AND revision = ?')
      .pluck(),
    numbers: database.prepare(
      `UPDATE shac_studies SET seed = ?, predictions = ?, dataset_index = ?, trial_count = ?, revision = ?, heartbeat = ?,
        checksum_sum = ?, seal = ? WHERE study_id = ?`,
    ),
    batch: database.prepare('INSERT OR REPLACE INTO shac_batches (study_id, n, batch, checksum) VALUES (?, ?, ?, ?)'),
    classifier: database.prepare(
      `INSERT INTO shac_classifiers (study_id, n, stage, cv_accuracy, attempts, model, checksum, acceptance)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    removeCandidates: database.prepare('DELETE FROM shac_candidates WHERE study_id = ? AND first >= ?'),
    cutCandidates: database.prepare(
      'UPDATE shac_candidates SET count = ? - first WHERE study_id = ? AND first + count > ?',
    ),
    candidates: database.prepare(
      `INSERT INTO shac_candidates (study_id, first, count, codes, reals, texts, rejections, checksum, active, fixed)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    dequeue: database.prepare(
      `DELETE FROM shac_queue WHERE study_id = ? AND n IN (SELECT n FROM shac_queue WHERE study_id = ? ORDER BY n LIMIT ?)`,
    ),
    enqueue: database.prepare(
      `INSERT INTO shac_queue (study_id, n, params, checksum)
        VALUES (?, (SELECT coalesce(max(n), -1) + 1 FROM shac_queue WHERE study_id = ?), ?, ?)`,
    ),
  };
}
