import { addChecksums } from './add-checksums.js';
import type { Database } from './driver/database.js';
import { OLDEST_FORMAT } from './formats.js';

/** Params that were enqueued and of which there is no candidate yet; see the tables of a new file. */
export const QUEUE_TABLE = `
CREATE TABLE shac_queue (
  study_id INTEGER NOT NULL, n INTEGER NOT NULL, params TEXT NOT NULL, checksum BLOB NOT NULL,
  PRIMARY KEY (study_id, n));
CREATE TRIGGER shac_queue_deleted AFTER DELETE ON studies BEGIN
  DELETE FROM shac_queue WHERE study_id = OLD.study_id;
END;
`;

/**
 * What makes tables of a format those of the next one, in order: the first makes format 1 format 2. A migration is never
 * altered once a version that writes its format is published, and a reader takes tables of all these formats.
 */
const MIGRATIONS: readonly ((database: Database) => void)[] = [
  // Rows that have coordinates which do not count.
  (database) => database.exec('ALTER TABLE shac_candidates ADD COLUMN active BLOB'),
  // What a classifier accepts, from when it was trained; and checksums.
  (database) => {
    database.exec('ALTER TABLE shac_classifiers ADD COLUMN acceptance REAL');
    addChecksums(database);
  },
  // Params that were enqueued, and which params of a candidate were given then.
  (database) => {
    database.exec('ALTER TABLE shac_candidates ADD COLUMN fixed TEXT');
    database.exec(QUEUE_TABLE);
  },
];

/** The format of the tables that are written. */
export const FORMAT = OLDEST_FORMAT + MIGRATIONS.length;

/** Makes tables of an older format those of the newest one. Runs inside its caller's transaction. */
export function migrate(database: Database): void {
  const format = database.prepare('SELECT version FROM shac_format').pluck().get() as number;
  for (const migration of MIGRATIONS.slice(format - OLDEST_FORMAT)) migration(database);
  database.prepare('UPDATE shac_format SET version = ?').run(FORMAT);
}
