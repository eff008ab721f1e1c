import type { Report } from '../study/trial.js';

/** The lists of a study's state. */
type Counted = Record<'trials' | 'drawn' | 'batches' | 'classifiers', { readonly length: number }>;

/** What of a study its storage has not been given yet. */
export class Unsaved {
  /** Ids of the trials that changed. */
  readonly trials: Set<number>;
  /** Candidates with ids from here on, handed out or not. */
  candidates = 0;
  /** Batches from here on. */
  batches = 0;
  /** Classifiers from here on. */
  classifiers = 0;
  /** Intermediate values. */
  reports: Report[] = [];

  constructor(trials: Iterable<number> = []) {
    this.trials = new Set(trials);
  }

  /** A state of which its storage holds everything. */
  static nothingOf({ trials, drawn, batches, classifiers }: Counted): Unsaved {
    const unsaved = new Unsaved();
    unsaved.candidates = trials.length + drawn.length;
    unsaved.batches = batches.length;
    unsaved.classifiers = classifiers.length;
    return unsaved;
  }
}
