import { writeSync } from 'node:fs';
import type { ProgressStream } from '../observe/progress.js';

/** How long a reader that is behind is left alone before the next try, in milliseconds. */
const PAUSE_MS = 5;
export const STDOUT = 1;
export const STDERR = 2;

/** Where the last line that others have printed has no end yet. */
const open = new Set<number>();
/** Characters of the status line that the terminal shows. */
let drawn = 0;

/** Writes at once, also while the process exits, and whatever has been made of `process.stdout`. */
export function writeAll(fd: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.length; ) {
    try {
      done += writeSync(fd, bytes, done);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EAGAIN') throw cause;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
    }
  }
}

/** Tells people something, on standard error; it is out when this returns. */
export function tell(text: string): void {
  toStandardError(`${endOfLine(STDERR)}${text}\n`);
}

/** Ends the line that others have left open on standard error. */
export function finishErrors(): void {
  toStandardError(endOfLine(STDERR));
}

/** What a line needs that follows what others have printed. */
export function endOfLine(fd: number): string {
  return open.delete(fd) ? '\n' : '';
}

/** To be called when others are about to print to a terminal: the status line goes, until it is drawn again. */
export function makeRoom(): void {
  if (drawn > 0) toStandardError(`\r${' '.repeat(drawn)}\r`);
  drawn = 0;
}

/** Notes what others print. */
export function notePrinted(fd: number, text: Buffer | string): void {
  if (text.length === 0) return;
  if (text.toString().endsWith('\n')) open.delete(fd);
  else open.add(fd);
}

/** Standard error, for a line that is redrawn in place below what others print. */
export const statusLine: ProgressStream = {
  get isTTY() {
    return process.stderr.isTTY;
  },
  get columns() {
    return process.stderr.columns;
  },
  write(text) {
    toStandardError(endOfLine(STDERR) + text);
    drawn = text === '\n' ? 0 : text.length - 1;
  },
};

function toStandardError(text: string): void {
  try {
    writeAll(STDERR, text);
  } catch {
    // there is nobody to tell
  }
}
