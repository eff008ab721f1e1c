import type { ParamsOf, SpaceDefinition } from '../space/index.js';
import type { StudyView } from '../study/study.js';
import { isFinished, objectiveValue, type TrialRecord } from '../study/trial.js';

/** Rows of places in [0, 1) and of values. They are good until the next call. */
export interface Rows {
  /** rows x dimensions, those of finished trials in the order of their ids. */
  readonly points: Float64Array;
  /** One a row, smaller is better; NaN of a failure. */
  readonly values: Float64Array;
  /** How many of them are of complete trials. */
  readonly complete: number;
  /** How many of them are of trials before the local phase. */
  readonly before: number;
  /** The places of the trials that are not finished. */
  readonly pending: Float64Array;
}

/**
 * The trials of a study as rows of numbers. Trials that are finished, and behind nothing that is not, are looked at once:
 * what a call costs does not depend on how many of them there are.
 */
export class FinishedRows<D extends SpaceDefinition> {
  readonly #study: StudyView<D>;
  #points = new Float64Array();
  #values = new Float64Array();
  /** All trials before this one are finished, and each is the row with its id. */
  #settled = 0;
  #complete = 0;
  /** Of trials that are not settled, by id. */
  readonly #places = new Map<number, readonly number[]>();

  constructor(study: StudyView<D>) {
    this.#study = study;
  }

  /** What is known of the trials before `end`. */
  before(end: number): Rows {
    const { settings, trials, space } = this.#study;
    this.#settle(end);
    const settled = Math.min(end, this.#settled);
    let rows = settled;
    let complete = settled < this.#settled ? this.#completeBefore(settled) : this.#complete;
    let before = Math.min(settled, settings.localFrom);
    const pending: number[] = [];
    for (let id = settled; id < end; id++) {
      const trial = trials[id] as TrialRecord<ParamsOf<D>>;
      if (!isFinished(trial)) {
        pending.push(...this.#placesOf(trial));
        continue;
      }
      this.#write(rows++, trial);
      if (trial.state === 'COMPLETE') complete++;
      if (id < settings.localFrom) before++;
    }
    const points = this.#points.subarray(0, rows * space.dimensions);
    const values = this.#values.subarray(0, rows);
    return { points, values, complete, before, pending: Float64Array.from(pending) };
  }

  #settle(end: number): void {
    const { trials } = this.#study;
    for (; this.#settled < end; this.#settled++) {
      const trial = trials[this.#settled] as TrialRecord<ParamsOf<D>>;
      if (!isFinished(trial)) return;
      this.#write(this.#settled, trial);
      this.#places.delete(trial.id);
      if (trial.state === 'COMPLETE') this.#complete++;
    }
  }

  #completeBefore(end: number): number {
    return this.#values.subarray(0, end).reduce((count, value) => count + (Number.isNaN(value) ? 0 : 1), 0);
  }

  #write(row: number, trial: TrialRecord<ParamsOf<D>>): void {
    const { dimensions } = this.#study.space;
    if (row >= this.#values.length) this.#grow();
    this.#points.set(this.#placesOf(trial), row * dimensions);
    const sign = this.#study.direction === 'min' ? 1 : -1;
    this.#values[row] = sign * (objectiveValue(trial) ?? Number.NaN);
  }

  #grow(): void {
    const capacity = Math.max(64, 2 * this.#values.length);
    const [points, values] = [new Float64Array(capacity * this.#study.space.dimensions), new Float64Array(capacity)];
    points.set(this.#points);
    values.set(this.#values);
    this.#points = points;
    this.#values = values;
  }

  #placesOf(trial: TrialRecord<ParamsOf<D>>): readonly number[] {
    let places = this.#places.get(trial.id);
    if (places === undefined) {
      places = this.#study.space.places(trial.params);
      this.#places.set(trial.id, places);
    }
    return places;
  }
}
