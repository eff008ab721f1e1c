import { SearchSpace } from 'shac';
import { randomFor } from './random.mjs';

/** A problem of which this many evaluations fail before one does not is broken. */
const MOST_FAILURES = 20;
/** What a method is told of a failure while there is no value yet. */
const UNKNOWN_WORST = 1e6;

/** Evaluates the trials of one run, and keeps what it would have answered after each of them. */
export class Search {
  /** Trials so far. */
  count = 0;
  /** Milliseconds of this process that evaluations took. */
  evaluationMs = 0;
  /** [trial, noise-free value of the trial with the best *observed* value from then on], at each change. */
  curve = [];
  /** The best noise-free value of any trial. */
  best = Infinity;
  #problem;
  #random;
  #observed = Infinity;
  #worst;

  /** @param run - Names the run: its noise is that of no other. */
  constructor(problem, run) {
    this.#problem = problem;
    this.#random = randomFor(`noise of ${problem.name}, ${run}`);
  }

  /** The value that the method sees: of an evaluation that fails, the worst so far. */
  async evaluate(params) {
    const started = processorMs();
    try {
      return this.#keep(...(await this.#values(params)));
    } catch (error) {
      this.count++;
      if (this.#worst === undefined && this.count >= MOST_FAILURES) throw error;
      return this.#worst ?? UNKNOWN_WORST;
    } finally {
      this.evaluationMs += processorMs() - started;
    }
  }

  /** The observed value, and the value without noise. */
  async #values(params) {
    const { evaluate, exact } = this.#problem;
    const observed = await evaluate(params, this.#random);
    return [observed, exact === evaluate ? observed : await exact(params)];
  }

  #keep(observed, value) {
    this.count++;
    this.best = Math.min(this.best, value);
    this.#worst = Math.max(this.#worst ?? -Infinity, observed);
    if (observed < this.#observed) {
      this.#observed = observed;
      this.curve.push([this.count, value]);
    }
    return observed;
  }
}

/** Milliseconds of processor time of this process so far: unlike those of a clock, other processes do not add to them. */
export function processorMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** What a problem's space is, in plain JSON. */
export function describe({ space }) {
  return new SearchSpace(space).describe();
}
