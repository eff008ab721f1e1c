import type { SearchSpace, SpaceDefinition } from '../space/index.js';
import type { Direction } from '../study/direction.js';
import type { StudySettings } from '../study/settings.js';
import type { StudyState } from '../study/study-state.js';
import type { TrialState } from '../study/trial.js';

/** A study of a storage, in numbers. */
export interface StudySummary {
  readonly name: string;
  /** Undefined for a study of another program with several objectives. */
  readonly objective: Direction | undefined;
  /** Trials by state; `PRUNED` ones are another program's. */
  readonly trials: Readonly<Record<TrialState | 'PRUNED', number>>;
  /** N, the trials in all that it was planned with; undefined for another program's study. */
  readonly totalBudget: number | undefined;
  /** How many of those are finished; trials that other programs added do not count. */
  readonly finished: number | undefined;
  readonly classifiers: number;
  /** The best value so far. */
  readonly best: number | undefined;
  /** Which search writes to it now, in words. */
  readonly owner: string | undefined;
}

/**
 * Where studies live. A study has one search at a time that writes to it; reading is free.
 *
 * Made by `sqlite` (a file, the same as a path given as `storage`) or `memory`.
 */
export interface Storage {
  /** What messages call it. */
  readonly place: string;
  /** The studies that are there, by name. */
  studies(): StudySummary[];
  /** @throws ERR_STUDY_NOT_FOUND, ERR_STUDY_EXISTS (there is a study `to`). */
  copyStudy(from: string, to: string): void;
  /** @throws ERR_STUDY_NOT_FOUND, ERR_STUDY_EXISTS (there is a study `to`). */
  renameStudy(from: string, to: string): void;
  /** @throws ERR_STUDY_NOT_FOUND, ERR_STUDY_LOCKED (a search writes to it). */
  deleteStudy(name: string): void;
  /** Lets go of files; studies that are open cannot be written any more. */
  close(): void;
  /** @internal */
  openStudy<D extends SpaceDefinition>(space: SearchSpace<D>, options: StudySettings): StudyStore<D>;
}

/**
 * One search's hold on one study of a storage.
 *
 * @internal
 */
export interface StudyStore<D extends SpaceDefinition> {
  /**
   * The study as it is stored; undefined when there is none. What was running waits again.
   *
   * @throws ERR_RESTORE_MISMATCH when it is not that of the space and options, ERR_STUDY_EXISTS when it is another
   *   program's, ERR_STORAGE when it is damaged.
   */
  read(): StudyState<D> | undefined;
  /**
   * Becomes the one that writes, until `release`.
   *
   * @param state What is in memory: returned, or instead what another search has left since.
   * @throws ERR_STUDY_LOCKED while another search writes.
   */
  acquire(state: StudyState<D>): StudyState<D>;
  /** Others may write from now on. What this search began stays its own if `busy` trials are out. */
  release(state: StudyState<D>): void;
  /**
   * Writes what `state.unsaved` names, all of it or nothing.
   *
   * @throws ERR_STORAGE when it cannot be written, ERR_STUDY_LOCKED when another search has taken over, and
   *   ERR_STUDY_NOT_FOUND when the study was deleted; what is unsaved stays so.
   */
  save(state: StudyState<D>): void;
  close(): void;
}
