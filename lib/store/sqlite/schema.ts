import { ShacError } from '../../errors.js';
import type { Database } from './driver/database.js';
import { OLDEST_FORMAT } from './formats.js';
import { FORMAT, migrate, QUEUE_TABLE } from './migrations.js';

/** Which tables there are; a number is the format of our own, beside Optuna's. */
export type Schema = 'empty' | 'optuna' | number;

/** The version of Optuna's tables that we write: that of Optuna 3.2 to 5. */
export const OPTUNA_SCHEMA = 12;
export const OPTUNA_REVISION = 'v3.2.0.a';

/**
 * Optuna's tables, column for column, so that its tools open the file; see `optuna.storages._rdb.models`.
 *
 * Integers are row ids, `state` and the value types are the names of Optuna's enumerations, dates are UTC.
 */
const OPTUNA_TABLES = `
CREATE TABLE studies (
  study_id INTEGER NOT NULL PRIMARY KEY, study_name VARCHAR(512) NOT NULL);
CREATE UNIQUE INDEX ix_studies_study_name ON studies (study_name);
CREATE TABLE version_info (
  version_info_id INTEGER NOT NULL PRIMARY KEY, schema_version INTEGER, library_version VARCHAR(256),
  CHECK (version_info_id=1));
CREATE TABLE alembic_version (
  version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num));
CREATE TABLE study_directions (
  study_direction_id INTEGER NOT NULL PRIMARY KEY, direction VARCHAR(8) NOT NULL, study_id INTEGER NOT NULL,
  objective INTEGER NOT NULL, UNIQUE (study_id, objective), FOREIGN KEY (study_id) REFERENCES studies (study_id));
CREATE TABLE trials (
  trial_id INTEGER NOT NULL PRIMARY KEY, number INTEGER, study_id INTEGER, state VARCHAR(8) NOT NULL,
  datetime_start DATETIME, datetime_complete DATETIME, FOREIGN KEY (study_id) REFERENCES studies (study_id));
CREATE INDEX ix_trials_study_id ON trials (study_id);
${attributes('study', 'studies')}
${attributes('trial', 'trials')}
CREATE TABLE trial_params (
  param_id INTEGER NOT NULL PRIMARY KEY, trial_id INTEGER, param_name VARCHAR(512), param_value FLOAT,
  distribution_json TEXT, UNIQUE (trial_id, param_name), FOREIGN KEY (trial_id) REFERENCES trials (trial_id));
CREATE TABLE trial_values (
  trial_value_id INTEGER NOT NULL PRIMARY KEY, trial_id INTEGER NOT NULL, objective INTEGER NOT NULL, value FLOAT,
  value_type VARCHAR(7) NOT NULL, UNIQUE (trial_id, objective), FOREIGN KEY (trial_id) REFERENCES trials (trial_id));
CREATE TABLE trial_intermediate_values (
  trial_intermediate_value_id INTEGER NOT NULL PRIMARY KEY, trial_id INTEGER NOT NULL, step INTEGER NOT NULL,
  intermediate_value FLOAT, intermediate_value_type VARCHAR(7) NOT NULL, UNIQUE (trial_id, step),
  FOREIGN KEY (trial_id) REFERENCES trials (trial_id));
CREATE TABLE trial_heartbeats (
  trial_heartbeat_id INTEGER NOT NULL PRIMARY KEY, trial_id INTEGER NOT NULL, heartbeat DATETIME NOT NULL,
  UNIQUE (trial_id), FOREIGN KEY (trial_id) REFERENCES trials (trial_id));
INSERT INTO version_info VALUES (1, ${OPTUNA_SCHEMA}, 'shac');
INSERT INTO alembic_version VALUES ('${OPTUNA_REVISION}');
`;

function attributes(of: 'study' | 'trial', owners: string): string {
  return ['user', 'system']
    .map(
      (kind) => `CREATE TABLE ${of}_${kind}_attributes (
  ${of}_${kind}_attribute_id INTEGER NOT NULL PRIMARY KEY, ${of}_id INTEGER, key VARCHAR(512), value_json TEXT,
  UNIQUE (${of}_id, key), FOREIGN KEY (${of}_id) REFERENCES ${owners} (${of}_id));`,
    )
    .join('\n');
}

/**
 * What an exact continuation needs beside them.
 *
 * - `shac_candidates`: what was drawn, handed out or not, in chunks of successive ids. `codes` are 16-bit, `reals` 64-bit
 *   floats (as `trial_params.param_value`; NaN where a coordinate does not count), row by row, little-endian; `texts` is
 *   JSON, a list of the custom parameters' values for each row; `rejections` is JSON; `active` has a byte a code, and is
 *   null when all coordinates count; `fixed` is JSON, for each row the params that it was enqueued with, as fields by
 *   column, or null. `checksum` is over all of them.
 * - `shac_queue`: params that were enqueued and are no candidates yet, in the order of `n`, as JSON: fields by column.
 * - `shac_trials`: a row for each row of `trials` that a search began (those of other programs have none), by its own id.
 * - Checksums tell damage that SQLite does not see: one a trial (over its params, state, value and all that is kept of it),
 *   a batch, a classifier and a chunk of candidates, and the seal of a study, over its numbers, how much there is of it, and
 *   the sum of its trials' checksums.
 *
 * Optuna knows nothing of them, so triggers delete them with what they belong to.
 */
