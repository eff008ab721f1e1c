/** What users get wrong: one line that says what to do, exit code 1, and no stack. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryDirectory } from '../support/studies.js';
import { jsonOf, shac, studyFile } from './shac.js';

const VALUE = 'return x + y;';

async function refused(cwd: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await shac(cwd, ...args);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).not.toMatch(/^ {4}at /m);
  expect(stderr).toMatch(/^shac: .+\n/);
  return stderr;
}

function withFile(content: string, name = 'study.ts'): string {
  const cwd = temporaryDirectory();
  writeFileSync(join(cwd, name), content);
  return cwd;
}

it.each([
  [['--budgets', '5'], "unknown option '--budgets'"],
  [['--budget', 'many'], "'many'"],
  [['--budget', '0'], "'0'"],
  [['--batches', '2.5'], "'2.5'"],
  [['--seed', '-1'], "'-1'"],
  [['--evaluators', '257'], 'a whole number from 1 to 256'],
  [['--generators', '0'], 'a whole number from 1 to 256'],
])('refuses the flag %j', async ([flag = '', ...values], message) => {
  const { cwd, file } = studyFile(VALUE);
  const stderr = await refused(cwd, 'run', file, flag, ...values);
  expect(stderr).toContain(flag);
  expect(stderr).toContain(message);
});

it('refuses to list a database that is not there, when it is named', async () => {
  const cwd = temporaryDirectory();
  expect(await refused(cwd, 'studies', '--db', 'typo.db')).toBe('shac: there is no database typo.db\n');
  expect((await shac(cwd, 'studies')).stdout).toBe('no studies in shac.db\n');
});

it('refuses a command that it does not have', async () => {
  expect(await refused(temporaryDirectory(), 'walk')).toContain("unknown command 'walk'");
});

it('refuses to run without a study file', async () => {
  expect(await refused(temporaryDirectory(), 'run')).toContain('study');
});

it('names both numbers of a budget that cannot be divided', async () => {
  const { cwd, file } = studyFile(VALUE);
  expect(await refused(cwd, 'run', file, '--budget', '41', '--batches', '4')).toMatch(
    /totalBudget 41 is not divisible by numBatches 4; 40 or 44 would be, or numBatches 41\n/,
  );
});

it.each([
  [
    ['--budget', '42'],
    42,
    /^shac: the study's 4 batches do not divide a budget of 42; .* 3 batches of 14 \(.*40 or 44/,
  ],
  [['--budget', '41'], 41, /^shac: the study's 4 batches do not divide a budget of 41; .* 41 batches of 1 \(/],
  [['--batches', '3'], 39, /^shac: 3 batches do not divide the study's budget of 40; it is 39 now\n$/],
  [['--budget', '60', '--batches', '3'], 60, /^$/],
])('adapts what is not given to %j, and says so once', async (flags, trials, message) => {
  const { cwd, file } = studyFile(VALUE);
  const result = await shac(cwd, 'run', file, '--json', ...flags);
  expect(jsonOf(result)).toMatchObject({ trials });
  expect(result.stderr).toMatch(message);
  expect(result.stderr.split('\n').length).toBeLessThanOrEqual(2);
  const again = await shac(cwd, 'run', file, '--json', '--resume', ...flags);
  expect(jsonOf(again)).toMatchObject({ trials });
});

it('names a study file that is not there, or is a directory', async () => {
  const cwd = temporaryDirectory();
  mkdirSync(join(cwd, 'folder.ts'));
  expect(await refused(cwd, 'run', 'absent.ts')).toMatch(/there is no study file .*absent\.ts/);
  expect(await refused(cwd, 'run', 'folder.ts')).toMatch(/there is no study file .*folder\.ts/);
});

it.each([
  ['export const x = 1;', 'not a study; write: export default defineStudy({ … })'],
  ['export default { space: {} };', 'is {"space":{}}, not a study'],
  ['export default () => 1;', 'not a study'],
])('refuses a file whose default export is no study: %s', async (content, message) => {
  expect(await refused(withFile(content), 'run', 'study.ts')).toContain(message);
});

it.each(['study.ts', 'study.mjs'])('tells where %s has a syntax error', async (name) => {
  const cwd = withFile('const a = 1;\nexport default {{\n', name);
  const stderr = await refused(cwd, 'run', name);
  expect(stderr).toMatch(/^shac: the study file .* cannot be loaded: .*Unexpected token.*\n$/);
  expect(stderr).toContain(`${join(cwd, name)}:2:`);
});

it('tells where a file that a study imports has a syntax error', async () => {
  const cwd = withFile("import './other.mjs';\n", 'study.mjs');
  writeFileSync(join(cwd, 'other.mjs'), 'let a;\nlet a;\n');
  expect(await refused(cwd, 'run', 'study.mjs')).toContain(`${join(cwd, 'other.mjs')}:2:`);
});

it.each(['study.ts', 'study.mjs'])('tells which line of %s threw', async (name) => {
  const cwd = withFile('const a = 1;\n\nmissing(a);\n', name);
  const stderr = await refused(cwd, 'run', name);
  expect(stderr.endsWith(` cannot be loaded: missing is not defined (${join(cwd, name)}:3)\n`)).toBe(true);
});

it('tells which line of a file that a study imports threw', async () => {
  const cwd = withFile("import './other.mjs';\n", 'study.mjs');
  writeFileSync(join(cwd, 'other.mjs'), '\nmissing();\n');
  expect(await refused(cwd, 'run', 'study.mjs')).toContain(`(${join(cwd, 'other.mjs')}:2)`);
});

it.each(['threads', 'inline'])(
  'tells where the module of an objective has a syntax error, evaluated in %s',
  async (where) => {
    const { cwd, file } = studyFile(VALUE);
    const module = "{ module: './objective.mjs' }";
    writeFileSync(
      join(cwd, file),
      readFileSync(join(cwd, file), 'utf8').replace(/evaluate: [\s\S]*\},\n\}/, `evaluate: ${module} }`),
    );
    writeFileSync(join(cwd, 'objective.mjs'), 'const a = 1;\nexport default {{\n');
    const { code, stderr } = await shac(cwd, 'run', file, '--backend', where);
    expect(code).toBe(1);
    expect(stderr).toContain(`Unexpected token '{' (${join(cwd, 'objective.mjs')}:2:17)`);
  },
);

it('names a module that a study file does not find', async () => {
  const stderr = await refused(withFile("import './absent.js';\n"), 'run', 'study.ts');
  expect(stderr).toContain("Cannot find module './absent.js'");
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
});

it.each([
  ['totalBudget: 41, numBatches: 4, evaluate: () => 1', 'totalBudget 41 is not divisible by numBatches 4'],
  ['totalBudget: 40, numBatches: 4, evaluate: 1', 'evaluate must be a function'],
  ['totalBudget: 40, numBatches: 4, evaluate: () => 1, report: 1', 'report must be a function'],
  ['totalBudget: 40, numBatches: 4, evaluate: () => 1, retries: -1', 'retries must be a whole number'],
  ['totalBudget: 40, numBatches: 4, evaluate: () => 1, budget: 3', 'unknown option "budget" of defineStudy'],
])('tells what is wrong with a definition: %s', async (definition, message) => {
  const content = `import { defineStudy, uniform } from 'shac';
export default defineStudy({ space: { x: uniform(0, 1) }, ${definition} });\n`;
  expect(await refused(withFile(content, 'study.mjs'), 'run', 'study.mjs')).toContain(message);
});
