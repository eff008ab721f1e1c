import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { ShacError } from '../errors.js';

const NEWLINE = 10;

/** A line of a file, without its end. */
export interface Line {
  /** 1-based. */
  readonly number: number;
  readonly text: string;
  /** False only for the last line of a file, where no newline follows: its writer may have been killed. */
  readonly ended: boolean;
}

/**
 * Reads a file line by line. Only newlines end a line: JSON may hold any other separator of Unicode.
 *
 * @throws ERR_FILE when it cannot be read.
 */
export async function* readLines(file: string): AsyncGenerator<Line> {
  let number = 0;
  let rest: Buffer[] = []; // of a line that has not ended yet
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 1 << 18 }) as AsyncIterable<Buffer>) {
      let start = 0;
      for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
        yield { number: ++number, text: textOf([...rest, chunk.subarray(start, end)], number), ended: true };
        rest = [];
        start = end + 1;
      }
      if (start < chunk.length) rest.push(chunk.subarray(start));
    }
  } catch (cause) {
    throw unreadable(file, cause);
  }
  if (rest.length > 0) yield { number: ++number, text: textOf(rest, number), ended: false };
}

function textOf(parts: readonly Buffer[], number: number): string {
  const text = (parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)).toString('utf8');
  const start = number === 1 && text.startsWith('\ufeff') ? 1 : 0;
  return text.slice(start, text.endsWith('\r') ? -1 : undefined);
}

/**
 * The first bytes of a file; fewer where it is shorter.
 *
 * @throws ERR_FILE when it cannot be read.
 */
export async function readStart(file: string, length: number): Promise<Buffer> {
  try {
    const handle = await open(file);
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

function unreadable(file: string, cause: unknown): ShacError {
  return new ShacError('ERR_FILE', `${file} cannot be read: ${(cause as Error).message}`, { cause });
}

/** The error for a file that is there already, and must not be, or that cannot be written. */
export function cannotWrite(file: string, cause: unknown): ShacError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const problem =
    code === 'EEXIST' ? 'is there already; remove it, or choose another name' : `cannot be written: ${message}`;
  return new ShacError('ERR_FILE', `${file} ${problem}`, { cause });
}
