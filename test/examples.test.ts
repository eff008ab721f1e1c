import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** What each prints last is its best trial; the bounds are what a search that works is sure to reach. */
const examples: Record<string, (value: number) => boolean> = {
  'serial.mjs': (ms) => ms > 0 && ms < 1000,
  'concurrent.mjs': (distance) => distance < 1,
  'parallel.mjs': (score) => score < 20,
  'command.mjs': (loss) => loss < 1e-3,
  'python.mjs': (accuracy) => accuracy > 0.8,
};

describe('an example ends by itself and finds something good', () => {
  it.each(Object.entries(examples))('%s', async (file, good) => {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [`examples/${file}`], { cwd: root });
    expect(stderr).toBe('');
    expect(stdout).toContain("state: 'COMPLETE'");
    const value = Number(stdout.match(/value: (\S+),/)?.[1]);
    expect(good(value), String(value)).toBe(true);
  });
});
