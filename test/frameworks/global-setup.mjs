import { frameworks } from '../../.ci/setup/frameworks.mjs';
import { pythonFrameworks } from '../../.ci/setup/python-frameworks.mjs';

/** Before all tests of the frameworks: what they run on. */
export default function setup() {
  frameworks(['test/fixtures/managed', 'examples/managed']);
  pythonFrameworks();
}
