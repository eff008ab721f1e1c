import type { NativeSampleResult } from '../native/addon.js';
import type { ProgressListener } from '../native/progress.js';
import type { SpaceDefinition } from '../space/index.js';
import type { BatchRecord } from '../study/records.js';
import type { StudyView } from '../study/study.js';

/** What is wanted: candidates for the trials with ids from `first`, all of one batch. */
export interface Wanted {
  /** The number of the batch. */
  readonly batch: number;
  readonly first: number;
  readonly count: number;
}

export interface ProposeOptions {
  /** Each time 2^k draws found no candidate, let one more of the k classifiers reject. */
  readonly relax: boolean;
  /** Native threads. They do not change what is proposed. */
  readonly threads: number;
  readonly signal?: AbortSignal | undefined;
  /** Told how the drawing goes, ten times a second at the most. */
  readonly onProgress?: ProgressListener | undefined;
}

/** Rows of codes, `count` of them, and how they were found. */
export type Proposal = Omit<NativeSampleResult, 'boxes'> & Pick<BatchRecord, 'classifiers' | 'admitted'>;

/**
 * Where candidates come from. A strategy alters nothing, and what it proposes follows from the study (its events so far)
 * and from what is wanted alone: the same for any number of threads, and after a crash. It draws its random numbers from
 * streams of its own (see `streamOf`). What it remembers of a study is a cache.
 */
export interface Strategy {
  readonly name: string;
  /**
   * @returns undefined when it is not its turn, or when it knows too little: the next strategy is asked then.
   * @throws ERR_EMPTY_REGION; ERR_EMPTY_SPACE and ERR_CONSTRAINT_FAILED, of constraints; or the signal's reason.
   */
  propose<D extends SpaceDefinition>(
    study: StudyView<D>,
    wanted: Wanted,
    options: ProposeOptions,
  ): Promise<Proposal | undefined>;
}
