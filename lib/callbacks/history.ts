import { Callback, type EpochLogs } from './callback.js';

/** The record of a run: what `fit` and `fitDataset` return. */
export class History extends Callback {
  /** Numbers of the epochs, in order. */
  readonly epochs: number[] = [];
  /** For each key of the epochs' logs, its value in each epoch. */
  readonly history: { [K in keyof EpochLogs]?: EpochLogs[K][] } = {};
  /** Set when a run with `earlyStop` ended because a stage gave no classifier. */
  stoppedEarly = false;

  onEpochEnd(epoch: number, logs: EpochLogs): void {
    this.epochs.push(epoch);
    const columns = this.history as Record<string, unknown[]>;
    for (const [key, value] of Object.entries(logs)) {
      columns[key] ??= [];
      columns[key].push(value);
    }
  }
}
