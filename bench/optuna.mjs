/** Optuna, in a virtual environment of the benchmarks' own. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { virtualEnvironment } from '../.ci/setup/venv.mjs';

let python;

/** Why Optuna cannot be had, on one line; undefined when it is there. */
export function optunaIsMissing() {
  try {
    python = `${virtualEnvironment('bench', ['optuna==5.*'])}/python`;
    return undefined;
  } catch (error) {
    return error.message;
  }
}

/** What a script of fixtures/ prints, as JSON. */
export function optuna(script, ...args) {
  const file = fileURLToPath(new URL(`fixtures/${script}`, import.meta.url));
  return JSON.parse(execFileSync(python, [file, ...args.map(String)], { encoding: 'utf8', maxBuffer: 2 ** 28 }));
}

/** Optuna's version, and its trials a second with one of its samplers. */
export function optunaRate(sampler, trials) {
  return optuna('optuna_rate.py', sampler, trials);
}
