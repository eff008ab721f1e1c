/**
 * Makes a clone ready to run: packages of the system, node_modules, the native addons and dist, each only when it is
 * missing or old. `--dev` adds what the checks need (clang-format, GoogleTest), `--clang` a second toolchain for one of
 * them. Runs before node_modules exists.
 */
import { fileURLToPath } from 'node:url';
import { dependencies, nativeAddon, nativeState, typescript } from './setup/builds.mjs';
import { checkNode, install, missingForBuild, missingForChecks, missingForClang } from './setup/host.mjs';
import { SetupError } from './setup/shell.mjs';
import { sqliteAddon, sqliteLoads } from './setup/sqlite.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const dev = process.argv.includes('--dev');
const clang = process.argv.includes('--clang');

try {
  checkNode();
  dependencies(root);
  const native = nativeState(root);
  const ready = native.fresh && sqliteLoads(root);
  install([
    ...(ready ? [] : missingForBuild(native.xgboost)),
    ...(dev ? missingForChecks() : []),
    ...(clang ? missingForClang() : []),
  ]);
  const sqlite = sqliteAddon(root); // on one core, beside the other builds
  try {
    if (!native.fresh) nativeAddon(root, native);
    typescript(root);
  } finally {
    await sqlite;
  }
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`setup: ${error.message}`);
  process.exit(1);
}
