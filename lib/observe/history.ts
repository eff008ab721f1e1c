import { Callback, type EpochLogs } from './callback.js';

/** The record of a run: what `fit` and `fitDataset` return. */
export class History extends Callback {
  /** Numbers of the epochs, in order. */
  readonly epochs: number[] = [];
  /** For each key of the epochs' logs, its value in each epoch; undefined where the epoch had none. */
  readonly history: { [K in keyof EpochLogs]?: EpochLogs[K][] } = {};
  /** Set when a run with `earlyStop` ended because a stage gave no classifier. */
  stoppedEarly = false;

  override onEpochEnd(epoch: number, logs: EpochLogs): void {
    this.epochs.push(epoch);
    const columns = this.history as Record<string, unknown[]>;
    const values: Record<string, unknown> = { ...logs };
    for (const key of new Set([...Object.keys(columns), ...Object.keys(values)])) {
      columns[key] ??= Array.from({ length: this.epochs.length - 1 }, () => undefined);
      columns[key].push(values[key]);
    }
  }
}
