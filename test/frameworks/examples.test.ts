import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { exampleFolder } from '../support/frameworks.js';

it.each(['tensorflow.mjs', 'keras.mjs'])(
  '%s finds a network that reads digits better than the usual one',
  async (file) => {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [file], { cwd: exampleFolder });
    expect(stderr).toBe('');
    expect(stdout).toContain('leakedTensors: 0');
    const [, usual, found] = stdout.match(/held-out accuracy: (\S+) with the usual setting, (\S+) with what/) ?? [];
    expect(Number(found)).toBeGreaterThan(Number(usual) + 0.05);
  },
);
