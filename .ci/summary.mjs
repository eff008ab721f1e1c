/**
 * Prints `N passed, M failed` over the suites of .ci/run, and exits 1 when anything failed.
 *
 * Reads the folder of reports that is its argument: for each suite a file NAME.status (the exit status) and, where the
 * suite got as far as its tests, NAME.json (of Vitest or of GoogleTest). A suite that failed without a failed test
 * (it did not build, it crashed, it did not lint) counts as one failure, and so does one without any test. For each step
 * that has no tests there is NAME.step, its exit status: one failure if it is not 0.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.argv[2];
const files = readdirSync(folder);
const suites = files
  .filter((file) => file.endsWith('.status'))
  .map((file) => countsOf(file.slice(0, -'.status'.length)));
const failedSteps = files.filter((file) => file.endsWith('.step') && statusIn(file) !== '0').length;
const passed = suites.reduce((sum, suite) => sum + suite.passed, 0);
const failed = suites.reduce((sum, suite) => sum + suite.failed, failedSteps);

console.log(`${passed} passed, ${failed} failed`);
process.exit(suites.length > 0 && failed === 0 ? 0 : 1);

function countsOf(name) {
  const status = statusIn(`${name}.status`);
  const { passed, failed } = readReport(join(folder, `${name}.json`));
  // A suite that ran no test at all has not passed either.
  const broken = failed === 0 && (status !== '0' || passed === 0);
  return { passed, failed: broken ? 1 : failed };
}

function statusIn(file) {
  return readFileSync(join(folder, file), 'utf8').trim();
}

function readReport(file) {
  if (!existsSync(file)) return { passed: 0, failed: 0 };
  const report = JSON.parse(readFileSync(file, 'utf8') || '{}');
  if ('numPassedTests' in report) return { passed: report.numPassedTests, failed: report.numFailedTests };
  const tests = (report.testsuites ?? []).flatMap((suite) => suite.testsuite);
  const ran = tests.filter((test) => test.result === 'COMPLETED');
  const failed = ran.filter((test) => test.failures).length;
  return { passed: ran.length - failed, failed };
}
