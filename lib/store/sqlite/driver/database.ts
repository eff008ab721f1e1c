/**
 * What this package needs of a database. better-sqlite3's has it; {@link openNodeSqlite} gives it to Node's. Rows are
 * plain objects, their BLOBs Uint8Arrays, NULL null; an integer beyond 2^53 is rounded. What SQLite refuses is an Error whose
 * `code` is the name of SQLite's extended result code, such as `SQLITE_BUSY_SNAPSHOT`.
 */
export interface Database {
  prepare(sql: string): Statement;
  exec(sql: string): unknown;
  /** @returns the rows that it answers with; with `simple`, the first column of the first one. */
  pragma(text: string, options?: { simple?: boolean }): unknown;
  /** A function that runs `action` in a transaction, or inside the one that is open; what it throws takes all back. */
  transaction<T>(action: () => T): Transaction<T>;
  close(): unknown;
}

/** Called as it is, it locks when it has to; `immediate` takes the lock for writing at once. */
export interface Transaction<T> {
  (): T;
  immediate(): T;
}

/** Its parameters are given by position. */
export interface Statement {
  run(...values: SqlValue[]): { readonly lastInsertRowid: number | bigint };
  /** The first row; undefined when there is none. */
  get(...values: SqlValue[]): unknown;
  all(...values: SqlValue[]): unknown[];
  /** Reads row by row; nothing is written to the database meanwhile. */
  iterate(...values: SqlValue[]): IterableIterator<unknown>;
  /** From now on it gives the first column in the place of the row. */
  pluck(): Statement;
}

/** NaN becomes NULL. */
export type SqlValue = number | string | Uint8Array | null;

/** Opens a file, or makes it where it may write. What is no database is found by the first read. */
export type Open = (file: string, options: { readonly readonly: boolean }) => Database;
