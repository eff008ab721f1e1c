/** Optuna, in a virtual environment of the benchmarks' own. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const PACKAGE = 'optuna==5.*';
const environment = fileURLToPath(new URL('../build-bench-venv', import.meta.url));
const python = `${environment}/bin/python`;
const script = fileURLToPath(new URL('fixtures/optuna_rate.py', import.meta.url));

/** Why Optuna cannot be had, on one line; undefined when it is there. */
export function optunaIsMissing() {
  try {
    if (!existsSync(python)) output('python3', ['-m', 'venv', environment]);
    output(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', PACKAGE]);
    return undefined;
  } catch (error) {
    const said = String(error.stderr || error.stdout || error.message).trim();
    return `${PACKAGE} could not be installed: ${said.split('\n').at(-1)}`;
  }
}

/** Optuna's version, and its trials a second with one of its samplers. */
export function optunaRate(sampler, trials) {
  return JSON.parse(output(python, [script, sampler, String(trials)]));
}

function output(program, args) {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}
