import { show } from '../../errors.js';

/** So many reports of an evaluation are handed on however fast they come, and so many more a second. */
const BURST = 10_000;
const PER_SECOND = 1000;

/**
 * Checks a report where the objective makes it, so that a wrong one fails the evaluation and nothing else.
 *
 * @throws TypeError
 */
export function checkReport(value: unknown, step: unknown): void {
  if (typeof value === 'number' && (typeof step === 'number' || step === undefined)) return;
  throw new TypeError(`report takes a value and a step, both numbers, got ${show(value)} and ${show(step)}`);
}

type Send = (value: number, step: number | undefined) => void;

/**
 * The reports of one evaluation, where it makes them. A flood of them would hold the search and its memory, so what is too
 * much is left out, but for the newest.
 */
export class Reports {
  readonly #send: Send;
  #steps = 0;
  #left = BURST;
  #refilled = performance.now();
  #newest: Parameters<Send> | undefined;
  #complete = true;

  constructor(send: Send) {
    this.#send = send;
  }

  /** @throws TypeError for anything but numbers. */
  readonly report = (value: number, step?: number): void => {
    checkReport(value, step);
    const counted = step ?? this.#steps;
    this.#steps = counted + 1;
    if (this.#mayPass()) {
      this.#newest = undefined;
      this.#send(value, this.#complete ? step : counted);
    } else {
      this.#newest = [value, counted];
      this.#complete = false;
    }
  };

  /** At the end of the evaluation. */
  flush(): void {
    if (this.#newest !== undefined) this.#send(...this.#newest);
    this.#newest = undefined;
  }

  #mayPass(): boolean {
    if (this.#left < 1) {
      const now = performance.now();
      this.#left = Math.min(BURST, ((now - this.#refilled) / 1000) * PER_SECOND);
      if (this.#left < 1) return false;
      this.#refilled = now;
    }
    this.#left--;
    return true;
  }
}
