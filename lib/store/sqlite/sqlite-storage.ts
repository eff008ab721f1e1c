import { accessSync, constants } from 'node:fs';
import { dirname } from 'node:path';
import { ShacError, show } from '../../errors.js';
import type { SpaceDefinition } from '../../space/index.js';
import { parseIdentity, type StudyIdentity } from '../../study/identity.js';
import { type OptionTable, oneOf, readOptions, text, wholeNumber } from '../../validate.js';
import type { Storage, StudyKey, StudyLog, StudySummary } from '../store.js';
import { connectionTo, releaseConnection } from './connections.js';
import { databasePath, naming, patiently, type Synchronous, statusOf } from './database.js';
import type { Database } from './driver/database.js';
import { checkSchema, prepareSchema } from './schema.js';
import { SqliteLog } from './sqlite-log.js';
import { copyRows, deleteRows, liveOwner, summaries } from './studies.js';
import { bytesOf, textOf } from './text.js';

export interface SqliteOptions {
  /**
   * `'NORMAL'` (default): a finished trial survives whatever happens to the process; a power failure can take back the
   * newest ones, and leaves the file whole. `'FULL'`: it survives that as well, each commit waits for the disk.
   */
  synchronous?: 'NORMAL' | 'FULL'; // not by a name: that would bring better-sqlite3's types into ours, which users lack
  /**
   * Milliseconds, from 0 to 2^31 - 1, for which a search goes on trying to write while another program holds SQLite's
   * write lock; the event loop is not held meanwhile. Then it ends with ERR_STORAGE. Default 60,000.
   */
  busyTimeoutMs?: number;
}

const OPTIONS = {
  synchronous: (name, value) => oneOf(name, value ?? 'NORMAL', ['NORMAL', 'FULL']),
  busyTimeoutMs: (name, value = 60_000) => wholeNumber(name, value, { min: 0, max: 2 ** 31 - 1 }),
} satisfies OptionTable<SqliteOptions>;

/** What the `sqlite` of lib/store/sqlite.ts loads and calls. */
export function sqlite(path: string, options?: SqliteOptions): Storage {
  const given = readOptions('sqlite', options, OPTIONS);
  return new SqliteStorage(text('path', path), given);
}

class SqliteStorage implements Storage {
  readonly file: string;
  readonly busyTimeoutMs: number;
  readonly #synchronous: Synchronous;
  /** Which file it is: another one may take its name. */
  #inode: number | undefined;
  #closed = false;

  constructor(path: string, { synchronous, busyTimeoutMs }: { synchronous: Synchronous; busyTimeoutMs: number }) {
    this.file = databasePath(path);
    this.busyTimeoutMs = busyTimeoutMs;
    this.#synchronous = synchronous;
  }

  get place(): string {
    return this.file;
  }

  /** Whether there is a database; if not, that there can be one. */
  exists(): boolean {
    const { file } = this;
    const status = statusOf(file);
    if (status !== undefined) {
      if (!status.isFile()) throw new ShacError('ERR_STORAGE', `${file} is not a file; choose another path`);
      if (status.size !== 1) return true;
      // SQLite takes it for an empty one, and would write over it.
      throw new ShacError('ERR_STORAGE', `${file}: file is not a database, it has one byte; choose another file`);
    }
    try {
      accessSync(`${dirname(file)}/`, constants.W_OK); // with the slash, it has to be a directory
      return false;
    } catch (cause) {
      throw new ShacError('ERR_STORAGE', `the database ${file} cannot be made: ${(cause as Error).message}`, { cause });
    }
  }

