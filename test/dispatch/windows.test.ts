/** What differs on Windows, by its rules on this system: programs, variables, places in stacks, a Python without fork. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { python, SHAC, uniform } from 'shac';
import { describe, expect, it } from 'vitest';
import { importFailure } from '../../dist/dispatch/objective/import.js';
import { requireProgram } from '../../dist/dispatch/process/program.js';
import { variable, withVariables } from '../../dist/dispatch/process/variables.js';
import { temporaryDirectory } from '../support/studies.js';

describe('a program', () => {
  const required = (program: string) => {
    const dir = temporaryDirectory();
    const bin = join(dir, 'bin');
    mkdirSync(bin);
    for (const file of ['bin/tool.exe', 'bin/batch.cmd', 'bin/run.py', 'train', 'here.com']) {
      writeFileSync(join(dir, file), '', { mode: 0o755 });
    }
    return requireProgram(program, { cwd: dir, env: { Path: bin } }, 'win32');
  };

  it.each(['tool', 'tool.exe', './bin/tool', './bin/tool.exe', 'here'])('%s is found', async (program) => {
    await required(program);
  });

  it.each([
    ['batch', /batch\.cmd" is none: name the program that runs it first, as in \['cmd', '\/c', "/],
    ['./bin/run.py', /run\.py" is none: name the program that runs it first, as in \['python', "/],
    ['./train', /Windows starts only \.exe and \.com files by themselves, and ".*train" is none/],
    ['missing', /the program "missing" is not on the PATH: .* \(PATH is .*bin\)/],
    ['./missing.exe', /the program ".\/missing.exe" is not there/],
  ])('%s is refused, with the way out', async (program, message) => {
    await expect(required(program)).rejects.toMatchObject({
      code: 'ERR_INVALID_OBJECTIVE',
      message: expect.stringMatching(message),
    });
  });
});

it('variables have one value whatever their case', () => {
  const env = withVariables({ Path: 'old', PATH: 'older', Other: '1' }, { path: 'new' }, 'win32');
  expect(env).toEqual({ Other: '1', path: 'new' });
  expect(variable(env, 'PATH', 'win32')).toBe('new');
  expect(withVariables({ Path: 'old' }, { PATH: 'new' }, 'linux')).toEqual({ Path: 'old', PATH: 'new' });
});

it.each([
  ['    at evaluate (C:\\work\\my study.cjs:3:9)', 'C:\\work\\my study.cjs:3'],
  ['    at C:\\work\\node_modules\\it\\index.js:1:1\n    at D:/work/study.ts:7:2', 'D:/work/study.ts:7'],
])('an error while a module is loaded names its place: %j', (stack, place) => {
  const error = Object.assign(new Error('no data'), { stack: `Error: no data\n${stack}` });
  expect(importFailure(error, 'C:\\work\\study.cjs')).toBe(`no data (${place})`);
});

it('an error of syntax names its place in what Node prints with the line ends of Windows', () => {
  const stack = 'C:\\work\\study.cjs:2\r\nlet let b;\r\n    ^^^\r\n\r\nSyntaxError: no such word';
  const error = Object.assign(new SyntaxError('no such word'), { stack });
  expect(importFailure(error, 'C:\\work\\study.cjs')).toBe('no such word (C:\\work\\study.cjs:2:5)');
});

it('Python has no fork to hear of', async () => {
  const dir = temporaryDirectory();
  writeFileSync(join(dir, 'sitecustomize.py'), 'import os\ndel os.register_at_fork\n');
  writeFileSync(join(dir, 'objective.py'), "def evaluate(params):\n  return params['x']\n");
  const search = new SHAC({ x: uniform(0, 1) }, { totalBudget: 2, numBatches: 1, objective: 'min' });
  await search.fit(python({ module: join(dir, 'objective.py'), env: { PYTHONPATH: dir } }));
  expect(search.trials.map(({ state }) => state)).toEqual(['COMPLETE', 'COMPLETE']);
});
