import { existsSync, type Stats, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { ShacError } from '../../errors.js';
import { StoreBusyError } from '../busy.js';
import type { Database } from './driver/database.js';
import { openSqlite } from './driver/driver.js';
import { openCopy } from './read-only-copy.js';

/** How much a commit waits for the disk: see {@link SqliteOptions.synchronous}. */
export type Synchronous = 'NORMAL' | 'FULL';

/** The file that stands for a directory which is given instead of a file. */
const DEFAULT_FILE = 'shac.db';
/** Milliseconds that a call holds the event loop while another program holds the file's lock. */
const BRIEFLY = 5;
/** The same of calls that cannot come again, since they answer at once. */
const PATIENTLY = 10_000;

/** The path of a database, absolute: `shac.db` inside, where a directory is given. */
export function databasePath(path: string): string {
  const absolute = resolve(path);
  return statusOf(absolute)?.isDirectory() ? join(absolute, DEFAULT_FILE) : absolute;
}

/**
 * What the system says of a file; undefined when there is none.
 *
 * @throws ERR_STORAGE when it does not say.
 */
export function statusOf(file: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false });
  } catch (cause) {
    throw new ShacError('ERR_STORAGE', `the database ${file} cannot be looked at: ${(cause as Error).message}`, {
      cause,
    });
  }
}

/**
 * Opens a database for writing, or makes it. Nothing is written to it yet.
 *
 * @throws ERR_STORAGE when it is no database, is damaged, or cannot be opened.
 */
export function openDatabase(file: string, synchronous: Synchronous): Database {
  return naming(file, () => {
    const database = readable(file, false);
    return closingOnError(database, () => {
      database.pragma(`synchronous = ${synchronous}`);
      database.pragma(`busy_timeout = ${BRIEFLY}`);
      return database;
    });
  });
}

/** Connections whose files were found whole. */
const sound = new WeakSet<Database>();

/**
 * Looks once a connection for damage of what SQLite itself keeps in a file: indices, lists of pages.
 *
 * @throws ERR_STORAGE when there is some.
 */
export function requireSound(database: Database, file: string): void {
  if (sound.has(database)) return;
  const found = database.pragma('quick_check(1)', { simple: true });
  if (found !== 'ok') throw new ShacError('ERR_STORAGE', `${file}: ${found}; ${RECOVER}`);
  sound.add(database);
}

/** Runs what cannot come again: while another program holds the file's lock, it waits, and the event loop with it. */
export function patiently<T>(database: Database, action: (database: Database) => T): T {
  database.pragma(`busy_timeout = ${PATIENTLY}`);
  try {
    return action(database);
  } finally {
    database.pragma(`busy_timeout = ${BRIEFLY}`);
  }
}

/**
 * Opens a database that is there for reading.
 *
 * @throws ERR_STORAGE when there is none, or it is none, or is damaged.
 */
export function openForReading(file: string): Database {
  if (!existsSync(file)) throw new ShacError('ERR_STORAGE', `there is no database ${file}`);
  return naming(file, () => readable(file, true));
}

/**
 * A connection whose first page can be read. On media that cannot be written there is no place for the log's index that
 * even a reader needs: a copy elsewhere stands for the file then. It cannot be written.
 */
function readable(file: string, readonly: boolean): Database {
  const database = connect(file, readonly);
  try {
    database.pragma('schema_version');
    return database;
  } catch (error) {
    database.close();
    if (!isSqliteError(error) || !/^SQLITE_(CANTOPEN|READONLY)/.test(error.code)) throw error;
    return copied(file, error);
  }
}

/** @throws `error` when the file is not whole without its log, or cannot be copied. */
function copied(file: string, error: Error): Database {
  if ((statusOf(`${file}-wal`)?.size ?? 0) > 0) throw error;
  try {
    return openCopy(file, (copy) => connect(copy, true));
  } catch {
    throw error;
  }
}

function closingOnError<T>(database: Database, action: () => T): T {
  try {
    return action();
  } catch (error) {
    database.close();
    throw error;
  }
}

function connect(file: string, readonly: boolean): Database {
  if (!existsSync(dirname(file))) {
    throw new ShacError(
      'ERR_STORAGE',
      `${file} cannot be opened: there is no directory ${dirname(file)}; make it first`,
    );
  }
  const database = openSqlite(file, { readonly });
  database.pragma(`busy_timeout = ${PATIENTLY}`);
  return database;
}

const RECOVER = 'the file is damaged; go on from a copy, or recover what is left with: sqlite3 FILE .recover';

/** Codes of SQLite, and what to do about them. */
const ADVICE: readonly (readonly [RegExp, string])[] = [
  [/^SQLITE_FULL/, 'free some space on its disk'],
  [/^SQLITE_NOTADB/, 'it is not an SQLite database; nothing was written to it; choose another file'],
  [/^SQLITE_CORRUPT/, RECOVER],
  [/^SQLITE_(READONLY|CANTOPEN|PERM)/, 'make the file and its directory readable and writable for this process'],
  [/^SQLITE_IOERR/, 'its disk may be full, over its quota, gone or failing'],
  [/^SQLITE_BUSY/, 'another program keeps it locked; end that one'],
];

export function isSqliteError(error: unknown): error is Error & { code: string } {
  const { code } = Object(error) as { code?: unknown };
  return typeof code === 'string' && code.startsWith('SQLITE_');
}

/**
 * Runs what works on a database; SQLite's errors become ours, with the file and the way out.
 *
 * @param timeoutMs How long it may come again while another program holds the lock.
 */
export function naming<T>(file: string, action: () => T, timeoutMs = 0): T {
  try {
    return action();
  } catch (cause) {
    if (!isSqliteError(cause)) throw cause;
    const { code, message } = cause;
    const advice = ADVICE.find(([pattern]) => pattern.test(code))?.[1];
    const text = `${file}: ${message} (${code})${advice === undefined ? '' : `; ${advice}`}`;
    if (code.startsWith('SQLITE_BUSY')) throw new StoreBusyError(text, { timeoutMs, cause });
    throw new ShacError('ERR_STORAGE', text, { cause });
  }
}