const OWN_TABLES = `
CREATE TABLE shac_format (version INTEGER NOT NULL);
INSERT INTO shac_format VALUES (${FORMAT});
CREATE TABLE shac_studies (
  study_id INTEGER NOT NULL PRIMARY KEY, identity TEXT NOT NULL, seed INTEGER NOT NULL, predictions INTEGER NOT NULL,
  dataset_index INTEGER NOT NULL, trial_count INTEGER NOT NULL, revision INTEGER NOT NULL, owner TEXT,
  heartbeat INTEGER, checksum_sum INTEGER NOT NULL DEFAULT 0, seal INTEGER);
CREATE TABLE shac_candidates (
  study_id INTEGER NOT NULL, first INTEGER NOT NULL, count INTEGER NOT NULL, codes BLOB NOT NULL, reals BLOB NOT NULL,
  texts TEXT, rejections TEXT, checksum BLOB NOT NULL, active BLOB, fixed TEXT, PRIMARY KEY (study_id, first));
CREATE TABLE shac_trials (
  trial_id INTEGER NOT NULL PRIMARY KEY, study_id INTEGER NOT NULL, id INTEGER NOT NULL, attempts INTEGER NOT NULL,
  worker_id INTEGER, duration REAL, error TEXT, stderr TEXT, checksum INTEGER,
  UNIQUE (study_id, id));
CREATE TABLE shac_batches (
  study_id INTEGER NOT NULL, n INTEGER NOT NULL, batch TEXT NOT NULL, checksum BLOB,
  PRIMARY KEY (study_id, n));
CREATE TABLE shac_classifiers (
  study_id INTEGER NOT NULL, n INTEGER NOT NULL, stage INTEGER NOT NULL, cv_accuracy REAL, attempts INTEGER NOT NULL,
  model BLOB NOT NULL, checksum BLOB NOT NULL, acceptance REAL, PRIMARY KEY (study_id, n));
CREATE TRIGGER shac_study_deleted AFTER DELETE ON studies BEGIN
  DELETE FROM shac_studies WHERE study_id = OLD.study_id;
  DELETE FROM shac_candidates WHERE study_id = OLD.study_id;
  DELETE FROM shac_trials WHERE study_id = OLD.study_id;
  DELETE FROM shac_batches WHERE study_id = OLD.study_id;
  DELETE FROM shac_classifiers WHERE study_id = OLD.study_id;
END;
CREATE TRIGGER shac_trial_deleted AFTER DELETE ON trials BEGIN
  DELETE FROM shac_trials WHERE trial_id = OLD.trial_id;
END;
${QUEUE_TABLE}`;

/**
 * Makes the tables that are missing: all of them in a new file, our own beside Optuna's. Tables of an older format
 * become those of the newest one.
 *
 * @throws what {@link checkSchema} does.
 */
export function prepareSchema(database: Database, file: string): void {
  const schema = checkSchema(database, file);
  // Stays with the file, but not with copies that VACUUM INTO makes: nobody who reads is blocked.
  if (database.pragma('journal_mode', { simple: true }) !== 'wal') database.pragma('journal_mode = WAL');
  if (schema === FORMAT) return;
  database
    .transaction(() => {
      const found = checkSchema(database, file); // another process may have made them
      if (found === 'empty') database.exec(OPTUNA_TABLES);
      if (typeof found !== 'number') database.exec(OWN_TABLES);
      else if (found !== FORMAT) migrate(database);
    })
    .immediate();
}

/**
 * Which tables there are: none, those of Optuna, or those and our own, perhaps of an older format, which can be read all
 * the same.
 *
 * @throws ERR_STORAGE_VERSION for tables of another version, ERR_STORAGE for a database of another program.
 */
export function checkSchema(database: Database, file: string): Schema {
  const tables = tableNames(database);
  if (tables.length === 0) return 'empty';
  if (!tables.includes('studies') || !tables.includes('version_info')) {
    throw new ShacError(
      'ERR_STORAGE',
      `${file} is a database of another program, with the tables ${tables.slice(0, 5).join(', ')}; choose another file`,
    );
  }
  checkOptunaVersion(database, file, tables);
  if (!tables.includes('shac_format')) return 'optuna';
  const format = database.prepare('SELECT version FROM shac_format').pluck().get();
  if (typeof format !== 'number' || format < OLDEST_FORMAT || format > FORMAT) {
    throw new ShacError(
      'ERR_STORAGE_VERSION',
      `${file} has tables of format ${format}, which a newer shac made; this one knows format ${FORMAT}: update it`,
    );
  }
  return format;
}

function tableNames(database: Database): string[] {
  const names = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
  return database.prepare(names).pluck().all() as string[];
}

function checkOptunaVersion(database: Database, file: string, tables: readonly string[]): void {
  const schema = database.prepare('SELECT schema_version FROM version_info').pluck().get();
  const revision = tables.includes('alembic_version')
    ? database.prepare('SELECT version_num FROM alembic_version').pluck().get()
    : undefined;
  if (schema === OPTUNA_SCHEMA && revision === OPTUNA_REVISION) return;
  throw new ShacError(
    'ERR_STORAGE_VERSION',
    `${file} has Optuna's tables of schema ${schema}, revision ${revision ?? 'unknown'}; expected ${OPTUNA_SCHEMA}, ` +
      `${OPTUNA_REVISION}. Of an older Optuna: optuna storage upgrade --storage sqlite:///${file}; of a newer one: update shac`,
  );
}
