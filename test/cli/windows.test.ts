/** What the program does differently on Windows: words for cmd.exe, and standard output that only JavaScript leaves. */
import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { quoted } from '../../dist/cli/continuation.js';

it.each([
  ['C:\\data\\shac.db', 'C:\\data\\shac.db'],
  ['my study.ts', '"my study.ts"'],
  ["it's", '"it\'s"'],
  ['a "b"', '"a \\"b\\""'],
  ['C:\\my data\\', '"C:\\my data\\\\"'],
])('the word %j is typed as %j', (word, typed) => {
  expect(quoted(word, 'win32')).toBe(typed);
});

it('with --json, what an objective prints goes to standard error where the descriptor cannot be turned', () => {
  const output = new URL('../../dist/cli/output.js', import.meta.url).href;
  const script = `import { Output } from ${JSON.stringify(output)};
    const output = new Output(true);
    output.take(() => 1);
    console.log('logged'); process.stdout.write('open');
    output.print('{}');`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  expect({ stdout, stderr }).toEqual({ stdout: '{}\n', stderr: 'logged\nopen\n' });
});
