import { checkReport } from '../dispatch/objective/report.js';
import { ShacError } from '../errors.js';
import { LinkedAbort } from '../native/linked-abort.js';
import type { Report } from '../study/trial.js';

/** The signal of one evaluation that has a time limit: aborted with the run's, or when the time is over. */
export class TimeLimit extends LinkedAbort {
  /** Milliseconds since 1970. */
  readonly deadline: number;
  readonly #timer: NodeJS.Timeout;

  constructor(run: AbortSignal, timeoutMs: number, trialId: number) {
    super(run);
    this.deadline = Date.now() + timeoutMs;
    this.#timer = setTimeout(() => {
      const message = `trial ${trialId} took longer than timeoutMs = ${timeoutMs} ms`;
      this.abort(new ShacError('ERR_OBJECTIVE_FAILED', message));
    }, timeoutMs);
  }

  clear(): void {
    clearTimeout(this.#timer);
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
