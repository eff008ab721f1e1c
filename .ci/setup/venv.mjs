/** Virtual environments of Python's packages, for benchmarks and tests: ignored folders of the repository. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const WHO = 'import sys; print(sys.version, sys.base_prefix)';

/**
 * Makes build-NAME-venv with these packages, unless it is there with them already.
 *
 * @returns its `bin`.
 * @throws an error of one line that says why it cannot be had.
 */
export function virtualEnvironment(name, packages) {
  const folder = fileURLToPath(new URL(`../../build-${name}-venv`, import.meta.url));
  const stamp = `${folder}/packages.json`; // the last file that is written: without it the folder is half done
  const wanted = () => JSON.stringify([packages, output('python3', ['-c', WHO])]);
  try {
    if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted()) {
      rmSync(folder, { recursive: true, force: true });
      output('python3', ['-m', 'venv', folder]);
      output(`${folder}/bin/python`, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages]);
      writeFileSync(stamp, wanted());
    }
  } catch (error) {
    const said = String(error.stderr || error.stdout || error.message).trim();
    throw new Error(`${packages.join(', ')} could not be installed: ${said.split('\n').at(-1)}`);
  }
  return `${folder}/bin`;
}

function output(program, args) {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}