  database(): Database {
    if (this.#closed) throw new ShacError('ERR_STORAGE', `${this.file} was closed; open it again`);
    const inode = statusOf(this.file)?.ino;
    if (this.#inode !== undefined && inode !== this.#inode) {
      // SQLite would write to a file that nobody can find any more.
      throw new ShacError(
        'ERR_STORAGE',
        `${this.file} was deleted or replaced while it was open; what a search found is in memory: saveData(dir) saves it`,
      );
    }
    const database = connectionTo(this.file, this.#synchronous, inode, this);
    this.#inode ??= inode ?? statusOf(this.file)?.ino;
    return database;
  }

  openStudy<D extends SpaceDefinition>(key: StudyKey<D>): StudyLog<D> {
    return new SqliteLog(this, key);
  }

  studies(): StudySummary[] {
    if (!this.exists()) return [];
    return this.#patiently((database) => {
      const schema = checkSchema(database, this.file);
      return schema === 'empty' ? [] : summaries(database, schema !== 'optuna');
    });
  }

  identity(name: string): StudyIdentity | undefined {
    if (!this.exists()) return undefined;
    return this.#patiently((database) => {
      const schema = checkSchema(database, this.file);
      if (schema === 'empty' || schema === 'optuna') return undefined;
      const query = 'SELECT identity FROM studies JOIN shac_studies USING (study_id) WHERE study_name = ?';
      const identity = database.prepare(query).pluck().get(name);
      return identity === undefined ? undefined : parseIdentity(String(identity));
    });
  }

  copyStudy(from: string, to: string): void {
    this.#change((database) => {
      const studyId = this.#find(database, from);
      this.#requireFree(database, to);
      copyRows(database, studyId, to);
    });
  }

  renameStudy(from: string, to: string): void {
    this.#change((database) => {
      const studyId = this.#find(database, from);
      this.#requireFree(database, to);
      database.prepare('UPDATE studies SET study_name = ? WHERE study_id = ?').run(to, studyId);
    });
  }

  deleteStudy(name: string): void {
    this.#change((database) => {
      const studyId = this.#find(database, name);
      const owner = liveOwner(database, studyId);
      if (owner !== undefined) {
        throw new ShacError(
          'ERR_STUDY_LOCKED',
          `the study ${show(name)} is being searched by ${owner}; end that first`,
        );
      }
      deleteRows(database, studyId);
    });
  }

  unlockStudy(name: string): string | undefined {
    let owner: string | undefined;
    this.#change((database) => {
      const studyId = this.#find(database, name);
      owner = liveOwner(database, studyId);
      database.prepare('UPDATE shac_studies SET owner = NULL, heartbeat = NULL WHERE study_id = ?').run(studyId);
    });
    return owner;
  }

  close(): void {
    this.#closed = true;
    releaseConnection(this.file, this.#synchronous, this);
  }

  #change(action: (database: Database) => void): void {
    if (!this.exists()) throw new ShacError('ERR_STORAGE', `there is no database ${this.file}`);
    this.#patiently((database) => {
      prepareSchema(database, this.file);
      database.transaction(() => action(database)).immediate();
    });
  }

  #patiently<T>(action: (database: Database) => T): T {
    return naming(this.file, () => patiently(this.database(), action));
  }

  #find(database: Database, name: string): number {
    const found = database.prepare('SELECT study_id FROM studies WHERE study_name = ?').pluck().get(text('name', name));
    if (found !== undefined) return found as number;
    const query = `SELECT ${bytesOf('study_name')} FROM studies ORDER BY study_name LIMIT 20`;
    const names = (database.prepare(query).pluck().all() as Uint8Array[]).map(textOf);
    throw new ShacError(
      'ERR_STUDY_NOT_FOUND',
      `there is no study ${show(name)} in ${this.file}; it has ${names.length === 0 ? 'none' : names.map(show).join(', ')}`,
    );
  }

  #requireFree(database: Database, name: string): void {
    const found = database.prepare('SELECT 1 FROM studies WHERE study_name = ?').get(text('name', name));
    if (found === undefined) return;
    throw new ShacError(
      'ERR_STUDY_EXISTS',
      `there is a study ${show(name)} in ${this.file} already; choose another name`,
    );
  }
}
