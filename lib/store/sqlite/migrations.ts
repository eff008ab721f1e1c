import { addChecksums } from './add-checksums.js';
import type { Database } from './driver/database.js';

/** The oldest format of our tables that can be read. */
export const OLDEST_FORMAT = 1;

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
];

/** The format of the tables that are written. */
export const FORMAT = OLDEST_FORMAT + MIGRATIONS.length;

/** Makes tables of an older format those of the newest one. Runs inside its caller's transaction. */
export function migrate(database: Database): void {
  const format = database.prepare('SELECT version FROM shac_format').pluck().get() as number;
  for (const migration of MIGRATIONS.slice(format - OLDEST_FORMAT)) migration(database);
  database.prepare('UPDATE shac_format SET version = ?').run(FORMAT);
}
