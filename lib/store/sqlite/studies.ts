import { parseIdentity } from '../../study/identity.js';
import type { BatchRecord } from '../../study/records.js';
import type { StudySummary } from '../store.js';
import type { Database } from './driver/database.js';
import { describeOwner, isAlive, parseOwner } from './owner.js';
import { bytesOf, textOf } from './text.js';

interface StudyLine {
  study_id: number;
  name: Uint8Array;
  direction: string | null;
  directions: number;
  best: number | null;
}

interface StateCount {
  state: string;
  count: number;
}

/** All studies of a file. `own` is whether it has our tables. */
export function summaries(database: Database, own: boolean): StudySummary[] {
  const lines = database
    .prepare(
      `SELECT study_id, ${bytesOf('study_name')} AS name, min(direction) AS direction, count(direction) AS directions,
        (SELECT CASE min(direction) WHEN 'MINIMIZE' THEN min(value) ELSE max(value) END
          FROM trials JOIN trial_values USING (trial_id)
          WHERE trials.study_id = studies.study_id AND state = 'COMPLETE' AND objective = 0) AS best
        FROM studies LEFT JOIN study_directions USING (study_id) GROUP BY study_id ORDER BY study_name`,
    )
    .all() as StudyLine[];
  const states = database.prepare('SELECT state, count(*) AS count FROM trials WHERE study_id = ? GROUP BY state');
  return lines.map(({ study_id: id, name, direction, directions, best }) => ({
    name: textOf(name),
    objective: directions !== 1 ? undefined : direction === 'MINIMIZE' ? 'min' : 'max',
    trials: {
      ...{ WAITING: 0, RUNNING: 0, COMPLETE: 0, FAIL: 0, PRUNED: 0 },
      ...Object.fromEntries((states.all(id) as StateCount[]).map(({ state, count }) => [state, count])),
    },
    ...(own
      ? ownNumbers(database, id)
      : { totalBudget: undefined, batchSize: undefined, finished: undefined, classifiers: 0, owner: undefined }),
    best: directions === 1 ? (best ?? undefined) : undefined,
  }));
}

function ownNumbers(database: Database, studyId: number) {
  const identity = database.prepare('SELECT identity FROM shac_studies WHERE study_id = ?').pluck().get(studyId);
  const count = database.prepare('SELECT count(*) FROM shac_classifiers WHERE study_id = ?').pluck().get(studyId);
  const finished = database.prepare(
    "SELECT count(*) FROM shac_trials JOIN trials USING (trial_id) WHERE shac_trials.study_id = ? AND state IN ('COMPLETE', 'FAIL')",
  );
  const { budget } = (parseIdentity(String(identity)) ?? {}) as { budget?: { totalBudget: number; batchSize: number } };
  const trials = finished.pluck().get(studyId) as number;
  return {
    totalBudget: budget?.totalBudget,
    batchSize: budget?.batchSize,
    finished: budget && trials,
    ...(isUsedUp(database, studyId, trials) && { spaceUsedUp: true }),
    classifiers: count as number,
    owner: liveOwner(database, studyId),
  };
}

/** Whether its last batch has used the space up, and all candidates are finished. */
function isUsedUp(database: Database, studyId: number, finished: number): boolean {
  const batch = database.prepare('SELECT batch FROM shac_batches WHERE study_id = ? ORDER BY n DESC LIMIT 1').pluck();
  const text = batch.get(studyId);
  if (typeof text !== 'string' || !isUsedUpIn(text)) return false;
  const candidates = database.prepare('SELECT sum(count) FROM shac_candidates WHERE study_id = ?').pluck();
  const queued = database.prepare('SELECT count(*) FROM shac_queue WHERE study_id = ?').pluck();
  return candidates.get(studyId) === finished && queued.get(studyId) === 0;
}

function isUsedUpIn(batch: string): boolean {
  try {
    return (JSON.parse(batch) as BatchRecord | null)?.usedUp === true;
  } catch {
    return false; // damaged: a search says so when it is opened
  }
}

