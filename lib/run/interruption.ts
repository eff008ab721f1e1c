/** What is waited for ends with a signal, which has one listener for all of it: listening costs more than waiting. */
export class Interruption {
  readonly signal: AbortSignal;
  readonly #rejects = new Set<(reason: unknown) => void>();

  /** @param signal One that lives no longer than this: the listener stays. */
  constructor(signal: AbortSignal) {
    this.signal = signal;
    const abort = () => {
      for (const reject of this.#rejects) reject(signal.reason);
    };
    signal.addEventListener('abort', abort, { once: true });
  }

  /** What `promise` settles to, or the signal's reason if it is aborted before. A user's own code may give no promise at all. */
  orResult<T>(promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.signal.aborted) reject(this.signal.reason);
      this.#rejects.add(reject);
      const settle =
        <V>(how: (value: V) => void) =>
        (value: V) => {
          this.#rejects.delete(reject);
          how(value);
        };
      Promise.resolve(promise).then(settle(resolve), settle(reject));
    });
  }
}
