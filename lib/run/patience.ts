import { setTimeout as sleep } from 'node:timers/promises';
import type { Awaitable } from '../store/awaitable.js';
import { StoreBusyError } from '../store/busy.js';

/** Milliseconds between two tries: the first pause, and the longest. */
const PAUSE = 5;
const LONGEST_PAUSE = 200;
/** Milliseconds after which somebody is told what is waited for. */
const TELL_AFTER = 2000;

/** Asks a store that is busy again, while the event loop goes on. */
export class Patience {
  #waiting = 0;
  /** It was in vain once: what is left to do in the same call does not wait again. */
  #isSpent = false;

  /** Whether a call is waiting for the store. */
  get isWaiting(): boolean {
    return this.#waiting > 0;
  }

  /** For the next call. */
  renew(): void {
    this.#isSpent = false;
  }

  /** @param call What the store can be asked once more when it throws {@link StoreBusyError}. */
  ask<T>(call: () => Awaitable<T>): Awaitable<T> {
    try {
      const answer = call();
      return answer instanceof Promise ? answer.catch((error: unknown) => this.#askAgain(call, error)) : answer;
    } catch (error) {
      if (!(error instanceof StoreBusyError)) throw error;
      return this.#askAgain(call, error);
    }
  }

  async #askAgain<T>(call: () => Awaitable<T>, first: unknown): Promise<T> {
    if (!(first instanceof StoreBusyError) || this.#isSpent) throw first;
    const since = performance.now();
    let told = false;
    this.#waiting++;
    try {
      for (let pause = PAUSE; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
        await sleep(pause);
        try {
          return await call();
        } catch (error) {
          const waited = performance.now() - since;
          this.#isSpent = error instanceof StoreBusyError && !(waited <= error.timeoutMs); // NaN is no time
          if (!(error instanceof StoreBusyError) || this.#isSpent) throw error;
          if (!told && waited > TELL_AFTER) warn(error);
          told ||= waited > TELL_AFTER;
        }
      }
    } finally {
      this.#waiting--;
    }
  }
}

function warn({ message, timeoutMs }: StoreBusyError): void {
  const limit = `the search waits for it, at most ${timeoutMs / 1000} s`;
  process.emitWarning(`${message}; ${limit}`, { type: 'ShacWarning', code: 'SHAC_STORAGE_BUSY' });
}
