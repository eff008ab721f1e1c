import { setImmediate as nextTurn } from 'node:timers/promises';

/** Milliseconds of work before the event loop gets a turn, and how often the clock is looked at. */
const TURN = 1.5;
const STEPS_A_LOOK = 8;

/** Gives way to the event loop during work of many steps, whose time nobody knows: users' functions are among them. */
export class Turns {
  readonly #signal: AbortSignal | undefined;
  #steps = 0;
  #ends = performance.now() + TURN;

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
  }

  /**
   * To be called before each step.
   *
   * @returns what is to be awaited first; undefined when it is not time yet. It rejects with the signal's reason.
   */
  next(): Promise<void> | undefined {
    return ++this.#steps % STEPS_A_LOOK === 0 && performance.now() > this.#ends ? this.#give() : undefined;
  }

  async #give(): Promise<void> {
    await nextTurn();
    this.#signal?.throwIfAborted();
    this.#ends = performance.now() + TURN;
  }
}
