/**
 * The Python frameworks that the suite `frameworks` and the bench `managed` run on: a virtual environment in
 * build-frameworks-venv, made again when test/frameworks/python asks for others.
 */
import { copyFileSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run, say } from './shell.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const place = join(root, 'build-frameworks-venv');
/** The interpreter that has them. */
export const python = join(place, 'bin/python');

export function pythonFrameworks() {
  const wanted = join(root, 'test/frameworks/python/requirements.txt');
  const stamp = join(place, 'requirements.txt');
  if (existsSync(stamp) && readFileSync(stamp).equals(readFileSync(wanted))) return;
  say('pip install of the Python frameworks (some minutes, 7 GB)');
  rmSync(place, { recursive: true, force: true });
  run('python3', ['-m', 'venv', place]);
  const flags = ['--quiet', '--disable-pip-version-check', '--no-cache-dir', '--no-compile'];
  run(python, ['-m', 'pip', 'install', ...flags, '--requirement', wanted]);
  copyFileSync(wanted, stamp); // last: the environment is whole
}
