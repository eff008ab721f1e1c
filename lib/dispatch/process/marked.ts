import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** How often is looked for what was started while the rest was killed. */
const ROUNDS = 10;
const ROUND_MS = 5;

/** Kills the processes that have `mark` among their variables, where the system tells of them. Resolves when none is left. */
export async function killMarked(mark: string): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    const pids = await marked(mark);
    if (pids.length === 0) return;
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // ESRCH: it has just ended.
      }
    }
    await sleep(ROUND_MS);
  }
}

async function marked(mark: string): Promise<number[]> {
  if (process.platform === 'win32') return []; // where /proc is a folder like any other
  const names = await readdir('/proc').catch(() => []); // no such folder: macOS
  const pids = names.filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(
    pids.map((pid) =>
      readFile(`/proc/${pid}/environ`).then(
        (environment) => environment.includes(mark),
        () => false, // it has just ended, or is another user's
      ),
    ),
  );
  return pids.filter((_, i) => found[i]);
}
