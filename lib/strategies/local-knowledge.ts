import type { NativeLocalRequest } from '../native/addon.js';
import { LocalHistory } from '../native/local-history.js';
import type { Coordinate, SpaceDefinition } from '../space/index.js';
import type { StudyView } from '../study/study.js';
import { FinishedTrials } from './finished-trials.js';

/** Everything a proposal is made from, apart from the candidates that the classifiers accept. */
export type Known = Pick<NativeLocalRequest, 'history' | 'continuous' | 'parameters' | 'pending'>;

/** Fitting takes longer than proposing: the process is fitted again once there are so many more trials. */
const GROWTH = 1.15;
const MOST_NEW = 25;
/** Fewer complete trials say nothing about what is near what. */
const LEAST_COMPLETE = 2;
/** What the native history makes of the places of a coordinate. */
const ORDERED = 0;
const CATEGORICAL = 1;
const ORDERED_OR_INACTIVE = 2;

/** What the local phase makes of the trials so far, without doing again what it has done. */
export class LocalKnowledge<D extends SpaceDefinition> {
  readonly #study: StudyView<D>;
  readonly #continuous: Uint8Array;
  readonly #history: LocalHistory;
  readonly #finished: FinishedTrials<D>;
  #fit:
    | { readonly trials: number; readonly unfinished: number; readonly parameters: Promise<Float64Array> }
    | undefined;

  constructor(study: StudyView<D>) {
    const { space, settings } = study;
    this.#study = study;
    this.#continuous = Uint8Array.from(space.continuous, (continuous) => (continuous ? 1 : 0));
    this.#history = new LocalHistory({
      kinds: Uint8Array.from(space.coordinates, (coordinate, i) => {
        if (isCategorical(coordinate)) return CATEGORICAL;
        return space.conditions[i] ? ORDERED_OR_INACTIVE : ORDERED;
      }),
      localFrom: settings.localFrom,
      batch: settings.budget.batchSize,
    });
    this.#finished = new FinishedTrials(study, this.#history);
  }

  /**
   * What is known when trial `first` is to be drawn; undefined while too little is. The process is fitted to the finished
   * ones of the trials before one that depends on `first` alone, so that a study that is opened again finds the same.
   */
  async at(first: number, signal: AbortSignal | undefined): Promise<Known | undefined> {
    await this.#finished.catchUp(signal);
    if (this.#finished.complete < LEAST_COMPLETE) return undefined;
    const parameters = await this.#parameters(lastFit(first, this.#study.settings.localFrom), signal);
    this.#finished.update(); // results may have come meanwhile
    const { handle: history } = this.#history;
    return { history, continuous: this.#continuous, parameters, pending: this.#finished.pending };
  }

  async #parameters(trials: number, signal: AbortSignal | undefined): Promise<Float64Array> {
    const unfinished = this.#finished.unfinishedBefore(trials);
    if (this.#fit?.trials !== trials || this.#fit.unfinished !== unfinished) {
      const parameters = this.#history.fit(trials, signal);
      this.#fit = { trials, unfinished, parameters };
      parameters.catch(() => {
        this.#fit = undefined;
      });
    }
    return this.#fit.parameters;
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
