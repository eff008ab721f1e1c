import { type ShacError, show } from '../../errors.js';
import type { ParamsOf, SearchSpace, SpaceDefinition } from '../../space/index.js';
import type { Direction } from '../../study/direction.js';
import type { Snapshot } from '../../study/events.js';
import type { BatchRecord, ClassifierRecord } from '../../study/records.js';
import { batchSchema, errorSchema, fieldsSchema, memorySchema, parsed } from '../../study/schemas.js';
import type { StudySettings } from '../../study/settings.js';
import { waiting } from '../../study/state.js';
import type { TrialError, TrialRecord } from '../../study/trial.js';
import type { CandidatePacker, PackedCandidates } from './candidates.js';
import { heldOf } from './changes.js';
import { checksum, classifierChecksum, isAsWritten, replaced, sealOf, type TrialCells } from './checksums.js';
import type { Database } from './driver/database.js';
import { CHECKED_FORMAT, QUEUE_FORMAT } from './formats.js';
import { cellsOf, type StoredTrial, storedTrials } from './stored-trial.js';

/** A row of shac_studies. */
export interface StudyRow {
  study_id: number;
  identity: string;
  seed: number;
  predictions: number;
  dataset_index: number;
  trial_count: number;
  revision: number;
  owner: string | null;
  heartbeat: number | null;
  checksum_sum: number;
  /** Not there in files of before there were checksums. */
  seal?: number | null;
}

/** What reading needs to know beside the rows. */
interface Reading<D extends SpaceDefinition> {
  readonly space: SearchSpace<D>;
  readonly settings: StudySettings;
  readonly packer: CandidatePacker<D>;
  readonly damaged: (what: string) => ShacError;
  /** Of the tables. */
  readonly format: number;
}

/**
 * A study of the database.
 *
 * @throws ERR_STORAGE when something is missing or damaged.
 */
export function readSnapshot<D extends SpaceDefinition>(
  database: Database,
  studyId: number,
  study: StudyRow,
  reading: Reading<D>,
): Snapshot<ParamsOf<D>> {
  const { seed, predictions, dataset_index, trial_count, revision } = study;
  const counters = Object.entries({ seed, predictions, dataset_index, trial_count, revision });
  const wrong = counters.find(([, value]) => !Number.isSafeInteger(value) || value < 0);
  if (wrong !== undefined) throw reading.damaged(`its ${wrong[0]} is ${show(wrong[1])}`);
  requireDirection(database, studyId, reading);
  const batches = readBatches(database, studyId, reading);
  const classifiers = readClassifiers(database, studyId, reading);
  const { trials, sum } = readTrials(database, studyId, trial_count, reading);
  const queue = reading.format >= QUEUE_FORMAT ? readQueue(database, studyId, reading) : [];
  const lists = { batches, classifiers, trials, queue };
  if (reading.format >= CHECKED_FORMAT) {
    const numbers = { seed, predictions, datasetIndex: dataset_index, trials: trial_count, revision, sum };
    const seal = sealOf({ ...numbers, ...heldOf({ ...lists, drawn: [] }) });
    if (study.seal !== seal) throw reading.damaged('its checksum does not fit what is there');
  }
  return {
    seed,
    ...firstSeed(database, studyId),
    predictions,
    datasetIndex: dataset_index,
    ...lists,
    issued: trial_count,
  };
}

function readBatches(
  database: Database,
  studyId: number,
  { damaged, format }: Pick<Reading<SpaceDefinition>, 'damaged' | 'format'>,
): BatchRecord[] {
  const checked = format >= CHECKED_FORMAT;
  const rows = database.prepare('SELECT * FROM shac_batches WHERE study_id = ? ORDER BY n').all(studyId);
  return (rows as BatchRow[]).map((row, n) => {
    if (row.n !== n) throw damaged(`batch ${n} is missing`);
    if (checked && !(row.checksum && checksum(row.batch).equals(row.checksum))) {
      throw damaged(`the checksum of batch ${n} does not fit`);
    }
    return parsed(batchSchema, JSON.parse(row.batch));
  });
}

/** Params that were enqueued and are no candidates yet, in order. */
function readQueue<D extends SpaceDefinition>(
  database: Database,
  studyId: number,
  { space, damaged }: Reading<D>,
): Partial<ParamsOf<D>>[] {
  const rows = database.prepare('SELECT params, checksum FROM shac_queue WHERE study_id = ? ORDER BY n').all(studyId);
  return (rows as { params: string; checksum: Uint8Array }[]).map((row, i) => {
    if (!checksum(row.params).equals(row.checksum)) throw damaged(`the checksum of enqueued params ${i} does not fit`);
    return space.partialOf(parsed(fieldsSchema, JSON.parse(row.params)));
  });
}

interface BatchRow {
  n: number;
  batch: string;
  checksum?: Uint8Array | null;
}

/** What Optuna's tools are shown of the study has it; they may have changed or removed that. */
function firstSeed(database: Database, studyId: number): { firstSeed?: number } {
  const seed = beginningOf(database, studyId, 'seed');
  return seed === undefined ? {} : { firstSeed: seed };
}

/** A number that a study was begun with: its seed, or the revision that tells it from others of its name. */
export function beginningOf(database: Database, studyId: number, what: 'seed' | 'firstRevision'): number | undefined {
  const attribute = "SELECT value_json FROM study_user_attributes WHERE study_id = ? AND key = 'shac'";
  const json = database.prepare(attribute).pluck().get(studyId);
  const found = typeof json === 'string' ? new RegExp(`"${what}":(\\d+)[,}]`).exec(json)?.[1] : undefined;
  return found === undefined ? undefined : Number(found);
}

