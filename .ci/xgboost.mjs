/**
 * Fills native/xgboost, the submodule, with XGBoost's C++ source: then the addon is built with XGBoost inside.
 *
 *     npm run xgboost                    by git; where that fails, from PyPI's source archive
 *     npm run xgboost -- --git           the submodule's commit and those of its own submodules
 *     npm run xgboost -- --pypi          PyPI's source archive, checked by its hash
 *     npm run xgboost -- FOLDER          a folder with XGBoost's CMakeLists.txt and dmlc-core
 *     npm run xgboost -- FILE.tar.gz     PyPI's source archive as a file, checked by its hash
 */
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isXgboostSource } from './setup/host.mjs';
import { run, SetupError, say, tryRun } from './setup/shell.mjs';
import { virtualEnvironment } from './setup/venv.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const place = join(root, 'native/xgboost');
/** The submodule's commit is this version's. */
const VERSION = '3.4.1';
const ARCHIVE = `xgboost-${VERSION}.tar.gz`;
const SHA256 = '6968a4c71efdfa859df0dfcad0d99211c95c28c4ffd6aecff46efff77d18026a';

/** Takes the source from where it says, or from the first place that has it. Does nothing when it is there. */
export function xgboostSource(from) {
  if (isXgboostSource(place)) {
    say(`native/xgboost is XGBoost's source already (remove the folder to take another)`);
    return;
  }
  if (from === '--git') fromGit();
  else if (from === '--pypi') fromPypi();
  else if (from !== undefined) fromPath(resolve(from));
  else {
    try {
      fromGit();
    } catch (error) {
      say(`the submodule cannot be had by git (${/^fatal: .*/m.exec(error.message)?.[0] ?? error.message})`);
      fromPypi();
    }
  }
  if (!isXgboostSource(place)) throw new SetupError(`${place} is not XGBoost's source with dmlc-core in it.`);
  say(`native/xgboost is XGBoost ${VERSION}`);
}

function fromGit() {
  if (!existsSync(join(root, '.git'))) throw new SetupError('this is no git repository');
  say('git submodule update --init --recursive native/xgboost');
  const env = { ...process.env, GIT_TERMINAL_PROMPT: '0' };
  run('git', ['submodule', 'update', '--init', '--recursive', '--depth', '1', 'native/xgboost'], { cwd: root, env });
}

function fromPypi() {
  const folder = mkdtempSync(join(tmpdir(), 'shac-xgboost-'));
  try {
    say(`pip download of xgboost ${VERSION}'s source archive`);
    // The archive says that it needs a newer Python than some have: it is taken for its C++ alone.
    const flags = ['--no-deps', '--no-binary', 'xgboost', '--ignore-requires-python', '--quiet', '--dest', folder];
    const python = tryRun('python3', ['-m', 'pip', '--version']).status === 0 ? 'python3' : venvPython();
    run(python, ['-m', 'pip', 'download', ...flags, `xgboost==${VERSION}`]);
    fromPath(join(folder, ARCHIVE));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function venvPython() {
  return join(virtualEnvironment('pip', ['pip']), 'python');
}

function fromPath(path) {
  if (!existsSync(path)) throw new SetupError(`There is no ${path}: give a folder, or the file ${ARCHIVE}.`);
  if (statSync(path).isDirectory()) {
    const source = [path, join(path, 'cpp_src')].find(isXgboostSource);
    if (!source) throw new SetupError(`${path} has no CMakeLists.txt of XGBoost with dmlc-core beside it.`);
    copySource(source);
    return;
  }
  const sum = createHash('sha256').update(readFileSync(path)).digest('hex');
  if (sum !== SHA256) throw new SetupError(`${path} is not PyPI's ${ARCHIVE}: its SHA-256 is ${sum}, not ${SHA256}.`);
  const folder = mkdtempSync(join(tmpdir(), 'shac-xgboost-'));
  try {
    run('tar', ['-xzf', path, '-C', folder]);
    copySource(join(folder, `xgboost-${VERSION}/cpp_src`));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function copySource(source) {
  rmSync(place, { recursive: true, force: true });
  cpSync(source, place, { recursive: true, filter: (path) => !path.endsWith('/.git') });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    const [from, ...more] = process.argv.slice(2);
    if (more.length > 0 || from === '' || (from?.startsWith('--') && from !== '--git' && from !== '--pypi')) {
      throw new SetupError('usage: npm run xgboost [-- --git | --pypi | FOLDER | FILE.tar.gz]');
    }
    xgboostSource(from);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(`xgboost: ${error.message}`);
    process.exit(1);
  }
}
