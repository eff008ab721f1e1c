/** The API reference is made without a warning: what a public type names is public, and what a comment links to is there. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

it('npm run docs has nothing to warn of', async () => {
  const cwd = fileURLToPath(new URL('../..', import.meta.url));
  const { stdout, stderr } = await promisify(execFile)('npm', ['run', '--silent', 'docs'], { cwd });
  expect(stdout + stderr).toContain('html generated');
  expect(stdout + stderr).not.toMatch(/warning/i);
});
