import type { CallbackMethods } from './callback.js';
import { publish } from './diagnostics.js';
import type { RunEvent, WatchedEvent } from './run-events.js';

type Told = void | Promise<void>;

/** Which method of a callback hears of which event. */
const CALLS: {
  readonly [T in WatchedEvent['type']]: (
    callback: CallbackMethods,
    event: Extract<WatchedEvent, { readonly type: T }>,
  ) => Told;
} = {
  runBegan: (callback, { logs }) => callback.onTrainBegin?.(logs),
  runEnded: (callback, { logs }) => callback.onTrainEnd?.(logs),
  batchBegan: (callback, { batch, logs }) => callback.onEpochBegin?.(batch, logs),
  batchEnded: (callback, { batch, logs }) => callback.onEpochEnd?.(batch, logs),
  drawing: (callback, { progress }) => callback.onProgress?.(progress),
  evaluationBegan: (callback, { parameters, logs }) => callback.onEvaluationBegin?.(parameters, logs),
  evaluationEnded: (callback, { evaluations, logs }) => callback.onEvaluationEnded?.(evaluations, logs),
  datasetChanged: (callback, { dataset, logs }) => callback.onDatasetChanged?.(dataset, logs),
  reported: (callback, { id, step, value }) => callback.onReport?.({ trialId: id, value, step }),
  told: (callback, { trial }) => callback.onTrialEnd?.(trial),
  failed: (callback, { trial }) => callback.onTrialEnd?.(trial),
};

/** The callbacks of a run: each is told of an event when the one before it has heard. What one throws ends the run. */
export class Watchers {
  readonly #study: string;
  readonly #callbacks: readonly CallbackMethods[];

  constructor(study: string, callbacks: readonly CallbackMethods[]) {
    this.#study = study;
    this.#callbacks = callbacks;
  }

  /** Whether anybody has this method: else what it is told need not be made. */
  hear(method: keyof CallbackMethods): boolean {
    return this.#callbacks.some((callback) => typeof callback[method] === 'function');
  }

  /** An event of the run. */
  async tell(event: RunEvent): Promise<void> {
    publish(this.#study, event);
    await this.forward(event);
  }

  /** One that was published already: the study's own. */
  async forward(event: WatchedEvent): Promise<void> {
    const call = CALLS[event.type] as (callback: CallbackMethods, event: WatchedEvent) => Told;
    for (const callback of this.#callbacks) await call(callback, event);
  }
}
