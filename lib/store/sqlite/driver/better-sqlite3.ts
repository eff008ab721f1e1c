import { createRequire } from 'node:module';
import type { Database, Open } from './database.js';

type BetterSqlite3 = new (file: string, options?: { readonly: boolean }) => Database;

const require = createRequire(import.meta.url);

/**
 * Opens databases by better-sqlite3, or by a package that is the same under another name.
 *
 * @throws what Node does when it is not there, or its addon was built for another Node.
 */
export function openBetterSqlite3(name: string): Open {
  const Driver = require(name) as BetterSqlite3;
  new Driver(':memory:').close(); // only this loads its addon
  return (file, options) => new Driver(file, options);
}
