import type { TrialFailed, TrialTold, ValueReported } from '../study/events.js';
import type { Trial } from '../study/trial.js';
import type { Dataset, EpochLogs, SamplingProgress, TrainLogs } from './callback.js';

/** What happens in a run beside what happens to its study: nothing of it is stored. Batches are counted from 0. */
export type RunEvent =
  | { readonly type: 'runBegan' | 'runEnded'; readonly logs: TrainLogs }
  | { readonly type: 'batchBegan' | 'batchEnded'; readonly batch: number; readonly logs: EpochLogs }
  | { readonly type: 'drawing'; readonly progress: SamplingProgress }
  | { readonly type: 'evaluationBegan'; readonly parameters: Record<string, unknown>[]; readonly logs: EpochLogs }
  | { readonly type: 'evaluationEnded'; readonly evaluations: (number | null)[]; readonly logs: EpochLogs }
  | { readonly type: 'datasetChanged'; readonly dataset: Dataset; readonly logs: EpochLogs };

/** What callbacks hear of: the events of the run, and of the study those of its trials, once they are stored. */
export type WatchedEvent = RunEvent | ValueReported | ((TrialTold | TrialFailed) & { readonly trial: Trial });
