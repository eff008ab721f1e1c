import type { ExchangeState } from './study.js';

/** The operations of Optuna's journal, by their codes. */
export const OPERATION = {
  createStudy: 0,
  deleteStudy: 1,
  setStudyUserAttribute: 2,
  setStudySystemAttribute: 3,
  createTrial: 4,
  setTrialParam: 5,
  setTrialStateValues: 6,
  setTrialIntermediateValue: 7,
  setTrialUserAttribute: 8,
  setTrialSystemAttribute: 9,
  /** Of another implementation; Optuna itself passes over it. */
  discardTrials: 10,
} as const;

/** The states of trials, by Optuna's numbers. */
export const STATES: readonly ExchangeState[] = ['RUNNING', 'COMPLETE', 'PRUNED', 'FAIL', 'WAITING'];

/** The directions of objectives, by Optuna's numbers; the first: not said. */
export const DIRECTIONS = [undefined, 'min', 'max'] as const;
