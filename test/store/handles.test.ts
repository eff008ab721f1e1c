/** Files of studies are open while they are used, and few at a time. */
import { spawn } from 'node:child_process';
import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { SHAC, sqlite } from 'shac';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { crashFixture } from '../support/crash.js';
import { loss, outcome, space, study, studyOptions, temporaryDirectory } from '../support/studies.js';

/** How many handles this process has of files in a directory. */
function handlesIn(dir: string): number {
  const linkOf = (fd: string) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return ''; // that of the listing itself
    }
  };
  return readdirSync('/proc/self/fd').filter((fd) => linkOf(fd).startsWith(dir)).length;
}

/** Runs searches that nobody closes, in a process that may have so many files open. */
async function searchesUnder(limit: number, plan: { count: number; files: number }) {
  const argument = JSON.stringify({ dir: temporaryDirectory(), ...plan });
  const script = `ulimit -n ${limit} && exec "$0" "$@"`;
  const child = spawn('sh', ['-c', script, process.execPath, crashFixture('searches.mjs'), argument]);
  onTestFinished(() => void child.kill('SIGKILL'));
  const [said, failed] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { said, failed };
}

describe('searches that nobody closes', () => {
  it.each([
    ['in files of their own', 250],
    ['in one file', 1],
  ])('leave few files open: many %s', async (_, files) => {
    const { said, failed } = await searchesUnder(100, { count: 250, files });
    expect(failed).toBe('');
    expect(said).toBe('500 trials\n');
  });

  it('share the handle of a file, and close it when nobody has used it for a while', async () => {
    const dir = temporaryDirectory();
    const storage = join(dir, 'study.db');
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const first = study({ storage, studyName: 'first' });
    await first.fit(loss);
    const open = handlesIn(dir);
    expect(open).toBeGreaterThan(0);
    const others = ['second', 'third'].map((studyName) => study({ storage, studyName }));
    for (const other of others) await other.ask(1);
    expect(handlesIn(dir)).toBe(open);
    vi.advanceTimersByTime(10_000);
    expect(handlesIn(dir)).toBe(0);
    // It opens again by itself.
    for (const other of others) await other.fit(loss);
    expect(outcome(others[0]?.trials as never)).toEqual(outcome(first.trials));
  });
});

describe('a search that is disposed of', () => {
  it('lets go of its study and of its file', async () => {
    const dir = temporaryDirectory();
    const storage = join(dir, 'study.db');
    {
      await using search = new SHAC(space, studyOptions({ storage }));
      await search.ask(1);
      expect(sqlite(storage).studies()[0]?.owner).toBeDefined();
    }
    expect(sqlite(storage).studies()[0]?.owner).toBeUndefined();
  });

  it('leaves the file to others that use it', async () => {
    const dir = temporaryDirectory();
    const storage = join(dir, 'study.db');
    const [one, other] = ['one', 'other'].map((studyName) => study({ storage, studyName })) as [
      SHAC<typeof space>,
      SHAC<typeof space>,
    ];
    await one.ask(1);
    await other.ask(1);
    await one.close();
    expect(handlesIn(dir)).toBeGreaterThan(0);
    await other.close();
    expect(handlesIn(dir)).toBe(0);
    await expect(one.ask(1)).rejects.toMatchObject({
      code: 'ERR_STORAGE',
      message: expect.stringContaining('was closed'),
    });
  });
});
