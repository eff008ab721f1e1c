/** The three things that are made from files of the repository, each only when those files changed. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { addonPackage, sqlitePackage, thisPlatform } from '../release/platforms.mjs';
import { hasXgboostSource } from './host.mjs';
import { run, SetupError, say, tryRun } from './shell.mjs';

/** node_modules: `npm ci` unless what npm noted there is what the lock file says. */
export function dependencies(root) {
  if (dependenciesAreInstalled(root)) return;
  say('npm ci');
  // Without scripts: the package's own install script would build the addon, which is the next step.
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status, output } = tryRun('npm', ['ci', ...flags], { cwd: root });
  if (status === 0) return;
  if (!output.includes('EUSAGE')) process.stderr.write(output);
  say('npm install (package-lock.json does not fit package.json)');
  run('npm', ['install', ...flags], { cwd: root });
}

function dependenciesAreInstalled(root) {
  const installed = readJson(join(root, 'node_modules/.package-lock.json'))?.packages;
  const locked = readJson(join(root, 'package-lock.json'))?.packages;
  const wanted = readJson(join(root, 'package.json'));
  if (!installed || !locked) return false;
  const { '': own, ...packages } = locked;
  return (
    isDeepStrictEqual(own.dependencies, wanted.dependencies) &&
    isDeepStrictEqual(own.devDependencies, wanted.devDependencies) &&
    Object.entries(packages).every(([path, { version, optional }]) =>
      installed[path] ? installed[path].version === version : optional,
    )
  );
}

function readJson(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
}

/** What the addon is built from, as a hash; a prebuilt one says what it was built from. */
export function nativeSources(root) {
  return hashOf(root, ['CMakeLists.txt', ...filesUnder(root, 'native', ['native/test', 'native/xgboost'])]);
}

/**
 * Whether there is an addon of these sources: in build/Release, or prebuilt. `place` changes when the CMake cache cannot
 * be used again.
 */
export function nativeState(root) {
  const xgboost = xgboostFrom(root);
  const place = JSON.stringify([root, process.arch, xgboost, process.env.XGBOOST_ROOT]);
  const stamp = readJson(join(root, 'build/native.stamp'));
  const sources = nativeSources(root);
  const samePlace = stamp?.place === place;
  const built = existsSync(join(root, 'build/Release/shac.node'));
  const fresh = built ? samePlace && stamp.sources === sources : prebuilt(root, sources);
  return { place, sources, samePlace, xgboost, fresh };
}

/** Whether this machine's platform package has an addon of these sources, and none in prebuilds/ comes before it. */
function prebuilt(root, sources) {
  const platform = thisPlatform();
  if (!platform) return false;
  unpackTarballs(root, [addonPackage(platform.name), sqlitePackage(platform.name)]);
  const folder = join(root, 'node_modules', addonPackage(platform.name));
  if (readJson(join(folder, 'package.json'))?.shac?.sources !== sources) return false;
  const first = join(root, 'prebuilds', platform.prebuild);
  return !existsSync(first) || readFileSync(first).equals(readFileSync(join(folder, 'shac.node')));
}

/** Tarballs of platform packages that lie in prebuilds/, of whoever built them, take the place of the registry's. */
function unpackTarballs(root, names) {
  const { version } = readJson(join(root, 'package.json'));
  for (const name of names) {
    const tarball = join(root, 'prebuilds', `${name.slice(1).replace('/', '-')}-${version}.tgz`);
    if (!existsSync(tarball)) continue;
    const folder = join(root, 'node_modules', name);
    const half = `${folder}.half`; // what is only half unpacked has another name
    rmSync(half, { recursive: true, force: true });
    mkdirSync(half, { recursive: true });
    run('tar', ['-xzf', tarball, '--strip-components=1', '-C', half]);
    rmSync(folder, { recursive: true, force: true });
    renameSync(half, folder);
  }
}

/** Where XGBoost comes from: 'source' or 'system'. SHAC_XGBOOST says it, else what there is. */
function xgboostFrom(root) {
  const wanted = process.env.SHAC_XGBOOST || 'auto';
  if (!['auto', 'source', 'system'].includes(wanted)) {
    throw new SetupError(`SHAC_XGBOOST is '${wanted}': it can be auto, source (native/xgboost) or system.`);
  }
  return wanted === 'auto' ? (hasXgboostSource(root) ? 'source' : 'system') : wanted;
}

/** The addon: cmake-js, at build/Release/shac.node. */
export function nativeAddon(root, { place, sources, samePlace, xgboost }) {
  say(`building the native addon (${xgboost === 'source' ? 'ten minutes: XGBoost as well' : 'a minute'})`);
  if (!samePlace) rmSync(join(root, 'build'), { recursive: true, force: true });
  const env = { CMAKE_BUILD_PARALLEL_LEVEL: String(availableParallelism()), ...process.env };
  const args = ['node_modules/cmake-js/bin/cmake-js', 'compile', `--CDSHAC_XGBOOST=${xgboost}`];
  run(process.execPath, args, { cwd: root, env });
  writeFileSync(join(root, 'build/native.stamp'), JSON.stringify({ place, sources }));
}

/** The TypeScript, and the Python that goes with it: lib/ to dist/. */
export function typescript(root) {
  const sources = hashOf(root, ['tsconfig.json', '.ci/setup/bundle.mjs', ...filesUnder(root, 'lib', [])]);
  const stampFile = join(root, 'build/typescript.stamp'); // not in dist: that folder is published
  if (existsSync(join(root, 'dist/index.js')) && readJson(stampFile) === sources) return;
  say('building dist');
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  run('npm', ['run', '--silent', 'build:ts'], { cwd: root });
  mkdirSync(join(root, 'build'), { recursive: true });
  writeFileSync(stampFile, JSON.stringify(sources));
}

function filesUnder(root, folder, skip) {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .map((entry) => ({ entry, path: `${folder}/${entry.name}` }))
    .filter(({ path }) => !skip.includes(path))
    .flatMap(({ entry, path }) => (entry.isDirectory() ? filesUnder(root, path, skip) : [path]))
    .sort();
}

function hashOf(root, files) {
  const hash = createHash('sha256');
  for (const file of files)
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update('\0');
  return hash.digest('hex');
}
