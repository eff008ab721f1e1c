import { ownModule } from '../package/own-files.js';
import type * as SqliteStorage from './sqlite/sqlite-storage.js';
import type { SqliteOptions } from './sqlite/sqlite-storage.js';
import type { Storage } from './store.js';

export type { SqliteOptions };

/**
 * Studies in an SQLite file, in Optuna's tables: its dashboard and its library open them while a search runs. SQLite is
 * loaded by the first call.
 *
 * @param path The file, which need not be there yet; or a directory, for the file `shac.db` in it.
 * @throws ERR_INVALID_ARGUMENT, ERR_UNKNOWN_OPTION.
 */
export function sqlite(path: string, options?: SqliteOptions): Storage {
  return ownModule<typeof SqliteStorage>('store/sqlite/sqlite-storage.js').sqlite(path, options);
}
