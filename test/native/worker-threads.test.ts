import { describe, expect, it } from 'vitest';
import { runChild } from '../support/child.js';

describe('worker threads', () => {
  it('load the addon, sample the same as the main thread, and may be terminated in the middle of jobs', async () => {
    const { code, signal, stdout, stderr } = await runChild('worker-jobs.mjs', ['200']);
    expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({ same: true, terminated: 200, again: true });
  }, 180_000);
});

describe('a process', () => {
  it('may exit while jobs are running, and does not wait for their end', async () => {
    const { code, signal, stderr } = await runChild('exit-while-running.mjs', ['exit']);
    expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' });
  });

  it('may die of an error while jobs are running', async () => {
    const { code, signal, stderr } = await runChild('exit-while-running.mjs', ['throw']);
    expect({ code, signal }).toEqual({ code: 1, signal: null });
    expect(stderr).toContain('Error: uncaught');
  });
});
