import { createRequire, isBuiltin } from 'node:module';

/** Whether better-sqlite3 is installed, and built for this Node. */
export function betterSqlite3Loads(): boolean {
  try {
    new (createRequire(import.meta.url)('better-sqlite3'))(':memory:').close(); // only a database loads its addon
    return true;
  } catch {
    return false;
  }
}

/** Whether there is a second driver beside the one that shac takes. */
export function hasBoth(): boolean {
  return isBuiltin('node:sqlite') && betterSqlite3Loads();
}
