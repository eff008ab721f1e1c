/**
 * Builds the addon of a platform with XGBoost inside, into prebuilds/, and makes the packages that are published.
 *
 *     npm run prebuild                       for this machine
 *     npm run prebuild -- linux-arm64-musl   for others; `--all` for all of them
 *
 * Linux is built by zig, which links against the oldest C library that is supported; macOS and Windows by their own
 * compilers when this machine is one of them, else by zig.
 */
import { copyFileSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { dependencies } from '../setup/builds.mjs';
import { checkNode, install, missingForBuild } from '../setup/host.mjs';
import { run, SetupError, say } from '../setup/shell.mjs';
import { xgboostSource } from '../xgboost.mjs';
import { packPlatform } from './packages.mjs';
import { PLATFORMS, thisPlatform } from './platforms.mjs';
import { node20Sqlite } from './sqlite.mjs';
import { zigVariables } from './zig.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The platforms that the command line names. */
function wanted(names) {
  if (names.includes('--all')) return Object.values(PLATFORMS);
  if (names.length === 0) {
    const platform = thisPlatform();
    if (platform) return [platform];
    throw new SetupError(`There is no package for ${process.platform}-${process.arch}. Name one of: ${known()}.`);
  }
  return names.map((name) => {
    if (Object.hasOwn(PLATFORMS, name)) return PLATFORMS[name];
    throw new SetupError(`There is no platform ${name}. The platforms are: ${known()}.`);
  });
}

const known = () => Object.keys(PLATFORMS).join(', ');

function build(platform) {
  const out = join(root, `build-prebuild/${platform.name}`);
  const variables = {
    CMAKE_BUILD_TYPE: 'Release',
    SHAC_XGBOOST: 'source',
    ...(isNative(platform) ? {} : zigVariables(platform.target)),
  };
  say(`building the addon for ${platform.name}, with XGBoost in it (ten minutes the first time)`);
  const args = ['compile', '--out', out, ...Object.entries(variables).map(([name, value]) => `--CD${name}=${value}`)];
  const env = { CMAKE_BUILD_PARALLEL_LEVEL: String(availableParallelism()), ...process.env };
  run(process.execPath, ['node_modules/cmake-js/bin/cmake-js', ...args], { cwd: root, env });
  const file = join(root, 'prebuilds', platform.prebuild);
  mkdirSync(dirname(file), { recursive: true });
  copyFileSync(join(out, 'Release/shac.node'), file);
  const packed = gzipSync(readFileSync(file)).length;
  say(`prebuilds/${platform.prebuild}: ${megabytes(statSync(file).size)}, compressed ${megabytes(packed)}`);
}

/** macOS and Windows have one C library each: their own compilers make what runs everywhere. */
function isNative({ os, cpu }) {
  return os !== 'linux' && os === process.platform && cpu === process.arch;
}

const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;

try {
  const platforms = wanted(process.argv.slice(2));
  checkNode();
  dependencies(root);
  install(missingForBuild('source'));
  xgboostSource();
  for (const platform of platforms) {
    build(platform);
    node20Sqlite(platform);
    for (const file of packPlatform(platform)) say(`prebuilds/${file}`);
  }
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`prebuild: ${error.message}`);
  process.exit(1);
}
