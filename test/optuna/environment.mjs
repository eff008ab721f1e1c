/** Has the real Optuna, in build-test-venv, before its tests begin; tells them where it is. */
import { virtualEnvironment } from '../../.ci/setup/venv.mjs';

const PACKAGES = ['optuna==5.*', 'optuna-dashboard', 'plotly', 'scikit-learn']; // the last two: plots and importances

export default function setup(project) {
  project.provide('optuna', virtualEnvironment('test', PACKAGES));
}
