/** Runs steps one after the other, in the order in which they are given; one that fails does not stop the next. */
export class Serial {
  #last: Promise<void> = Promise.resolve();

  /** Awaits the step itself: what it throws has the caller's lines in its stack. */
  async run<T>(step: () => T | Promise<T>): Promise<T> {
    const before = this.#last;
    let end = () => {};
    this.#last = new Promise((resolve) => {
      end = resolve;
    });
    await before;
    try {
      return await step();
    } finally {
      end();
    }
  }

  /** Settles, and never rejects, when every step so far is over. */
  get idle(): Promise<void> {
    return this.#last;
  }
}

/** The same, but nothing is run after a step that failed. */
export class Chain {
  #last: Promise<void> = Promise.resolve();

  /** @param onFailure Told of the failure of this step, or of one before it. */
  run(step: () => Promise<void>, onFailure: (reason: unknown) => void): void {
    this.#last = this.#last.then(step);
    this.#last.catch(onFailure);
  }

  /** Settles when every step so far is over, or one has failed: then it rejects with its reason. */
  get over(): Promise<void> {
    return this.#last;
  }
}
