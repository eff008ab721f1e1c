import type { Database, Open, SqlValue, Statement, Transaction } from './database.js';
import { resultCodeName } from './result-codes.js';

/** What is used of `node:sqlite`, which Node 20 and its types do not have. */
interface NodeSqlite {
  readonly DatabaseSync: new (file: string, options: { readOnly: boolean; defensive: boolean }) => DatabaseSync;
}

interface DatabaseSync {
  prepare(sql: string): StatementSync;
  exec(sql: string): void;
  close(): void;
}

interface StatementSync extends Omit<Statement, 'pluck'> {
  setReadBigInts(enabled: boolean): void;
}

type Row = Record<string, unknown>;

/** Opens databases by the SQLite that is part of this Node; undefined where it has none, or hides it behind a flag. */
export function openNodeSqlite(): Open | undefined {
  const sqlite = withoutWarning(() => process.getBuiltinModule('node:sqlite') as NodeSqlite | undefined);
  return sqlite && ((file, { readonly }) => new NodeDatabase(sqlite, file, readonly));
}

/** Some Nodes warn, when it is loaded, that it is experimental. Its users did not choose it: all other warnings are theirs. */
function withoutWarning<T>(load: () => T): T {
  const { emitWarning } = process;
  process.emitWarning = ((warning: string | Error, ...rest: unknown[]) => {
    if (rest[0] === 'ExperimentalWarning' && String(warning).startsWith('SQLite ')) return;
    Reflect.apply(emitWarning, process, [warning, ...rest]);
  }) as typeof emitWarning;
  try {
    return load();
  } finally {
    process.emitWarning = emitWarning;
  }
}

class NodeDatabase implements Database {
  readonly #database: DatabaseSync;
  /** Transactions that are open, one in the other. */
  #depth = 0;

  constructor({ DatabaseSync }: NodeSqlite, file: string, readOnly: boolean) {
    // Defensive as better-sqlite3's are; Node 22 does not know of that.
    this.#database = named(() => new DatabaseSync(file, { readOnly, defensive: true }));
  }

  prepare(sql: string): Statement {
    return new NodeStatement(named(() => this.#database.prepare(sql)));
  }

  exec(sql: string): void {
    named(() => this.#database.exec(sql));
  }

  pragma(text: string, { simple = false } = {}): unknown {
    const statement = this.prepare(`PRAGMA ${text}`);
    return simple ? statement.pluck().get() : statement.all();
  }

  transaction<T>(action: () => T): Transaction<T> {
    const run = (begin: string) => this.#transact(begin, action);
    return Object.assign(() => run('BEGIN'), { immediate: () => run('BEGIN IMMEDIATE') });
  }

  close(): void {
    this.#database.close();
  }

  #transact<T>(begin: string, action: () => T): T {
    const isInner = this.#depth > 0;
    this.exec(isInner ? 'SAVEPOINT inside' : begin);
    this.#depth++;
    try {
      const result = action();
      this.exec(isInner ? 'RELEASE inside' : 'COMMIT');
      return result;
    } catch (error) {
      try {
        this.exec(isInner ? 'ROLLBACK TO inside; RELEASE inside' : 'ROLLBACK');
      } catch {} // SQLite has taken it back by itself: its disk is full, say
      throw error;
    } finally {
      this.#depth--;
    }
  }
}

class NodeStatement implements Statement {
  readonly #statement: StatementSync;
  #plucks = false;

  constructor(statement: StatementSync) {
    this.#statement = statement;
  }

  pluck(): Statement {
    this.#plucks = true;
    return this;
  }

  run(...values: SqlValue[]): { lastInsertRowid: number | bigint } {
    return named(() => this.#statement.run(...values));
  }

  get(...values: SqlValue[]): unknown {
    try {
      const row = this.#statement.get(...values);
      return row === undefined ? undefined : this.#given(row);
    } catch (error) {
      return this.#rounded(error, values)[0];
    }
  }

  all(...values: SqlValue[]): unknown[] {
    try {
      const rows = this.#statement.all(...values);
      return this.#plucks ? rows.map(firstColumn) : rows;
    } catch (error) {
      return this.#rounded(error, values);
    }
  }

  *iterate(...values: SqlValue[]): IterableIterator<unknown> {
    let count = 0;
    try {
      for (const row of this.#statement.iterate(...values)) {
        count++;
        yield this.#given(row);
      }
    } catch (error) {
      yield* this.#rounded(error, values).slice(count);
    }
  }

  #given(row: unknown): unknown {
    return this.#plucks ? firstColumn(row) : row;
  }

  /**
   * All rows, after reading has failed: with integers beyond 2^53, which Node refuses to read as numbers, rounded.
   *
   * @throws `error` when it was about something else.
   */
  #rounded(error: unknown, values: SqlValue[]): unknown[] {
    if ((error as { code?: unknown }).code !== 'ERR_OUT_OF_RANGE') throw withName(error);
    this.#statement.setReadBigInts(true);
    try {
      const rows = named(() => this.#statement.all(...values)) as Row[];
      for (const row of rows) {
        for (const [column, value] of Object.entries(row)) if (typeof value === 'bigint') row[column] = Number(value);
      }
      return rows.map((row) => this.#given(row));
    } finally {
      this.#statement.setReadBigInts(false);
    }
  }
}

function firstColumn(row: unknown): unknown {
  for (const column in row as Row) return (row as Row)[column];
  return undefined;
}

function named<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw withName(error);
  }
}

/** SQLite's errors get the name of their result code. */
function withName(error: unknown): unknown {
  const { errcode } = error as { errcode?: unknown };
  return typeof errcode === 'number' ? Object.assign(error as Error, { code: resultCodeName(errcode) }) : error;
}
