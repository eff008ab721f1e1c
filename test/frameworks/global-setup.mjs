import { frameworks } from '../../.ci/setup/frameworks.mjs';

/** Before all tests of the frameworks: what they run on. */
export default function setup() {
  frameworks(['test/fixtures/managed', 'examples/managed']);
}
