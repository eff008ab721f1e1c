import type Database from 'better-sqlite3';
import { ShacError } from '../../errors.js';

/** Optuna's tables since version 3.2. */
const SCHEMA = 12;
const REVISION = 'v3.2.0.a';

/**
 * @throws ERR_STORAGE for a database without Optuna's tables, ERR_STORAGE_VERSION for tables of another version.
 */
export function requireOptunaTables(database: Database.Database, file: string): void {
  const names = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name";
  const tables = database.prepare(names).pluck().all() as string[];
  if (!tables.includes('studies') || !tables.includes('version_info')) {
    const found = tables.length === 0 ? 'no tables' : `the tables ${tables.slice(0, 5).join(', ')}`;
    throw new ShacError('ERR_STORAGE', `${file} is no database of studies: it has ${found}`);
  }
  const schema = database.prepare('SELECT schema_version FROM version_info').pluck().get();
  const revision = tables.includes('alembic_version')
    ? database.prepare('SELECT version_num FROM alembic_version').pluck().get()
    : undefined;
  if (schema === SCHEMA && revision === REVISION) return;
  throw new ShacError(
    'ERR_STORAGE_VERSION',
    `${file} has Optuna's tables of revision ${revision ?? 'before alembic'}, schema ${schema}; expected ${REVISION}, ` +
      `schema ${SCHEMA}. If an older Optuna made it: optuna storage upgrade --storage sqlite:///${file}; if a newer one ` +
      'did: update shac',
  );
}
