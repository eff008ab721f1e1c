import { describe, expect, it } from 'vitest';
import { runChild } from '../support/child.js';

describe("the addon's entry points", () => {
  it.each([1, 2, 3])('survive any arguments (seed %i)', async (seed) => {
    const child = await runChild('fuzz-addon.mjs', ['5000', String(seed)], ['--expose-gc']);
    expect({ code: child.code, signal: child.signal, stderr: child.stderr }).toEqual({
      code: 0,
      signal: null,
      stderr: '',
    });
    const { calls, returned, threw, resolved, rejected, intact } = JSON.parse(child.stdout);
    expect({ calls, intact }).toEqual({ calls: 5000, intact: true });
    // Both ways were taken often enough, in calls and in jobs.
    expect(returned + threw).toBe(calls);
    expect(Math.min(returned, threw, resolved)).toBeGreaterThan(100);
    expect(rejected).toBeGreaterThan(0);
  });
});
