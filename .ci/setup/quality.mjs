/** The Python of the benchmark `quality`, in build-quality-venv: the optimizers it compares with, and the models it tunes. */
import { virtualEnvironment } from './venv.mjs';

const PACKAGES = [
  'optuna==5.*',
  'cmaes==0.13.*',
  'cma==4.*',
  'hyperopt==0.3.*',
  'scikit-learn==1.9.*',
  'scipy==1.17.*',
  'numpy==2.*',
  'xgboost-cpu==3.2.*', // PyPI's `xgboost` is the same, with 300 MB of CUDA libraries
];

/** In an environment of its own: without SMAC3 the others still run. */
const SMAC = ['smac==2.4.*', 'ConfigSpace==1.2.*', 'scikit-learn==1.9.*', 'scipy==1.17.*', 'numpy==2.*'];

/**
 * The interpreter that has them; the first call installs them, which takes half a minute.
 *
 * @throws an error of one line that says why they cannot be had.
 */
export function qualityPython() {
  return `${virtualEnvironment('quality', PACKAGES)}/python`;
}

/**
 * The interpreter that has SMAC3; the first call installs it, which takes a minute.
 *
 * @throws an error of one line that says why it cannot be had.
 */
export function smacPython() {
  return `${virtualEnvironment('quality-smac', SMAC)}/python`;
}
