import { ShacError, ShacTypeError, show } from '../../../errors.js';
import { platformName } from '../../../native/platform.js';
import { openBetterSqlite3 } from './better-sqlite3.js';
import type { Database, Open } from './database.js';
import { openNodeSqlite } from './node-sqlite.js';

/** The variable that says which driver is taken. */
const VARIABLE = 'SHAC_SQLITE';
const DRIVERS = ['node', 'better-sqlite3'] as const;

type Wanted = (typeof DRIVERS)[number] | undefined;

let found: Open | undefined;

/**
 * Opens a database by the first of these that is there: Node's own SQLite, better-sqlite3, and what is published of it
 * for this platform. Loaded when it is needed: who keeps nothing does without.
 *
 * @throws ERR_SQLITE_NOT_FOUND when there is none, ERR_INVALID_ARGUMENT for a value of SHAC_SQLITE that is none; and what
 *   SQLite does.
 */
export const openSqlite: Open = (file, options): Database => {
  found ??= findDriver(wantedDriver());
  return found(file, options);
};

function wantedDriver(): Wanted {
  const value = process.env[VARIABLE];
  const wanted = DRIVERS.find((name) => name === value);
  if (wanted !== undefined || value === undefined || value === '') return wanted;
  throw new ShacTypeError(
    'ERR_INVALID_ARGUMENT',
    `the environment variable ${VARIABLE} must be ${DRIVERS.join(' or ')}, or not set, got ${show(value)}`,
  );
}

function findDriver(wanted: Wanted): Open {
  const own = wanted === 'better-sqlite3' ? undefined : openNodeSqlite();
  if (own !== undefined) return own;
  const failures = new Map<string, Error & { code?: unknown }>();
  for (const name of wanted === 'node' ? [] : ['better-sqlite3', `@shac/sqlite-${platformName()}`]) {
    try {
      return openBetterSqlite3(name);
    } catch (error) {
      failures.set(name, error as Error);
    }
  }
  throw notFound(wanted, failures);
}

function notFound(wanted: Wanted, failures: ReadonlyMap<string, Error & { code?: unknown }>): ShacError {
  const [broken, cause] = [...failures].find(([, { code }]) => code !== 'MODULE_NOT_FOUND') ?? [];
  const found = [
    ...(wanted === 'better-sqlite3' ? [] : [`Node ${process.version} has none built in`]),
    ...(cause === undefined ? [] : [`${broken} cannot be loaded: ${cause.message.split('\n')[0]}`]),
    ...(wanted === undefined ? [] : [`${VARIABLE}=${wanted} takes no other`]),
  ];
  const install = `npm ${broken === 'better-sqlite3' ? 'rebuild' : 'install'} better-sqlite3`;
  return new ShacError(
    'ERR_SQLITE_NOT_FOUND',
    `there is no SQLite, which keeps studies in files: ${found.join('; ')}. Use Node 22.13 or newer, which has it built in; ` +
      `or run: ${install}; or give no storage, and studies stay in memory`,
    { cause },
  );
}
