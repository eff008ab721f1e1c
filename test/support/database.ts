import { openSqlite } from '../../dist/store/sqlite/driver/driver.js';
import type { Database, SqlValue } from '../../lib/store/sqlite/driver/database.js';

/**
 * Opens a file as another program would, to look into it or to alter it: by the driver that shac itself has here, since two
 * copies of SQLite in one process take each other's locks away.
 *
 * @param timeout Milliseconds for which it waits for a lock.
 */
export function openDatabase(file: string, { readonly = false, timeout = 5000 } = {}): Database {
  const database = openSqlite(file, { readonly });
  database.pragma(`busy_timeout = ${timeout}`);
  return database;
}

export type { Database, SqlValue };
