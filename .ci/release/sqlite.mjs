/**
 * better-sqlite3 for Node 20, which has no SQLite of its own: compiled, with its JavaScript, as a package of the platform.
 * Later Nodes skip that package, whose "engines" do not fit them.
 */
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run, say } from '../setup/shell.mjs';
import { zigTools } from './zig.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const source = join(root, 'node_modules/better-sqlite3');

/** Where the built package of a platform is: lib/, and build/Release/better_sqlite3.node. */
export const sqliteFolder = (name) => join(root, `build-prebuild/${name}-sqlite`);
/** better-sqlite3's own manifest. */
export const sqliteManifest = () => JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'));

/** Builds it for a platform, unless this version is there. Linux only: elsewhere better-sqlite3 brings its own. */
export function node20Sqlite({ name, os, cpu, target }) {
  if (os !== 'linux') return;
  const folder = sqliteFolder(name);
  const stamp = join(folder, 'built.json');
  const wanted = JSON.stringify([sqliteManifest().version, target]);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  say(`building better-sqlite3 for ${name} and Node 20 (two minutes)`);
  rmSync(folder, { recursive: true, force: true });
  for (const part of ['package.json', 'LICENSE', 'binding.gyp', 'src', 'deps', 'lib']) {
    cpSync(join(source, part), join(folder, part), { recursive: true });
  }
  const gypFile = join(folder, 'binding.gyp'); // zig's linker knows no --exclude-libs, and needs none
  writeFileSync(gypFile, readFileSync(gypFile, 'utf8').replace(/.*--exclude-libs.*\n/, ''));
  const zig = zigTools();
  const CXX = `${zig}/c++ -target ${target}`;
  const env = {
    ...process.env,
    ...{ CC: `${zig}/cc -target ${target}`, CXX, LINK: CXX, AR: `${zig}/ar`, LDFLAGS: '-s' },
    npm_config_nodedir: node20Headers(cpu), // as a flag it would come after this machine's own setting
  };
  const gyp = ['rebuild', '--release', `--arch=${cpu}`, '--jobs=max'];
  run('npm', ['exec', '--yes', '--package=node-gyp@12', '--', 'node-gyp', ...gyp], { cwd: folder, env });
  writeFileSync(stamp, wanted);
}

/** A folder with the headers of Node 20, from npm's package of that Node. */
function node20Headers(cpu) {
  const place = join(root, 'build-prebuild/node-20');
  const name = `node-linux-${cpu}`;
  const folder = join(place, 'node_modules', name);
  if (!existsSync(join(folder, 'include/node/node.h'))) {
    const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', '--force'];
    run('npm', ['install', '--prefix', place, ...flags, `${name}@20`]); // by force: it may be another machine's
  }
  return folder;
}
