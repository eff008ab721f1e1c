import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Database } from './driver/database.js';

/**
 * Opens a copy of a database that has no write-ahead log beside it: one that needs none, in the system's directory for
 * temporary files. It goes as soon as the system lets it, at the latest when the connection is closed.
 */
export function openCopy(file: string, open: (copy: string) => Database): Database {
  const content = readFileSync(file);
  content.fill(1, 18, 20); // versions of the format: without a write-ahead log
  const folder = mkdtempSync(join(tmpdir(), 'shac-'));
  try {
    const copy = join(folder, basename(file));
    writeFileSync(copy, content);
    const database = open(copy);
    const close = database.close.bind(database);
    database.close = () => {
      close();
      remove(folder);
    };
    return database;
  } finally {
    remove(folder); // the connection keeps what it has open
  }
}

function remove(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {} // Windows removes nothing that is open
}
