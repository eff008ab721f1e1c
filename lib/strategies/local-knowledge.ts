import { withAbort } from '../native/abort.js';
import { addon, type NativeHistory } from '../native/addon.js';
import type { Coordinate, ParamsOf, SpaceDefinition } from '../space/index.js';
import type { StudyView } from '../study/study.js';
import { isFinished, objectiveValue, type TrialRecord } from '../study/trial.js';

/** Everything a proposal is made from, apart from the candidates that the classifiers accept. */
export interface Known extends NativeHistory {
  readonly continuous: Uint8Array;
  readonly parameters: Float64Array;
  readonly localFrom: number;
  readonly pending: Float64Array;
}

/** Fitting takes longer than proposing: the process is fitted again once there are so many more trials. */
const GROWTH = 1.15;
const MOST_NEW = 25;
/** Fewer complete trials say nothing about what is near what. */
const LEAST_COMPLETE = 2;

/** What the local phase makes of the trials so far, without doing again what it has done. */
export class LocalKnowledge<D extends SpaceDefinition> {
  readonly #study: StudyView<D>;
  readonly #categorical: Uint8Array;
  readonly #continuous: Uint8Array;
  /** The place of each coordinate of the first trials, in order. */
  readonly #places: number[] = [];
  #fit: { readonly trials: number; readonly parameters: Promise<Float64Array> } | undefined;

  constructor(study: StudyView<D>) {
    this.#study = study;
    this.#categorical = Uint8Array.from(study.space.coordinates, (coordinate) => (isCategorical(coordinate) ? 1 : 0));
    this.#continuous = Uint8Array.from(study.space.continuous, (continuous) => (continuous ? 1 : 0));
  }

  /**
   * What is known when trial `first` is to be drawn; undefined while too little is. The process is fitted to the trials
   * before one that depends on `first` alone, so that a study that goes on finds the same.
   */
  async at(first: number, signal: AbortSignal | undefined): Promise<Known | undefined> {
    const { trials, settings } = this.#study;
    const known = trials.slice(0, first);
    const finished = known.filter(isFinished);
    if (finished.filter(({ state }) => state === 'COMPLETE').length < LEAST_COMPLETE) return undefined;
    const parameters = await this.#parameters(lastFit(first, settings.localFrom), signal);
    const pending = this.#pointsOf(known.filter((trial) => !isFinished(trial)));
    const localFrom = finished.filter(({ id }) => id < settings.localFrom).length;
    return { ...this.#historyOf(finished), continuous: this.#continuous, parameters, localFrom, pending };
  }

  async #parameters(trials: number, signal: AbortSignal | undefined): Promise<Float64Array> {
    if (this.#fit?.trials !== trials) {
      const finished = this.#study.trials.slice(0, trials).filter(isFinished);
      const rows = finished.length > 0 ? finished : this.#study.trials.filter(isFinished);
      const parameters = withAbort(signal, (token) => addon.fitSurrogate(this.#historyOf(rows), token));
      this.#fit = { trials, parameters };
      parameters.catch(() => {
        this.#fit = undefined;
      });
    }
    return this.#fit.parameters;
  }

  #historyOf(rows: readonly TrialRecord<ParamsOf<D>>[]): NativeHistory {
    const sign = this.#study.direction === 'min' ? 1 : -1;
    return {
      categorical: this.#categorical,
      points: this.#pointsOf(rows),
      values: Float64Array.from(rows, (trial) => sign * (objectiveValue(trial) ?? Number.NaN)),
    };
  }

  #pointsOf(rows: readonly TrialRecord<ParamsOf<D>>[]): Float64Array {
    const { space, trials } = this.#study;
    const d = space.dimensions;
    for (let id = this.#places.length / d; id < trials.length; id++) {
      this.#places.push(...space.places((trials[id] as TrialRecord<ParamsOf<D>>).params));
    }
    const points = new Float64Array(rows.length * d);
    rows.forEach(({ id }, row) => {
      for (let k = 0; k < d; k++) points[row * d + k] = this.#places[id * d + k] as number;
    });
    return points;
  }
}

/** How many trials there were when the process was last to be fitted, before trial `first`. */
function lastFit(first: number, localFrom: number): number {
  let trials = localFrom;
  for (;;) {
    const next = Math.min(Math.ceil(trials * GROWTH) + 1, trials + MOST_NEW);
    if (next > first) return trials;
    trials = next;
  }
}

/** Whether its values have no order: those of a list, unless they are rising numbers. */
function isCategorical({ parameter }: Coordinate): boolean {
  const description = parameter.describe();
  if (description.kind !== 'discrete') return false;
  return !description.values.every(
    (value, i, values) => typeof value === 'number' && (i === 0 || value > (values[i - 1] as number)),
  );
}
