import { openDatabase, type Synchronous, statusOf } from './database.js';
import type { Database } from './driver/database.js';

/** Connections that are open at a time: each takes three handles of files. */
const MOST_OPEN = 16;
/** Milliseconds after its last use in which a connection is closed. */
const IDLE_AFTER = 10_000;

interface Connection {
  readonly database: Database;
  /** Which file it is to: another one may take its name. */
  readonly inode: number | undefined;
  /** Those who have asked for it, and not said that they are through. */
  readonly users: Set<object>;
  readonly idle: NodeJS.Timeout;
}

/** This thread's connections for writing, one a file, those that were used last at the end. */
const connections = new Map<string, Connection>();

/**
 * The connection to a file. It may be another one at the next call: nothing that belongs to one, a statement or a
 * transaction, may outlive the call that has asked for it.
 *
 * @param inode The file's; undefined when it is not there yet.
 * @throws what {@link openDatabase} does.
 */
export function connectionTo(
  file: string,
  synchronous: Synchronous,
  inode: number | undefined,
  user: object,
): Database {
  const key = keyOf(file, synchronous);
  const found = connections.get(key);
  if (found !== undefined && found.inode === inode) {
    found.users.add(user);
    found.idle.refresh();
    connections.delete(key);
    connections.set(key, found);
    return found.database;
  }
  close(key);
  for (const oldest of connections.keys()) {
    if (connections.size < MOST_OPEN) break;
    close(oldest);
  }
  const database = openDatabase(file, synchronous);
  const idle = setTimeout(() => close(key), IDLE_AFTER).unref();
  connections.set(key, { database, inode: inode ?? statusOf(file)?.ino, users: new Set([user]), idle });
  return database;
}

/** Closes the connection to a file, unless somebody else uses it as well. */
export function releaseConnection(file: string, synchronous: Synchronous, user: object): void {
  const key = keyOf(file, synchronous);
  const found = connections.get(key);
  found?.users.delete(user);
  if (found?.users.size === 0) close(key);
}

function keyOf(file: string, synchronous: Synchronous): string {
  return `${synchronous} ${file}`;
}

function close(key: string): void {
  const connection = connections.get(key);
  if (connection === undefined) return;
  connections.delete(key);
  clearTimeout(connection.idle);
  connection.database.close();
}
