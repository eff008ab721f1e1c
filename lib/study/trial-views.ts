import { publicTrial, type Trial, type TrialRecord } from './trial.js';

/** A list of trials as users see them, of which only what has changed is made anew. */
export class TrialViews<P> {
  readonly #records: TrialRecord<P>[] = [];
  readonly #views: Trial<P>[] = [];

  /** @returns a list of its own. */
  of(trials: readonly TrialRecord<P>[]): Trial<P>[] {
    this.#views.length = Math.min(this.#views.length, trials.length);
    for (let id = 0; id < trials.length; id++) {
      const record = trials[id] as TrialRecord<P>;
      if (this.#records[id] === record && id < this.#views.length) continue;
      this.#records[id] = record;
      this.#views[id] = publicTrial(record);
    }
    return this.#views.slice();
  }
}
