import type Database from 'better-sqlite3';
import { type ShacError, show } from '../../errors.js';
import type { ParamsOf, SpaceDefinition } from '../../space/index.js';
import type { Snapshot } from '../../study/events.js';
import type { BatchRecord, ClassifierRecord } from '../../study/records.js';
import type { StudySettings } from '../../study/settings.js';
import { waiting } from '../../study/state.js';
import type { TrialError, TrialMemory, TrialRecord } from '../../study/trial.js';
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

/** What reading needs to know beside the rows. */
interface Reading<D extends SpaceDefinition> {
  readonly settings: StudySettings;
  readonly packer: CandidatePacker<D>;
  readonly damaged: (what: string) => ShacError;
}

/**
 * A study of the database.
 *
 * @throws ERR_STORAGE when something is missing or damaged.
 */
export function readSnapshot<D extends SpaceDefinition>(
  database: Database.Database,
  studyId: number,
  study: StudyRow,
  reading: Reading<D>,
): Snapshot<ParamsOf<D>> {
  const { seed, predictions, dataset_index, trial_count, revision } = study;
  const counters = Object.entries({ seed, predictions, dataset_index, trial_count, revision });
  const wrong = counters.find(([, value]) => !Number.isSafeInteger(value) || value < 0);
  if (wrong !== undefined) throw reading.damaged(`its ${wrong[0]} is ${show(wrong[1])}`);
  const batches = database.prepare('SELECT batch FROM shac_batches WHERE study_id = ? ORDER BY n').pluck();
  return {
    seed,
    ...firstSeed(database, studyId),
    predictions,
    datasetIndex: dataset_index,
    batches: batches.all(studyId).map((batch) => JSON.parse(batch as string) as BatchRecord),
    classifiers: readClassifiers(database, studyId, reading.damaged),
    trials: readTrials(database, studyId, trial_count, reading),
    issued: trial_count,
  };
}

/** What Optuna's tools are shown of the study has it; they may have changed or removed that. */
function firstSeed(database: Database.Database, studyId: number): { firstSeed?: number } {
  const attribute = "SELECT value_json FROM study_user_attributes WHERE study_id = ? AND key = 'shac'";
  const json = database.prepare(attribute).pluck().get(studyId);
  const seed = typeof json === 'string' ? /"seed":(\d+)[,}]/.exec(json)?.[1] : undefined;
  return seed === undefined ? {} : { firstSeed: Number(seed) };
}

/** Trials, and behind them the candidates that were not issued. */
function readTrials<D extends SpaceDefinition>(
  database: Database.Database,
  studyId: number,
  issued: number,
  reading: Reading<D>,
): TrialRecord<ParamsOf<D>>[] {
  const trials: TrialRecord<ParamsOf<D>>[] = [];
  const rows = trialRows(database, studyId);
  try {
    let row = rows.next();
    for (const candidate of candidates(database, studyId, reading)) {
      trials.push(candidate);
      if (row.done === true || row.value[0] !== candidate.id) continue;
      addOutcome(candidate, row.value);
      row = rows.next();
    }
    if (row.done !== true || trials.length < issued) {
      throw reading.damaged(`it has ${Math.min(trials.length, issued)} candidates for ${issued} trials`);
    }
  } finally {
    rows.return?.();
  }
  readMemories(database, studyId, trials);
  return trials;
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
    candidate.values = [value];
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
function readMemories(database: Database.Database, studyId: number, trials: TrialRecord<unknown>[]): void {
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
  { settings, packer, damaged }: Reading<D>,
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
    for (const candidate of unpacked) yield waiting(id++, candidate, settings);
  }
}

function readClassifiers(
  database: Database.Database,
  studyId: number,
  damaged: (what: string) => ShacError,
): ClassifierRecord[] {
  const query = database.prepare('SELECT * FROM shac_classifiers WHERE study_id = ? ORDER BY n');
  return (query.all(studyId) as ClassifierRow[]).map((row, n) => {
    if (row.n !== n) throw damaged(`classifier ${n} is missing`);
    if (!checksum(row.model).equals(row.checksum)) throw damaged(`the checksum of classifier ${row.n} does not fit`);
    const { stage, cv_accuracy: cvAccuracy, attempts, model } = row;
    const acceptance = row.acceptance ?? undefined;
    return { stage, cvAccuracy, acceptance, attempts, model: new Uint8Array(model) };
  });
}

interface ClassifierRow {
  n: number;
  stage: number;
  cv_accuracy: number | null;
  attempts: number;
  model: Buffer;
  checksum: Buffer;
  /** Not there in tables of older formats. */
  acceptance?: number | null;
}
