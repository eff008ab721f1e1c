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
export function reporter(trialId: number, signal: AbortSignal, onReport: (report: Report) => void) {
  let steps = 0;
  let over = false;
  const report = (value: number, step = steps) => {
    checkReport(value, step);
    steps = step + 1;
    if (!over && !signal.aborted) onReport({ trialId, value, step });
  };
  const end = () => {
    over = true;
  };
  return { report, end };
}
