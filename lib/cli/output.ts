import { writeSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { ShacError } from '../errors.js';

/** How long a reader that is behind is left alone before the next try, in milliseconds. */
const PAUSE_MS = 5;
const STDOUT = 1;
const STDERR = 2;

/**
 * Where the results of a command go: standard output, whatever an objective does with `process.stdout`. With `--json`
 * nothing else gets there.
 */
export class Output {
  readonly json: boolean;
  #fd = STDOUT;
  #lost: Error | undefined;

  constructor(json: boolean) {
    this.json = json;
  }

  /** The file descriptor. */
  get fd(): number {
    return this.#fd;
  }

  /** Why something that was printed by others is lost; undefined when nothing is. */
  get lost(): Error | undefined {
    return this.#lost;
  }

  /**
   * Keeps standard output for this command's own results; to be called before anything looks at `process.stdout`. What
   * others print goes there as well, with `--json` to standard error.
   *
   * A stream that cannot be written (a full disk, a reader that has gone) ends nothing: what others print is no result.
   *
   * @param onLost Told once, when something that others print to standard output is lost.
   */
  take(takeOutput: (divert: boolean) => number, onLost: (error: Error) => void): void {
    this.#fd = takeOutput(this.json);
    forgive(process.stderr, () => {}); // there is nobody to tell
    forgive(process.stdout, (error) => {
      if (this.json || this.#lost !== undefined) return;
      this.#lost = error;
      onLost(error);
    });
  }

  /**
   * Prints a result; it is out when this returns.
   *
   * @throws ERR_FILE when standard output cannot be written; its cause has the system's code.
   */
  print(text: string): void {
    try {
      writeAll(this.#fd, `${text}\n`);
    } catch (cause) {
      throw cannotPrint(cause as Error);
    }
  }

  /**
   * Writes what somebody looks at: a reader that has seen enough, `head` for example, is no failure.
   *
   * @returns false when the reader has closed it.
   * @throws as `print` does.
   */
  show(text: string): boolean {
    try {
      writeAll(this.#fd, text);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EPIPE') throw cannotPrint(cause as Error);
      return false;
    }
    return true;
  }
}

/** Tells people something, on standard error; it is out when this returns. */
export function tell(text: string): void {
  try {
    writeAll(STDERR, `${text}\n`);
  } catch {
    // there is nobody to tell
  }
}

/** At once, also while the process exits, and whatever has been made of `process.stdout`. */
function writeAll(fd: number, text: string): void {
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

/** Standard output cannot be written, in words. */
export function cannotPrint(cause: Error): ShacError {
  const closed = (cause as NodeJS.ErrnoException).code === 'EPIPE';
  const why = closed ? 'its reader has closed it (EPIPE)' : cause.message;
  return new ShacError('ERR_FILE', `standard output cannot be written: ${why}`, { cause });
}

/**
 * Writes that fail count as done. An error of the stream would end the process, and unpipe the output of workers, which
 * would wait for ever for somebody to read it.
 */
function forgive(stream: Writable, onError: (error: Error) => void): void {
  const { _write: write, _writev: writeMany } = stream;
  const forgiving = (callback: (error?: Error | null) => void) => (error?: Error | null) => {
    if (error) onError(error);
    callback();
  };
  stream._write = (chunk, encoding, callback) => write.call(stream, chunk, encoding, forgiving(callback));
  if (writeMany) stream._writev = (chunks, callback) => writeMany.call(stream, chunks, forgiving(callback));
}
