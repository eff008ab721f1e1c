import type { WriteStream } from 'node:tty';
import { ShacError } from '../errors.js';
import { endOfLine, finishErrors, makeRoom, notePrinted, STDERR, STDOUT, tell, writeAll } from './lines.js';

/**
 * Where the results of a command go: standard output, whatever an objective does with `process.stdout`. With `--json`
 * nothing else gets there.
 */
export class Output {
  readonly json: boolean;
  #fd = STDOUT;
  /** Whether what others print to standard output comes out where standard error does. */
  #mixed = false;
  #lost: Error | undefined;

  constructor(json: boolean) {
    this.json = json;
  }

  /** The file descriptor. */
  get fd(): number {
    return this.#fd;
  }

  /** Why something that others printed is lost; undefined when nothing is. */
  get lost(): Error | undefined {
    return this.#lost;
  }

  /**
   * Keeps standard output for this command's own results; to be called before anything looks at `process.stdout`. What
   * others print goes there as well, with `--json` to standard error. Where it cannot be written (a full disk, a reader
   * that has gone), that is told once and ends nothing: it is no result.
   */
  take(takeOutput: (divert: boolean) => number): void {
    this.#fd = takeOutput(this.json);
    watch(process.stderr, STDERR, () => {}); // there is nobody to tell
    if (this.json && this.#fd === STDOUT) {
      // Where the system's descriptor cannot be turned (Windows), all that is JavaScript prints by this.
      Object.defineProperty(process, 'stdout', { configurable: true, enumerable: true, get: () => process.stderr });
      this.#mixed = true;
      return;
    }
    this.#mixed = this.json || (process.stdout.isTTY && process.stderr.isTTY);
    watch(process.stdout, this.#mixed ? STDERR : STDOUT, (error) => {
      if (this.json || this.#lost !== undefined) return;
      this.#lost = error;
      tell(`shac: ${cannotPrint(error).message}; what is printed there is lost, the command goes on`);
    });
  }

  /**
   * Prints a result; it is out when this returns.
   *
   * @throws ERR_FILE when standard output cannot be written; its cause has the system's code.
   */
  print(text: string): void {
    if (this.#mixed) finishErrors(); // JSON begins a line where both go to one file, too
    try {
      writeAll(this.#fd, `${endOfLine(STDOUT)}${text}\n`);
    } catch (cause) {
      throw cannotPrint(cause as Error);
    }
  }

  /**
   * Prints what somebody looks at: a reader that has seen enough, `head` for example, is no failure.
   *
   * @returns false when the reader has closed it.
   * @throws as `print` does.
   */
  show(text: string): boolean {
    try {
      this.print(text);
    } catch (error) {
      if (!isClosed((error as Error).cause)) throw error;
      return false;
    }
    return true;
  }
}

/** Whether it is a pipe that nobody reads any more; Windows has two words for it. */
function isClosed(cause: unknown): boolean {
  return ['EPIPE', 'EOF'].includes((cause as NodeJS.ErrnoException).code ?? '');
}

/** Standard output cannot be written, in words. */
export function cannotPrint(cause: Error): ShacError {
  const why = isClosed(cause) ? 'its reader has closed it (EPIPE)' : cause.message;
  return new ShacError('ERR_FILE', `standard output cannot be written: ${why}`, { cause });
}

/**
 * Sees what others print. Writes that fail count as done: an error of the stream would end the process, and unpipe the
 * output of workers, which would wait for ever for somebody to read it.
 */
function watch(stream: WriteStream, fd: number, onError: (error: Error) => void): void {
  const { _write: write, _writev: writeMany } = stream;
  const forgiving = (callback: (error?: Error | null) => void) => (error?: Error | null) => {
    if (error) onError(error);
    callback();
  };
  const note = (chunk: Buffer | string) => {
    if (stream.isTTY) makeRoom();
    notePrinted(fd, chunk);
  };
  stream._final = (callback) => callback(); // it is not theirs to close
  stream._write = (chunk, encoding, callback) => {
    note(chunk);
    write.call(stream, chunk, encoding, forgiving(callback));
  };
  if (writeMany === undefined) return;
  stream._writev = (chunks, callback) => {
    for (const { chunk } of chunks) note(chunk);
    writeMany.call(stream, chunks, forgiving(callback));
  };
}
