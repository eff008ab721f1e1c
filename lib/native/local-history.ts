import { withAbort } from './abort.js';
import { addon, type HistoryHandle, type NativeHistoryOptions, type NativeRows } from './addon.js';

/** The finished trials of a study in native memory: see native/core/surrogate/history.h. It only grows. */
export class LocalHistory {
  /** For `propose` of the cascade. */
  readonly handle: HistoryHandle;
  #size = 0;

  constructor(options: NativeHistoryOptions) {
    this.handle = addon.createHistory(options);
  }

  /** Trials so far. */
  get size(): number {
    return this.#size;
  }

  add(rows: NativeRows): void {
    this.#size = addon.addTrials(this.handle, rows);
  }

  /** Fits the process to the trials with ids below `end`, or to all if there is none of them: the length scale of each coordinate, then the noise. */
  fit(end: number, signal: AbortSignal | undefined): Promise<Float64Array> {
    return withAbort(signal, (token) => addon.fitSurrogate(this.handle, end, token));
  }
}
