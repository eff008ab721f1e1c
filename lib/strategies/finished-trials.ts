import { setImmediate as nextTurn } from 'node:timers/promises';
import type { LocalHistory } from '../native/local-history.js';
import type { ParamsOf, SpaceDefinition } from '../space/index.js';
import type { StudyView } from '../study/study.js';
import { isFinished, objectiveValue, type TrialRecord } from '../study/trial.js';

/** Coordinates that are looked at before the event loop gets a turn: one or two milliseconds. */
const SLICE = 2_000;

/**
 * Tells a native history of the trials of a study as they are finished. Each is looked at when it is issued and when it is
 * finished: what a call costs does not depend on how many there are.
 */
export class FinishedTrials<D extends SpaceDefinition> {
  readonly #study: StudyView<D>;
  readonly #history: LocalHistory;
  /** Trials before this one were looked at. */
  #seen = 0;
  /** Of those, the ones that were not finished then, in order, and their places. */
  readonly #unfinished = new Map<number, readonly number[]>();
  /** So many that the history knows have a value. */
  complete = 0;

  constructor(study: StudyView<D>, history: LocalHistory) {
    this.#study = study;
    this.#history = history;
  }

  /** Looks at all trials that there are. Where there are many, as in a study that is gone on with, it gives way. */
  async catchUp(signal: AbortSignal | undefined): Promise<void> {
    const slice = Math.ceil(SLICE / this.#study.space.dimensions);
    while (this.#study.trials.length - this.#seen > slice) {
      this.#look(this.#seen + slice);
      await nextTurn();
      signal?.throwIfAborted();
    }
    this.#look(this.#study.trials.length);
  }

  /** The same for the few that there can be since: at once. */
  update(): void {
    this.#look(this.#study.trials.length);
  }

  /** The places of the trials that are not finished. */
  get pending(): Float64Array {
    return Float64Array.from([...this.#unfinished.values()].flat());
  }

  /** How many of the trials with smaller ids are not finished. */
  unfinishedBefore(id: number): number {
    return [...this.#unfinished.keys()].filter((unfinished) => unfinished < id).length;
  }

  #look(end: number): void {
    const { trials, direction, space } = this.#study;
    const sign = direction === 'min' ? 1 : -1;
    const [ids, points, values]: [number[], number[], number[]] = [[], [], []];
    const finish = (trial: TrialRecord<ParamsOf<D>>, places: readonly number[]) => {
      ids.push(trial.id);
      for (const place of places) points.push(place);
      values.push(sign * (objectiveValue(trial) ?? Number.NaN));
      if (trial.state === 'COMPLETE') this.complete++;
    };
    for (const [id, places] of this.#unfinished) {
      const trial = trials[id] as TrialRecord<ParamsOf<D>>;
      if (!isFinished(trial)) continue;
      this.#unfinished.delete(id);
      finish(trial, places);
    }
    for (; this.#seen < end; this.#seen++) {
      const trial = trials[this.#seen] as TrialRecord<ParamsOf<D>>;
      const places = space.places(trial.params);
      if (isFinished(trial)) finish(trial, places);
      else this.#unfinished.set(trial.id, places);
    }
    if (ids.length === 0) return;
    const rows = { ids: Float64Array.from(ids), points: Float64Array.from(points), values: Float64Array.from(values) };
    this.#history.add(rows);
  }
}
