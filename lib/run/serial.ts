/** Runs steps one after the other, in the order in which they are given; one that fails does not stop the next. */
export class Serial {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(step: () => T | Promise<T>): Promise<T> {
    const result = this.#last.then(step);
    this.#last = result.catch(() => {});
    return result;
  }

  /** Settles, and never rejects, when every step so far is over. */
  get idle(): Promise<unknown> {
    return this.#last;
  }
}