/** Which search writes to a study now, in words. */
export function liveOwner(database: Database, studyId: number): string | undefined {
  const row = database.prepare('SELECT owner, heartbeat FROM shac_studies WHERE study_id = ?').get(studyId) as
    | { owner: string | null; heartbeat: number | null }
    | undefined;
  if (row === undefined || row.owner === null) return undefined;
  const owner = parseOwner(row.owner);
  return owner !== undefined && isAlive(owner, row.heartbeat ?? 0) ? describeOwner(owner) : undefined;
}

const TRIAL_TABLES = [
  'trial_params',
  'trial_values',
  'trial_intermediate_values',
  'trial_user_attributes',
  'trial_system_attributes',
  'trial_heartbeats',
];
const STUDY_TABLES = ['study_directions', 'study_user_attributes', 'study_system_attributes'];
const OWN_STUDY_TABLES = ['shac_studies', 'shac_candidates', 'shac_batches', 'shac_classifiers', 'shac_queue'];

/** Deletes a study; our own rows go by trigger. */
export function deleteRows(database: Database, studyId: number): void {
  for (const table of TRIAL_TABLES) {
    const trials = 'SELECT trial_id FROM trials WHERE study_id = ?';
    database.prepare(`DELETE FROM ${table} WHERE trial_id IN (${trials})`).run(studyId);
  }
  for (const table of ['trials', ...STUDY_TABLES, 'studies']) {
    database.prepare(`DELETE FROM ${table} WHERE study_id = ?`).run(studyId);
  }
}

/** Copies a study, its trials in their order; nobody owns the copy. */
export function copyRows(database: Database, studyId: number, name: string): void {
  const insert = database.prepare('INSERT INTO studies (study_name) VALUES (?)');
  const copyId = Number(insert.run(name).lastInsertRowid);
  // Later trials have higher row ids: a shift keeps the order, and what refers to them needs no table of pairs.
  const least = database.prepare('SELECT min(trial_id) FROM trials WHERE study_id = ?').pluck().get(studyId);
  const most = database.prepare('SELECT max(trial_id) FROM trials').pluck().get();
  const shift = Number(most ?? 0) - Number(least ?? 0) + 1;
  const shifted = { trial_id: `trial_id + ${shift}` };
  /** Copies the study's rows of a table, with other ids in the columns that `ids` names. */
  const copy = (table: string, ids: Readonly<Record<string, string>>, where = 'study_id = ?') => {
    const kept = columnsOf(database, table).filter((column) => !(column in ids));
    const into = [...Object.keys(ids), ...kept];
    const from = [...Object.values(ids), ...kept];
    database.prepare(`INSERT INTO ${table} (${into}) SELECT ${from} FROM ${table} WHERE ${where}`).run(studyId);
  };
  for (const table of [...STUDY_TABLES, ...OWN_STUDY_TABLES]) copy(table, { study_id: `${copyId}` });
  for (const table of ['trials', 'shac_trials']) copy(table, { study_id: `${copyId}`, ...shifted });
  const ofStudy = 'trial_id IN (SELECT trial_id FROM trials WHERE study_id = ?)';
  for (const table of TRIAL_TABLES) copy(table, shifted, ofStudy);
  database.prepare('UPDATE shac_studies SET owner = NULL, heartbeat = NULL WHERE study_id = ?').run(copyId);
}

/** The columns of a table; of Optuna's, without the row id that nothing refers to. */
function columnsOf(database: Database, table: string): string[] {
  const columns = database.pragma(`table_info(${table})`) as { name: string; pk: number }[];
  const alone = columns.filter(({ pk }) => pk > 0).length === 1;
  const rowId = (name: string, pk: number) => alone && pk > 0 && !['study_id', 'trial_id'].includes(name);
  return columns.filter(({ name, pk }) => !rowId(name, pk)).map(({ name }) => (name === 'key' ? '"key"' : name));
}
