import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { ShacError } from '../errors.js';
import { ownFile } from '../package/own-files.js';
import { tell } from './lines.js';

/** What compiles the addon; a package that has one needs none of them, so they are installed for this alone. */
const TOOLS = ['cmake-js', 'node-addon-api'] as const;

/**
 * `shac build`: compiles the native addon on this machine, in the package's own folder, where it is loaded from first. Works
 * without an addon.
 *
 * @throws ERR_ADDON_NOT_FOUND when a step fails; what it printed is on standard error.
 */
export async function buildAddon(): Promise<void> {
  const root = ownFile('..');
  const { devDependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    devDependencies: Record<string, string>;
  };
  const tools = join(root, 'build/tools');
  try {
    await installTools(tools, devDependencies);
    tell('shac: compiling the addon (a minute)');
    const modules = join(tools, 'node_modules');
    const where = [`--directory=${root}`, `--CDNODE_ADDON_API_DIR=${join(modules, 'node-addon-api')}`];
    await run(process.execPath, [join(modules, 'cmake-js/bin/cmake-js'), 'compile', ...where], root);
  } finally {
    await rm(tools, { recursive: true, force: true });
  }
  tell(`shac: built ${join(root, 'build/Release/shac.node')}`);
}

async function installTools(folder: string, versions: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{ "private": true }\n');
  tell(`shac: installing ${TOOLS.join(' and ')} for the build`);
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  await run('npm', ['install', ...flags, ...TOOLS.map((name) => `${name}@${versions[name]}`)], folder);
}

/** Runs a command; what it prints goes to standard error. */
async function run(command: string, args: readonly string[], cwd: string): Promise<void> {
  const env = { CMAKE_BUILD_PARALLEL_LEVEL: String(availableParallelism()), ...process.env };
  const shell = process.platform === 'win32' && command === 'npm'; // a script there
  const child = spawn(command, args, { cwd, env, shell, stdio: ['ignore', 2, 2] });
  const [status] = await once(child, 'exit').catch((cause) => {
    throw failed(`${command} cannot be started`, cause);
  });
  if (status !== 0) throw failed(`${command} ${args[0]} ended with status ${status}`);
}

function failed(why: string, cause?: unknown): ShacError {
  return new ShacError(
    'ERR_ADDON_NOT_FOUND',
    `The addon could not be built: ${why}. It needs npm, a C++20 compiler, cmake and XGBoost (Debian: apt-get install -y ` +
      'g++ make cmake libxgboost-dev; XGBOOST_ROOT names another prefix with include/ and lib/).',
    cause === undefined ? undefined : { cause },
  );
}