function requireDirection(database: Database, studyId: number, { settings, damaged }: DirectionOf): void {
  const query = 'SELECT direction FROM study_directions WHERE study_id = ?';
  const directions = database.prepare(query).pluck().all(studyId);
  if (directions.length === 1 && directions[0] === DIRECTIONS[settings.direction]) return;
  throw damaged(directionDamage(directions.join(), settings.direction));
}

/** A direction that is not that of the study, in words. */
export function directionDamage(found: string, direction: Direction): string {
  return `its direction is ${show(found)}, not ${DIRECTIONS[direction]}`;
}

type DirectionOf = Pick<Reading<SpaceDefinition>, 'settings' | 'damaged'>;
export const DIRECTIONS = { max: 'MAXIMIZE', min: 'MINIMIZE' } as const;

/** Trials, and behind them the candidates that were not issued; and the sum of the trials' checksums. */
function readTrials<D extends SpaceDefinition>(
  database: Database,
  studyId: number,
  issued: number,
  reading: Reading<D>,
): { trials: TrialRecord<ParamsOf<D>>[]; sum: number } {
  const { format, damaged } = reading;
  const checked = format >= CHECKED_FORMAT;
  const trials: TrialRecord<ParamsOf<D>>[] = [];
  const rows = storedTrials(database).iterate(studyId) as IterableIterator<StoredTrial>;
  let sum = 0;
  try {
    let row = rows.next();
    for (const { trial, reals } of candidates(database, studyId, reading)) {
      trials.push(trial);
      if (row.done === true || row.value.id !== trial.id) continue;
      const cells = cellsOf(row.value);
      if (checked && !isAsWritten(cells, reals, row.value.checksum)) {
        throw damaged(`the checksum of trial ${trial.id} does not fit`);
      }
      sum = replaced(sum, 0, row.value.checksum ?? 0);
      addOutcome(trial, cells);
      row = rows.next();
    }
    if (row.done !== true || trials.length < issued) {
      throw damaged(`it has ${Math.min(trials.length, issued)} candidates for ${issued} trials`);
    }
  } finally {
    rows.return?.();
  }
  return { trials, sum };
}

/** Makes a candidate, which nobody else has yet, the trial that it became. */
function addOutcome(
  candidate: { -readonly [K in keyof TrialRecord<unknown>]: TrialRecord<unknown>[K] },
  { state, value, attempts, workerId, duration, error, stderr, started, ended, memory }: TrialCells,
): void {
  candidate.attempts = attempts;
  if (workerId !== null) candidate.workerId = workerId;
  if (duration !== null) candidate.duration = duration;
  if (stderr !== null) candidate.stderr = stderr;
  if (memory !== null) candidate.memory = parsed(memorySchema, JSON.parse(memory));
  candidate.startedAt = timeOf(started);
  candidate.endedAt = timeOf(ended);
  if (state === 'RUNNING' || state === 'WAITING') candidate.state = state;
  else if (state === 'COMPLETE' && typeof value === 'number') {
    candidate.state = 'COMPLETE';
    candidate.values = [value];
  } else {
    candidate.state = 'FAIL';
    candidate.error = failure(state, error);
  }
}

/** Of a date in UTC as Optuna writes it, `2025-01-31 12:00:00.123456`; undefined for what is none. */
function timeOf(date: string | null): number | undefined {
  const time = Date.parse(`${date?.slice(0, 23).replace(' ', 'T')}Z`);
  return Number.isNaN(time) ? undefined : time;
}

function failure(state: string, error: string | null): TrialError {
  if (error !== null) return parsed(errorSchema, JSON.parse(error));
  // Another program ended it.
  const message = state === 'COMPLETE' ? 'the value is not finite' : `the trial was told to be ${state}`;
  return { name: 'Error', message };
}

/** Candidates as trials that wait, with successive ids from 0. */
function* candidates<D extends SpaceDefinition>(
  database: Database,
  studyId: number,
  { settings, packer, damaged }: Reading<D>,
): Generator<{ trial: TrialRecord<ParamsOf<D>>; reals: Float64Array }> {
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
    for (const { candidate, reals } of unpacked) yield { trial: waiting(id++, candidate, settings), reals };
  }
}

function readClassifiers(
  database: Database,
  studyId: number,
  { damaged, format }: Pick<Reading<SpaceDefinition>, 'damaged' | 'format'>,
): ClassifierRecord[] {
  const checked = format >= CHECKED_FORMAT;
  const query = database.prepare('SELECT * FROM shac_classifiers WHERE study_id = ? ORDER BY n');
  return (query.all(studyId) as ClassifierRow[]).map((row, n) => {
    if (row.n !== n) throw damaged(`classifier ${n} is missing`);
    const { stage, cv_accuracy: cvAccuracy = null, attempts, model } = row; // undefined where the name of the column is damaged
    const acceptance = row.acceptance ?? undefined;
    const sum = checked ? classifierChecksum({ stage, cvAccuracy, attempts, acceptance }, model) : checksum(model);
    if (!sum.equals(row.checksum)) throw damaged(`the checksum of classifier ${row.n} does not fit`);
    return { stage, cvAccuracy, acceptance, attempts, model: new Uint8Array(model) };
  });
}

interface ClassifierRow {
  n: number;
  stage: number;
  cv_accuracy: number | null;
  attempts: number;
  model: Uint8Array;
  checksum: Uint8Array;
  /** Not there in tables of older formats. */
  acceptance?: number | null;
}
