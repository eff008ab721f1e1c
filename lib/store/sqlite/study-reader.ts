import type Database from 'better-sqlite3';
import { type ShacError, show } from '../../errors.js';
import type { ParamsOf, SpaceDefinition } from '../../space/index.js';
import type { BatchRecord, StudyState } from '../../study/study-state.js';
import type { TrialError, TrialMemory, TrialRecord } from '../../study/trial.js';
import { Unsaved } from '../unsaved.js';
import { type CandidatePacker, checksum, type PackedCandidates } from './candidates.js';
import { MEMORY_KEY } from './trial-rows.js';

/** A row of shac_studies. */
export interface StudyRow {
  identity: string;
  seed: number;
  predictions: number;
  dataset_index: number;
  trial_count: number;
  revision: number;
  owner: string | null;
  heartbeat: number | null;
}

/** A row of shac_trials, with what Optuna's tables say of it. */
type TrialRow = [
  id: number,
  state: string,
  value: number | null,
  attempts: number,
  workerId: number | null,
  duration: number | null,
  error: string | null,
  stderr: string | null,
];

/**
 * Fills an empty state with a study of the database. Trials that were running, or that another search gave back, wait.
 *
 * @throws ERR_STORAGE when something is missing or damaged.
 */
export function readStudyRows<D extends SpaceDefinition>(
  database: Database.Database,
  studyId: number,
  study: StudyRow,
  {
    state,
    packer,
    damaged,
  }: { state: StudyState<D>; packer: CandidatePacker<D>; damaged: (what: string) => ShacError },
): void {
  const { seed, predictions, dataset_index, trial_count, revision } = study;
  const counters = Object.entries({ seed, predictions, dataset_index, trial_count, revision });
  const wrong = counters.find(([, value]) => !Number.isSafeInteger(value) || value < 0);
  if (wrong !== undefined) throw damaged(`its ${wrong[0]} is ${show(wrong[1])}`);
  state.seed = study.seed;
  state.predictions = study.predictions;
  state.datasetIndex = study.dataset_index;
  const batches = database.prepare('SELECT batch FROM shac_batches WHERE study_id = ? ORDER BY n').pluck();
  state.batches.push(...batches.all(studyId).map((batch) => JSON.parse(batch as string) as BatchRecord));
  readClassifiers(database, studyId, state, damaged);
  const rows = trialRows(database, studyId);
  const drawn: TrialRecord<ParamsOf<D>>[] = [];
  try {
    let row = rows.next();
    for (const candidate of candidates(database, studyId, state, packer, damaged)) {
      (candidate.id < study.trial_count ? state.trials : drawn).push(candidate);
      if (row.done === true || row.value[0] !== candidate.id) continue;
      addOutcome(candidate, row.value);
      row = rows.next();
    }
    if (row.done !== true || state.trials.length !== study.trial_count) {
      throw damaged(`it has ${state.trials.length} candidates for ${study.trial_count} trials`);
    }
  } finally {
    rows.return?.();
  }
  readMemories(database, studyId, state);
  state.drawn = drawn.reverse();
  for (const trial of state.trials) if (trial.state === 'COMPLETE') state.noteBest(trial);
  state.unsaved = Unsaved.nothingOf(state);
  state.requeue();
}

/** Makes a candidate, which nobody else has yet, the trial that it became. */
function addOutcome(
  candidate: { -readonly [K in keyof TrialRecord<unknown>]: TrialRecord<unknown>[K] },
  row: TrialRow,
): void {
  const [, name, value, attempts, workerId, duration, error, stderr] = row;
  candidate.attempts = attempts;
  if (workerId !== null) candidate.workerId = workerId;
  if (duration !== null) candidate.duration = duration;
  if (stderr !== null) candidate.stderr = stderr;
  if (name === 'RUNNING' || name === 'WAITING') candidate.state = name;
  else if (name === 'COMPLETE' && typeof value === 'number') {
    candidate.state = 'COMPLETE';
    candidate.value = value;
  } else {
    candidate.state = 'FAIL';
    candidate.error = failure(name, error);
  }
}

function failure(state: string, error: string | null): TrialError {
  if (error !== null) return JSON.parse(error) as TrialError;
  // Another program ended it.
  const message = state === 'COMPLETE' ? 'the value is not finite' : `the trial was told to be ${state}`;
  return { name: 'Error', message };
}

/** What managed engines found; most studies have none of it. */
function readMemories<D extends SpaceDefinition>(
  database: Database.Database,
  studyId: number,
  { trials }: StudyState<D>,
): void {
  const query = database
    .prepare(
      `SELECT own.id, value_json FROM trial_user_attributes CROSS JOIN shac_trials own USING (trial_id)
        WHERE key = ? AND own.study_id = ?`,
    )
    .raw();
  for (const [id, memory] of query.iterate(MEMORY_KEY, studyId) as IterableIterator<[number, string]>) {
    const trial = trials[id];
    if (trial !== undefined) trials[id] = { ...trial, memory: JSON.parse(memory) as TrialMemory };
  }
}

/** By id. */
function trialRows(database: Database.Database, studyId: number): IterableIterator<TrialRow> {
  return database
    .prepare(
      `SELECT own.id, trials.state, trial_values.value, own.attempts, own.worker_id, own.duration, own.error, own.stderr
        FROM shac_trials own JOIN trials USING (trial_id)
        LEFT JOIN trial_values ON trial_values.trial_id = own.trial_id AND trial_values.objective = 0
        WHERE own.study_id = ? ORDER BY own.id`,
    )
    .raw()
    .iterate(studyId) as IterableIterator<TrialRow>;
}

/** Candidates as trials that wait, with successive ids from 0. */
function* candidates<D extends SpaceDefinition>(
  database: Database.Database,
  studyId: number,
  state: StudyState<D>,
  packer: CandidatePacker<D>,
  damaged: (what: string) => ShacError,
): Generator<TrialRecord<ParamsOf<D>>> {
  const query = database.prepare('SELECT * FROM shac_candidates WHERE study_id = ? ORDER BY first');
  let id = 0;
  for (const packed of query.all(studyId) as PackedCandidates[]) {
    if (packed.first !== id) throw damaged(`the candidates from ${id} on are missing`);
    let unpacked: ReturnType<CandidatePacker<D>['unpack']>;
    try {
      unpacked = packer.unpack(packed);
    } catch (cause) {
      throw damaged(`the candidates from ${packed.first} on: ${(cause as Error).message}`);
    }
    for (const { codes, params, rejections } of unpacked) yield state.newTrial(id++, codes, params, rejections);
  }
}

function readClassifiers<D extends SpaceDefinition>(
  database: Database.Database,
  studyId: number,
  state: StudyState<D>,
  damaged: (what: string) => ShacError,
): void {
  const query = database.prepare('SELECT * FROM shac_classifiers WHERE study_id = ? ORDER BY n');
  for (const row of query.all(studyId) as ClassifierRow[]) {
    if (row.n !== state.classifiers.length) throw damaged(`classifier ${state.classifiers.length} is missing`);
    if (!checksum(row.model).equals(row.checksum)) throw damaged(`the checksum of classifier ${row.n} does not fit`);
    const { stage, cv_accuracy: cvAccuracy, attempts, model } = row;
    state.addClassifier({ stage, cvAccuracy, attempts, model: new Uint8Array(model) });
  }
}

interface ClassifierRow {
  n: number;
  stage: number;
  cv_accuracy: number | null;
  attempts: number;
  model: Buffer;
  checksum: Buffer;
}
