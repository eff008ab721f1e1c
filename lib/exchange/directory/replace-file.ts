import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** How often, and how many milliseconds apart, is tried to replace a file that is being looked at. */
const TRIES = 50;
const PAUSE_MS = 20;
/** What Windows says of one that another program, a virus scanner say, has open for the moment. */
const IN_USE = ['EPERM', 'EACCES', 'EBUSY'];

/**
 * Writes a file so that there is always a whole one: the old one or the new one.
 *
 * @throws what the system says.
 */
export function replaceFile(file: string, content: string | Uint8Array): void {
  const fresh = join(dirname(file), `.${process.pid}.tmp`);
  writeFileSync(fresh, content);
  try {
    moveOver(fresh, file, process.platform === 'win32' ? TRIES : 1);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
}

function moveOver(from: string, to: string, tries: number): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (tries === 1 || !IN_USE.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
    moveOver(from, to, tries - 1);
  }
}
