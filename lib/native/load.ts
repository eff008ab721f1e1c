import { ShacError } from '../errors.js';
import { ownFile, require } from '../package/own-files.js';
import { platformName } from './platform.js';

/**
 * Loads the addon: one that was built here, since whoever built it wants it, else that of this platform's package.
 *
 * @throws ERR_ADDON_NOT_FOUND with the ways out, when there is none or it does not load.
 */
export function loadAddon(): unknown {
  const root = ownFile('..');
  const built = ownBuild(require('node-gyp-build') as NodeGypBuild, root);
  if (built !== undefined) return loadFrom(built);
  const { version } = require(ownFile('../package.json')) as { version: string };
  let failure: ShacError | undefined;
  for (const name of packages()) {
    const file = resolved(name);
    if (file === undefined) continue;
    try {
      const other = (require(`${name}/package.json`) as { version: string }).version;
      if (other !== version) throw notFound(`${file} is that of shac ${other}, this is shac ${version}`);
      return loadFrom(file);
    } catch (error) {
      failure = error as ShacError;
    }
  }
  throw failure ?? notFound(`there is no package @shac/${platformName()}, and no addon built in ${root}`);
}

/** Where the addon may be. npm installs that of the C library which is here: to ask which it is takes longer than to try. */
function packages(): readonly string[] {
  const { platform, arch } = process;
  const libcs = platform === 'linux' ? ['-gnu', '-musl'] : [''];
  return libcs.map((libc) => `@shac/${platform}-${arch}${libc}`);
}

function resolved(name: string): string | undefined {
  try {
    return require.resolve(name);
  } catch {
    return undefined;
  }
}

type NodeGypBuild = { resolve(root: string): string };

function ownBuild(nodeGypBuild: NodeGypBuild, root: string): string | undefined {
  try {
    return nodeGypBuild.resolve(root);
  } catch {
    return undefined; // nothing is built
  }
}

function loadFrom(file: string): unknown {
  try {
    return require(file);
  } catch (cause) {
    throw notFound(`${file} does not load: ${cause instanceof Error ? cause.message : cause}`, cause);
  }
}

function notFound(why: string, cause?: unknown): ShacError {
  const { platform, arch, version } = process;
  return new ShacError(
    'ERR_ADDON_NOT_FOUND',
    `The native addon of shac for ${platformName()} cannot be loaded: ${why}. It is installed with shac as an optional ` +
      'dependency: install again without --omit=optional or --no-optional, on the machine where it runs. Where there is ' +
      `no package for a platform (this is Node ${version} on ${platform}-${arch}), \`npx shac build\` compiles it: that ` +
      'needs a C++20 compiler, cmake and XGBoost (Debian: apt-get install -y g++ make cmake libxgboost-dev).',
    cause === undefined ? undefined : { cause },
  );
}
