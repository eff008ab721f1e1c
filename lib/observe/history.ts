import { Callback, type EpochLogs } from './callback.js';

/**
 * Why a run ended: `'budget'`, all trials of the budget are finished; `'dataset'`, all rows of the data set are learned
 * from; `'early-stop'`, a stage gave no classifier, with the option `earlyStop`; `'space-used-up'`, every
 * point of the space was tried, with the option `distinct`; `'nothing-to-do'`, one of these was so before it began.
 */
export type StopReason = 'budget' | 'dataset' | 'early-stop' | 'space-used-up' | 'nothing-to-do';

/** The record of a run: what `fit` and `fitDataset` return. */
export class History extends Callback {
  /** Numbers of the epochs, in order. */
  readonly epochs: number[] = [];
  /** For each key of the epochs' logs, its value in each epoch; undefined where the epoch had none. */
  readonly history: { [K in keyof EpochLogs]?: EpochLogs[K][] } = {};
  /** Why the last run ended; undefined before its end, and when it ended by an error. */
  stopReason: StopReason | undefined;

  /** Whether the last run ended because a stage gave no classifier. */
  get stoppedEarly(): boolean {
    return this.stopReason === 'early-stop';
  }

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
