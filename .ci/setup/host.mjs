/** What the machine must have: Node, a C++ toolchain, Python, XGBoost, and for the checks clang-format and GoogleTest. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { has, run, SetupError, say, tryRun } from './shell.mjs';

const MIN_NODE = 20;

export function checkNode() {
  if (Number.parseInt(process.versions.node, 10) < MIN_NODE) {
    throw new SetupError(`Node ${MIN_NODE} or newer is needed; this is ${process.version}.`);
  }
}

/** The Debian packages that a build of the addon still needs, with XGBoost from 'source' or from the 'system'. */
export function missingForBuild(xgboost) {
  const missing = [];
  if (!has('c++')) missing.push('g++');
  if (!has('make')) missing.push('make'); // node-gyp's, for better-sqlite3
  if (!has('python3')) missing.push('python3'); // the same
  if (!has('cmake')) missing.push('cmake');
  if (xgboost === 'system' && !canUse('xgboost/c_api.h', 'xgboost')) missing.push('libxgboost-dev');
  return missing;
}

/** The Debian packages of a second toolchain, clang with libc++, that are missing: what macOS builds with. */
export function missingForClang() {
  const args = ['-std=c++20', '-stdlib=libc++', '-x', 'c++', '-', '-o', '/dev/null'];
  const { status } = tryRun('clang++', args, { input: '#include <span>\nint main() {}\n' });
  const missing = status === 0 ? [] : ['clang', 'libc++-dev', 'libc++abi-dev'];
  if (!existsSync('/usr/src/googletest/CMakeLists.txt')) missing.push('googletest');
  return missing;
}

/** The Debian packages that the checks still need. */
export function missingForChecks() {
  const missing = [];
  if (!has('clang-format')) missing.push('clang-format');
  if (!canUse('gtest/gtest.h', 'gtest')) missing.push('libgtest-dev');
  if (tryRun('busybox', ['true']).status !== 0) missing.push('busybox'); // the shell of Alpine
  // Objectives in Python, and environments for Optuna.
  if (tryRun('python3', ['-c', 'import ensurepip']).status !== 0) missing.push('python3-venv');
  return missing;
}

const XGBOOST_WAYS = `XGBoost can come from any of:
  its own source:    npm run xgboost   (built into the addon: some minutes)
  a system package:  sudo apt-get install -y libxgboost-dev
  another prefix:    export XGBOOST_ROOT=PREFIX   (with PREFIX/include/xgboost and PREFIX/lib)`;

/** Installs Debian packages as root; for everyone else an error that says what to install. */
export function install(packages) {
  if (packages.length === 0) return;
  const ways = packages.includes('libxgboost-dev') ? `\n${XGBOOST_WAYS}` : '';
  if (!has('apt-get')) {
    throw new SetupError(`Please install what these Debian packages hold: ${packages.join(' ')}${ways}`);
  }
  if (process.getuid?.() !== 0) {
    throw new SetupError(`Please run:\n  sudo apt-get install -y ${packages.join(' ')}${ways}`);
  }
  say(`apt-get install -y ${packages.join(' ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const args = ['install', '-y', '--no-install-recommends', ...packages];
  if (tryRun('apt-get', args, { env }).status === 0) return;
  run('apt-get', ['update'], { env }); // the lists may be missing or old
  run('apt-get', args, { env });
}

/** Whether the submodule is filled; an error when only its outer half is. */
export function hasXgboostSource(root) {
  const source = join(root, 'native/xgboost');
  if (!existsSync(join(source, 'CMakeLists.txt'))) return false;
  if (!isXgboostSource(source)) {
    throw new SetupError('native/xgboost lacks dmlc-core. Remove the folder, then: npm run xgboost');
  }
  return true;
}

/** Whether a folder has XGBoost's whole C++ source. */
export function isXgboostSource(folder) {
  return ['CMakeLists.txt', 'dmlc-core/CMakeLists.txt'].every((file) => existsSync(join(folder, file)));
}

/** Whether the compiler finds a header and the linker its library: asks them, not a list of paths. */
function canUse(header, library) {
  const folder = mkdtempSync(join(tmpdir(), 'shac-setup-'));
  const prefix = process.env.XGBOOST_ROOT;
  const search = prefix ? [`-I${prefix}/include`, `-L${prefix}/lib`, `-L${prefix}/lib64`] : [];
  const args = ['-x', 'c++', '-', ...search, `-l${library}`, '-o', join(folder, 'probe')];
  const input = `#if !__has_include(<${header}>)\n#error\n#endif\nint main() {}\n`;
  const { status } = tryRun('c++', args, { input });
  rmSync(folder, { recursive: true });
  return status === 0;
}
