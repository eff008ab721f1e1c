import type { Trial } from 'shac';
import { describe, expect, it } from 'vitest';
import { runChild } from '../support/child.js';
import { temporaryDirectory } from '../support/studies.js';

const ways = [
  ['processes', 'memory', /FATAL ERROR: .*heap out of memory/],
  ['processes', 'throw', /RangeError: nobody catches this\n\s+at .*dies\.mjs/],
  ['processes', 'abort', /stack trace/],
  ['python', 'abort', /Fatal Python error: Aborted[\s\S]*steps_out\.py", line \d+ in crashes/],
] as const;

describe('what a worker says when it crashes', () => {
  it.each(ways)('is kept with the trial, and not written to the terminal: %s, %s', async (where, way, dump) => {
    const log = `${temporaryDirectory()}/log`;
    const { code, stderr, stdout } = await runChild(
      'crash-at-work.mjs',
      [where, way, log],
      ['--max-old-space-size=48'],
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const trials = JSON.parse(stdout) as Trial[];
    expect(trials.map(({ state }) => state)).toEqual(['COMPLETE', 'FAIL', 'COMPLETE', 'COMPLETE']);
    expect(trials[1]?.stderr).toMatch(dump);
  });
});
