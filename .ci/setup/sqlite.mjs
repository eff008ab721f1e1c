/**
 * better-sqlite3's addon, for a Node without SQLite of its own; `npm ci --ignore-scripts` leaves it out. It is no
 * Node-API: each Node needs its own build.
 */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import { sqlitePackage, thisPlatform } from '../release/platforms.mjs';
import { SetupError, say, tail, tryRun } from './shell.mjs';

/** Whether this Node can open a database: with its own SQLite, with better-sqlite3, or with this platform's package. */
export function sqliteLoads(root) {
  const platform = thisPlatform();
  const names = ['better-sqlite3', ...(platform ? [sqlitePackage(platform.name)] : [])];
  return isBuiltin('node:sqlite') || names.some((name) => opens(root, name));
}

function opens(root, name) {
  const open = `new (require('${name}'))(':memory:').close()`; // only a database loads the addon
  return tryRun(process.execPath, ['-e', open], { cwd: root }).status === 0;
}

/**
 * Builds the addon, unless this Node can open a database. One compiler is busy with it for a minute, on one core: what the
 * caller does meanwhile, even without a turn of the event loop, costs no time.
 */
export async function sqliteAddon(root) {
  if (sqliteLoads(root)) return;
  say('building better-sqlite3 for this Node (a minute)');
  const headers = nodeHeaders();
  const env = { ...process.env, ...(headers && { npm_config_nodedir: headers }) };
  const output = await new Promise((resolve) => {
    execFile('npm', ['rebuild', 'better-sqlite3'], { cwd: root, env, maxBuffer: 2 ** 28 }, (error, stdout, stderr) =>
      resolve(`${stdout}${stderr}${error?.code === 'ENOENT' ? error.message : ''}`),
    );
  });
  if (!sqliteLoads(root)) throw new SetupError(`${tail(output)}\n\n${advice()}`);
}

/**
 * Where this Node's own headers are, when they are beside it: no download then, and no setting of the machine that
 * points at another Node's. Undefined leaves it to node-gyp.
 */
function nodeHeaders() {
  const prefix = join(dirname(process.execPath), '..');
  const packaged = join(prefix, 'node_modules', `node-${process.platform}-${process.arch}`); // npm's package `node`
  return [prefix, packaged].find((folder) => {
    const file = join(folder, 'include/node/node_version.h');
    if (!existsSync(file)) return false;
    const header = readFileSync(file, 'utf8');
    const numbers = ['MAJOR', 'MINOR', 'PATCH'].map((part) => header.match(`#define NODE_${part}_VERSION (\\d+)`)?.[1]);
    return numbers.join('.') === process.versions.node;
  });
}

function advice() {
  return `better-sqlite3 could not be built for Node ${process.version}. It needs python3, make, a C++ compiler and the headers of
this Node: node-gyp downloads them, unless npm_config_nodedir names a folder with their include/node.
Then: npm rebuild better-sqlite3`;
}
