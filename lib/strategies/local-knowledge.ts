import { withAbort } from '../native/abort.js';
import { addon, type NativeHistory } from '../native/addon.js';
import type { Coordinate, SpaceDefinition } from '../space/index.js';
import type { StudyView } from '../study/study.js';
import { FinishedRows, type Rows } from './finished-rows.js';

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
  readonly #rows: FinishedRows<D>;
  #fit: { readonly trials: number; readonly parameters: Promise<Float64Array> } | undefined;

  constructor(study: StudyView<D>) {
    this.#study = study;
    this.#rows = new FinishedRows(study);
    this.#categorical = Uint8Array.from(study.space.coordinates, (coordinate) => (isCategorical(coordinate) ? 1 : 0));
    this.#continuous = Uint8Array.from(study.space.continuous, (continuous) => (continuous ? 1 : 0));
  }

  /**
   * What is known when trial `first` is to be drawn; undefined while too little is. The process is fitted to the trials
   * before one that depends on `first` alone, so that a study that goes on finds the same.
   */
  async at(first: number, signal: AbortSignal | undefined): Promise<Known | undefined> {
    if (this.#rows.before(first).complete < LEAST_COMPLETE) return undefined;
    const parameters = await this.#parameters(lastFit(first, this.#study.settings.localFrom), signal);
    const { before: localFrom, pending, ...rows } = this.#rows.before(first); // results may have come meanwhile
    return { ...this.#historyOf(rows), continuous: this.#continuous, parameters, localFrom, pending };
  }

  async #parameters(trials: number, signal: AbortSignal | undefined): Promise<Float64Array> {
    if (this.#fit?.trials !== trials) {
      const first = this.#rows.before(Math.min(trials, this.#study.trials.length));
      const rows = first.values.length > 0 ? first : this.#rows.before(this.#study.trials.length);
      // Copied before anything else is asked for.
      const parameters = withAbort(signal, (token) => addon.fitSurrogate(this.#historyOf(rows), token));
      this.#fit = { trials, parameters };
      parameters.catch(() => {
        this.#fit = undefined;
      });
    }
    return this.#fit.parameters;
  }

  #historyOf({ points, values }: Pick<Rows, 'points' | 'values'>): NativeHistory {
    return { categorical: this.#categorical, points, values };
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
