/**
 * The frameworks that the suite `frameworks` runs on, in build-frameworks: npm packages, installed when test/frameworks/npm
 * asks for others, and this package as a link, as if a user had installed all of them.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run, say } from './shell.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
/** Where a user's modules would be, beside node_modules. */
export const place = join(root, 'build-frameworks');

/** Makes the folder ready, with copies of `folders` of the repository in it. */
export function frameworks(folders) {
  npmPackages();
  const link = join(place, 'node_modules/shac');
  if (!existsSync(link)) symlinkSync(root, link, 'dir');
  for (const folder of folders) {
    const copy = join(place, folder);
    rmSync(copy, { recursive: true, force: true });
    cpSync(join(root, folder), copy, { recursive: true });
  }
}

function npmPackages() {
  const wanted = join(root, 'test/frameworks/npm/package.json');
  const manifest = join(place, 'package.json');
  const stamp = join(place, 'node_modules/.package-lock.json'); // npm's, when it is done
  if (existsSync(stamp) && existsSync(manifest) && readFileSync(manifest).equals(readFileSync(wanted))) return;
  say('npm install of the frameworks (a minute)');
  mkdirSync(place, { recursive: true });
  cpSync(wanted, manifest);
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'];
  run('npm', ['install', ...flags], { cwd: place });
}
