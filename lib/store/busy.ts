import { ShacError } from '../errors.js';

/**
 * What a store throws while somebody else keeps it busy for a moment: the search asks again, without holding the event
 * loop, until `timeoutMs` have passed. Then it ends with this error.
 */
export class StoreBusyError extends ShacError {
  /** Milliseconds, from the first time on. */
  readonly timeoutMs: number;

  constructor(message: string, { timeoutMs, cause }: { timeoutMs: number; cause?: unknown }) {
    super('ERR_STORAGE', message, { cause });
    this.timeoutMs = timeoutMs;
  }
}
