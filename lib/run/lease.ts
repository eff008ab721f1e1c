import { checkReport } from '../dispatch/objective/report.js';
import { ShacError } from '../errors.js';
import { LinkedAbort } from '../native/linked-abort.js';
import type { Report } from '../study/trial.js';

/** The signal of one evaluation that has a time limit: aborted with the run's, or when the time is over. */
export class TimeLimit extends LinkedAbort {
  /** Milliseconds since 1970. */
  readonly deadline: number;
  /** The same on a clock that nobody sets. */
  readonly #end: number;
  readonly #reason: () => ShacError;
  readonly #timer: NodeJS.Timeout;
  /** Whether the event loop has turned: an answer before that was there when the dispatcher returned. */
  readonly #turn: NodeJS.Immediate;
  #turned = false;
  #returned = 0;

  constructor(run: AbortSignal, timeoutMs: number, trialId: number) {
    super(run);
    this.deadline = Date.now() + timeoutMs;
    this.#end = performance.now() + timeoutMs;
    this.#reason = () =>
      new ShacError('ERR_OBJECTIVE_FAILED', `trial ${trialId} took longer than timeoutMs = ${timeoutMs} ms`);
    this.#timer = setTimeout(() => this.abort(this.#reason()), timeoutMs);
    this.#turn = setImmediate(() => {
      this.#turned = true;
    });
  }

  /** The dispatcher has given the event loop back: from now on others may keep it. */
  submitted(): void {
    this.#returned = performance.now();
  }

  /**
   * To be asked when there is an answer: one that kept the event loop may come late, before the timer could see it.
   *
   * @throws what the signal was aborted with, or is now.
   */
  requireInTime(): void {
    const ended = this.#turned ? performance.now() : this.#returned;
    if (!this.signal.aborted && ended > this.#end) this.abort(this.#reason());
    this.signal.throwIfAborted();
  }

  clear(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#turn);
    this.unlink();
  }
}

/** Hands the reports of one evaluation on, as long as it lasts. */
export class Reporter {
  readonly #trialId: number;
  readonly #signal: AbortSignal;
  readonly #onReport: (report: Report) => void;
  #steps = 0;
  #over = false;

  constructor(trialId: number, signal: AbortSignal, onReport: (report: Report) => void) {
    this.#trialId = trialId;
    this.#signal = signal;
    this.#onReport = onReport;
  }

  /** @throws TypeError for anything but numbers. */
  readonly report = (value: number, step = this.#steps): void => {
    checkReport(value, step);
    this.#steps = step + 1;
    if (!this.#over && !this.#signal.aborted) this.#onReport({ trialId: this.#trialId, value, step });
  };

  end(): void {
    this.#over = true;
  }
}
