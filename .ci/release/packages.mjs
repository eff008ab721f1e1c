/** The packages of a platform: one with the addon, and on Linux one with SQLite for Node 20. */
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nativeSources } from '../setup/builds.mjs';
import { SetupError, tryRun } from '../setup/shell.mjs';
import { addonPackage, sqlitePackage } from './platforms.mjs';
import { sqliteFolder, sqliteManifest } from './sqlite.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const own = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
/** Where tarballs go. */
const place = join(root, 'prebuilds');

/** Packs what was built for a platform. Returns the names of the tarballs in prebuilds/. */
export function packPlatform(platform) {
  const tarballs = [pack(platform.name, (folder) => fillAddon(platform, folder))];
  if (existsSync(join(sqliteFolder(platform.name), 'build/Release/better_sqlite3.node'))) {
    tarballs.push(pack(`sqlite-${platform.name}`, (folder) => fillSqlite(platform, folder)));
  }
  return tarballs;
}

function pack(name, fill) {
  const folder = join(root, 'build-prebuild/packages', name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  fill(folder);
  return npmPack(folder);
}

function npmPack(folder) {
  mkdirSync(place, { recursive: true });
  const args = ['pack', '--json', '--ignore-scripts', '--loglevel=error', '--pack-destination', place];
  const { status, output } = tryRun('npm', args, { cwd: folder });
  if (status !== 0) throw new SetupError(`npm pack failed in ${folder}:\n${output}`);
  return Object.values(JSON.parse(output))[0].filename;
}

function fillAddon({ name, os, cpu, libc, prebuild }, folder) {
  copyFileSync(join(root, 'prebuilds', prebuild), join(folder, 'shac.node'));
  copyFileSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
  copyFileSync(join(root, 'native/xgboost/LICENSE'), join(folder, 'LICENSE.xgboost'));
  writeFileSync(
    join(folder, 'README.md'),
    `# ${addonPackage(name)}\n\nThe native addon of [shac](https://www.npmjs.com/package/shac) for ${name}, with XGBoost in it. It is installed with shac.\n`,
  );
  writeManifest(folder, {
    name: addonPackage(name),
    description: `The native addon of shac for ${name}`,
    license: 'MIT AND Apache-2.0',
    main: 'shac.node',
    files: ['shac.node', 'LICENSE.xgboost'],
    ...place_(os, cpu, libc),
    engines: own.engines,
    // What it was built from: a clone with the same sources needs no compiler.
    shac: { sources: nativeSources(root) },
  });
}

function fillSqlite({ name, os, cpu, libc }, folder) {
  const built = sqliteFolder(name);
  cpSync(join(built, 'lib'), join(folder, 'lib'), { recursive: true });
  copyFileSync(join(built, 'LICENSE'), join(folder, 'LICENSE'));
  copyFileSync(join(built, 'build/Release/better_sqlite3.node'), join(folder, 'better_sqlite3.node'));
  const { version, author, license, homepage } = sqliteManifest();
  writeFileSync(
    join(folder, 'index.js'),
    `'use strict';
const Database = require('./lib/database');
module.exports = class extends Database {
  constructor(path, options) {
    super(path, { nativeBinding: require.resolve('./better_sqlite3.node'), ...options });
  }
};
module.exports.SqliteError = Database.SqliteError;
`,
  );
  writeFileSync(
    join(folder, 'README.md'),
    `# ${sqlitePackage(name)}\n\nbetter-sqlite3 ${version}, unchanged, compiled for Node 20 on ${name}: the database of [shac](https://www.npmjs.com/package/shac)\non Node 20. Later Nodes have a database of their own.\n`,
  );
  writeManifest(folder, {
    name: sqlitePackage(name),
    description: `better-sqlite3 ${version} for Node 20 on ${name}`,
    author,
    license,
    homepage, // its repository is ours: provenance is about who built it
    main: 'index.js',
    files: ['lib', 'index.js', 'better_sqlite3.node'],
    ...place_(os, cpu, libc),
    engines: { node: '20.x' },
  });
}

const place_ = (os, cpu, libc) => ({ os: [os], cpu: [cpu], ...(libc && { libc: [libc] }) });

function writeManifest(folder, manifest) {
  const { name, description, ...rest } = manifest;
  const whole = { name, version: own.version, description, repository: own.repository, ...rest };
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(whole, null, 2)}\n`);
}
