import { join } from 'node:path';
import type { ExchangeStudy, ExchangeTrial } from '../../lib/exchange/study.js';
import { openDatabase, type SqlValue } from '../support/database.js';
import { temporaryDirectory } from '../support/studies.js';

/** The tables as Optuna 5.0 makes them, but for those that nothing here reads. */
const TABLES = `
CREATE TABLE studies (study_id INTEGER NOT NULL, study_name VARCHAR(512) NOT NULL, PRIMARY KEY (study_id));
CREATE UNIQUE INDEX ix_studies_study_name ON studies (study_name);
CREATE TABLE version_info (version_info_id INTEGER NOT NULL, schema_version INTEGER, library_version VARCHAR(256),
  PRIMARY KEY (version_info_id), CHECK (version_info_id=1));
CREATE TABLE study_directions (study_direction_id INTEGER NOT NULL, direction VARCHAR(8) NOT NULL,
  study_id INTEGER NOT NULL, objective INTEGER NOT NULL, PRIMARY KEY (study_direction_id), UNIQUE (study_id, objective));
CREATE TABLE study_user_attributes (study_user_attribute_id INTEGER NOT NULL, study_id INTEGER, "key" VARCHAR(512),
  value_json TEXT, PRIMARY KEY (study_user_attribute_id), UNIQUE (study_id, "key"));
CREATE TABLE study_system_attributes (study_system_attribute_id INTEGER NOT NULL, study_id INTEGER, "key" VARCHAR(512),
  value_json TEXT, PRIMARY KEY (study_system_attribute_id), UNIQUE (study_id, "key"));
CREATE TABLE trials (trial_id INTEGER NOT NULL, number INTEGER, study_id INTEGER, state VARCHAR(8) NOT NULL,
  datetime_start DATETIME, datetime_complete DATETIME, PRIMARY KEY (trial_id));
CREATE INDEX ix_trials_study_id ON trials (study_id);
CREATE TABLE trial_user_attributes (trial_user_attribute_id INTEGER NOT NULL, trial_id INTEGER, "key" VARCHAR(512),
  value_json TEXT, PRIMARY KEY (trial_user_attribute_id), UNIQUE (trial_id, "key"));
CREATE TABLE trial_system_attributes (trial_system_attribute_id INTEGER NOT NULL, trial_id INTEGER, "key" VARCHAR(512),
  value_json TEXT, PRIMARY KEY (trial_system_attribute_id), UNIQUE (trial_id, "key"));
CREATE TABLE trial_params (param_id INTEGER NOT NULL, trial_id INTEGER, param_name VARCHAR(512), param_value FLOAT,
  distribution_json TEXT, PRIMARY KEY (param_id), UNIQUE (trial_id, param_name));
CREATE TABLE trial_values (trial_value_id INTEGER NOT NULL, trial_id INTEGER NOT NULL, objective INTEGER NOT NULL,
  value FLOAT, value_type VARCHAR(7) NOT NULL, PRIMARY KEY (trial_value_id), UNIQUE (trial_id, objective));
CREATE TABLE trial_intermediate_values (trial_intermediate_value_id INTEGER NOT NULL, trial_id INTEGER NOT NULL,
  step INTEGER NOT NULL, intermediate_value FLOAT, intermediate_value_type VARCHAR(7) NOT NULL,
  PRIMARY KEY (trial_intermediate_value_id), UNIQUE (trial_id, step));
CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, PRIMARY KEY (version_num));
`;

/** A study of plain values, in the form that is compared. */
export type PlainStudy = Omit<ExchangeStudy, 'trials'> & { readonly trials: readonly ExchangeTrial[] };

/** All that can be read of a study. */
export async function plain(study: ExchangeStudy): Promise<PlainStudy> {
  const trials: ExchangeTrial[] = [];
  for await (const trial of study.trials()) trials.push(trial);
  return { ...study, trials };
}

/** The study that plain values stand for. */
export function exchanged(study: PlainStudy): ExchangeStudy {
  return {
    ...study,
    trials: async function* () {
      yield* study.trials;
    },
  };
}

/** Writes an SQLite file as Optuna does, its trials of all studies in turns. */
export function optunaFile(
  studies: readonly PlainStudy[],
  { directions = 1, revision = 'v3.2.0.a', schema = 12 } = {},
): string {
  const file = join(temporaryDirectory(), 'optuna.db');
  const database = openDatabase(file);
  const insert = (table: string, ...values: SqlValue[]) =>
    Number(
      database.prepare(`INSERT INTO ${table} VALUES (NULL${', ?'.repeat(values.length)})`).run(...values)
        .lastInsertRowid,
    );
  database.pragma('synchronous = OFF');
  database.exec(TABLES);
  database.transaction(() => {
    database.prepare("INSERT INTO version_info VALUES (1, ?, '5.0.0')").run(schema);
    database.prepare('INSERT INTO alembic_version VALUES (?)').run(revision);
    const ids = studies.map((study) => {
      const id = insert('studies', study.name);
      const direction = study.objective === undefined ? 'NOT_SET' : `${study.objective.toUpperCase()}IMIZE`;
      for (let objective = 0; objective < directions; objective++) insert('study_directions', direction, id, objective);
      insertAttributes(insert, 'study', id, study);
      return id;
    });
    for (let number = 0; studies.some(({ trials }) => number < trials.length); number++) {
      studies.forEach(({ trials }, i) => {
        const trial = trials[number];
        if (trial !== undefined) insertTrial(insert, ids[i] as number, trial);
      });
    }
  })();
  database.close();
  return file;
}

type Insert = (table: string, ...values: SqlValue[]) => number;

function insertTrial(insert: Insert, studyId: number, trial: ExchangeTrial): void {
  const { number, state, started, completed } = trial;
  const id = insert('trials', number, studyId, state, dateOf(started), dateOf(completed));
  for (const [column, { stored }] of trial.params) {
    insert('trial_params', id, column, stored.real, stored.distribution);
  }
  if (trial.value !== null) insert('trial_values', id, 0, ...stored(trial.value));
  for (const [step, value] of trial.intermediateValues) {
    insert('trial_intermediate_values', id, step, ...stored(value));
  }
  insertAttributes(insert, 'trial', id, trial);
}

function insertAttributes(
  insert: Insert,
  of: 'study' | 'trial',
  id: number,
  attributes: Pick<PlainStudy, 'userAttributes' | 'systemAttributes'>,
): void {
  for (const kind of ['user', 'system'] as const) {
    for (const [key, value] of Object.entries(attributes[`${kind}Attributes`])) {
      insert(`${of}_${kind}_attributes`, id, key, pythonJson(value));
    }
  }
}

/** `2025-01-31 12:00:00.123456`, in UTC. */
function dateOf(utc: string | null): string | null {
  return utc?.replace('T', ' ').replace('Z', '') ?? null;
}

function stored(value: number): [number | null, string] {
  if (Number.isFinite(value)) return [value, 'FINITE'];
  return [null, Number.isNaN(value) ? 'NAN' : value > 0 ? 'INF_POS' : 'INF_NEG'];
}

/** What Python's json.dumps writes: of an object here only its numbers can be special. */
export function pythonJson(value: unknown): string {
  const marked = JSON.stringify(value, (_, one: unknown) =>
    typeof one === 'number' && !Number.isFinite(one) ? `<${one}>` : one,
  );
  return marked.replace(/"<(NaN|-?Infinity)>"/g, '$1');
}
