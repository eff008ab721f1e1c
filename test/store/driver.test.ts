/** What shac needs of a database is the same of each driver that this Node has. */
import { writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openBetterSqlite3 } from '../../dist/store/sqlite/driver/better-sqlite3.js';
import { openNodeSqlite } from '../../dist/store/sqlite/driver/node-sqlite.js';
import type { Database, Open } from '../../lib/store/sqlite/driver/database.js';
import { betterSqlite3Loads } from '../support/drivers.js';
import { temporaryDirectory } from '../support/studies.js';

const drivers: [name: string, open: Open][] = [];
if (isBuiltin('node:sqlite')) drivers.push(['node:sqlite', openNodeSqlite() as Open]);
if (betterSqlite3Loads()) drivers.push(['better-sqlite3', openBetterSqlite3('better-sqlite3')]);

describe.each(drivers)('%s', (_, open) => {
  /** A new file with an empty table. */
  function database(): { file: string; db: Database } {
    const file = join(temporaryDirectory(), 'a.db');
    const db = open(file, { readonly: false });
    db.exec('PRAGMA journal_mode = WAL; PRAGMA busy_timeout = 0; CREATE TABLE t (a UNIQUE, b)');
    return { file, db };
  }

  function codeOf(action: () => unknown): unknown {
    try {
      action();
    } catch (error) {
      expect(error).toBeInstanceOf(Error);
      return (error as { code: unknown }).code;
    }
    return 'nothing was thrown';
  }

  it('keeps values of every kind', () => {
    const { db } = database();
    const insert = db.prepare('INSERT INTO t VALUES (?, ?)');
    const values = [1, -1.5, 2 ** 53, 1e300, 'é\u{1f600}', '', null, Number.NEGATIVE_INFINITY, Number.NaN];
    for (const [i, value] of values.entries()) expect(insert.run(i, value).lastInsertRowid).toBe(i + 1);
    const rows = db.prepare('SELECT b FROM t ORDER BY a').all() as { b: unknown }[];
    expect(rows.map(({ b }) => b)).toEqual(values.map((value) => (Number.isNaN(value) ? null : value)));
    for (const bytes of [Buffer.from([0, 1, 255]), new Uint8Array(0), new Uint8Array([9, 8, 7]).subarray(1)]) {
      expect(insert.run(String(bytes), bytes)).toBeDefined();
      const { b } = db.prepare('SELECT b FROM t WHERE a = ?').get(String(bytes)) as { b: Uint8Array };
      expect(b).toBeInstanceOf(Uint8Array);
      expect([...b]).toEqual([...bytes]);
    }
    db.close();
  });

  it('rounds integers beyond 2^53', () => {
    const { db } = database();
    db.exec('INSERT INTO t VALUES (1, 7), (2, 9223372036854775807), (3, 8)');
    const query = 'SELECT a, b FROM t ORDER BY a';
    const rows = [
      { a: 1, b: 7 },
      { a: 2, b: 2 ** 63 },
      { a: 3, b: 8 },
    ];
    expect(db.prepare(query).all()).toEqual(rows);
    expect([...db.prepare(query).iterate()]).toEqual(rows);
    const one = db.prepare('SELECT b FROM t WHERE a = ?').pluck();
    expect([one.get(2), one.get(1), one.get(2), one.get(4)]).toEqual([2 ** 63, 7, 2 ** 63, undefined]);
    expect(one.all(2)).toEqual([2 ** 63]);
    db.close();
  });

  it('reads row by row, and may stop', () => {
    const { db } = database();
    db.exec('INSERT INTO t VALUES (1, 1), (2, 2), (3, 3)');
    const all = db.prepare('SELECT a FROM t ORDER BY a').pluck();
    for (const a of all.iterate()) {
      expect(a).toBe(1);
      break;
    }
    const rows = all.iterate();
    expect(rows.next()).toMatchObject({ value: 1, done: false });
    rows.return?.();
    db.exec('DROP TABLE t'); // nothing reads it any more
    db.close();
  });

  it('takes back what a transaction did before it threw, and an inner one alone', () => {
    const { db } = database();
    const insert = db.prepare('INSERT INTO t VALUES (?, 0)');
    const failing = (value: number) =>
      db.transaction(() => {
        insert.run(value);
        throw new RangeError('no');
      });
    expect(failing(1)).toThrow(new RangeError('no'));
    expect(failing(2).immediate).toThrow(new RangeError('no'));
    const outer = db.transaction(() => {
      insert.run(3);
      expect(failing(4)).toThrow(new RangeError('no'));
      expect(db.transaction(() => insert.run(5) && 'inner')()).toBe('inner');
      return 'outer';
    });
    expect(outer.immediate()).toBe('outer');
    expect(db.prepare('SELECT a FROM t').pluck().all()).toEqual([3, 5]);
    db.close();
  });

  it('says what SQLite refuses by the name of its code', () => {
    const { file, db } = database();
    expect(codeOf(() => db.prepare('SELEC'))).toBe('SQLITE_ERROR');
    expect(codeOf(() => db.prepare('SELECT "text"'))).toBe('SQLITE_ERROR'); // double quotes are for names
    db.exec('INSERT INTO t VALUES (1, 1)');
    expect(codeOf(() => db.prepare('INSERT INTO t VALUES (1, 1)').run())).toBe('SQLITE_CONSTRAINT_UNIQUE');
    expect(codeOf(() => db.exec('CREATE TABLE u (t REFERENCES t (a)); INSERT INTO u VALUES (5)'))).toBe(
      'SQLITE_CONSTRAINT_FOREIGNKEY',
    );
    const other = open(file, { readonly: false });
    other.pragma('busy_timeout = 0');
    db.exec('BEGIN IMMEDIATE');
    expect(codeOf(() => other.exec('BEGIN IMMEDIATE'))).toBe('SQLITE_BUSY');
    expect(codeOf(other.transaction(() => {}).immediate)).toBe('SQLITE_BUSY');
    db.exec('ROLLBACK');
    other.exec('BEGIN; SELECT * FROM t');
    other.prepare('SELECT * FROM t').all();
    db.exec('INSERT INTO t VALUES (2, 2)');
    expect(codeOf(() => other.exec('INSERT INTO t VALUES (3, 3)'))).toBe('SQLITE_BUSY_SNAPSHOT');
    other.close();
    const reader = open(file, { readonly: true });
    expect(codeOf(() => reader.exec('DELETE FROM t'))).toBe('SQLITE_READONLY');
    reader.close();
    db.close();
    const none = join(temporaryDirectory(), 'none.db');
    expect(codeOf(() => open(none, { readonly: true }))).toBe('SQLITE_CANTOPEN');
    writeFileSync(none, 'x'.repeat(5000));
    const text = open(none, { readonly: false });
    expect(codeOf(() => text.pragma('schema_version'))).toBe('SQLITE_NOTADB');
    text.close();
  });

  it('answers pragmas with rows or one value', () => {
    const { db } = database();
    expect(db.pragma('journal_mode', { simple: true })).toBe('wal');
    expect(db.pragma('busy_timeout')).toEqual([{ timeout: 0 }]);
    expect(db.pragma('foreign_keys', { simple: true })).toBe(1);
    expect(db.pragma('table_info(none)', { simple: true })).toBeUndefined();
    db.close();
  });
});
