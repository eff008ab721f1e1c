import type { Lease } from '../dispatcher.js';

/** The least time that an evaluation gets to end, once its own is over. */
const LEAST_MS = 10_000;

/** An evaluation that is given up while its function goes on. */
export class Late {
  readonly #trialId: number;
  readonly #answer: Promise<unknown>;
  /** As long again as it was allowed to take. */
  readonly #patience: number;

  constructor({ trialId, deadline = 0 }: Lease<unknown>, answer: Promise<unknown>) {
    this.#trialId = trialId;
    this.#answer = answer;
    this.#patience = Math.max(deadline - Date.now(), LEAST_MS);
  }

  /** Resolves at its end; when that does not come, with a warning. */
  async ended(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<'over'>((resolve) => {
      timer = setTimeout(resolve, this.#patience, 'over');
    });
    if ((await Promise.race([this.#answer, patience])) === 'over') {
      process.emitWarning(
        `the objective of trial ${this.#trialId} goes on ${this.#patience} ms after its time-out, and the next evaluation begins ` +
          'beside it; end it when context.signal is aborted, or move it to a module for processes',
        'ShacWarning',
      );
    }
    clearTimeout(timer);
  }
}
