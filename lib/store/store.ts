import type { ParamsOf, SearchSpace, SpaceDefinition } from '../space/index.js';
import type { Direction } from '../study/direction.js';
import type { StudyEvent } from '../study/events.js';
import type { StudyIdentity } from '../study/identity.js';
import type { StudySettings } from '../study/settings.js';
import type { StudyView } from '../study/study.js';
import type { TrialState } from '../study/trial.js';
import type { Awaitable } from './awaitable.js';
import type { StoreBusyError } from './busy.js';

/** A study of a store, in numbers. */
export interface StudySummary {
  readonly name: string;
  /** Undefined for a study of another program with several objectives. */
  readonly objective: Direction | undefined;
  /** Trials by state; `PRUNED` ones are another program's. */
  readonly trials: Readonly<Record<TrialState | 'PRUNED', number>>;
  /** N, the trials in all that it was planned with; undefined for another program's study. */
  readonly totalBudget: number | undefined;
  /** W, the trials of a batch; undefined where that is not known. */
  readonly batchSize?: number | undefined;
  /** How many of those are finished; trials that other programs added do not count. */
  readonly finished: number | undefined;
  /** True when it is over before its budget is spent: with the option `distinct`, every point of the space was tried. */
  readonly spaceUsedUp?: boolean | undefined;
  readonly classifiers: number;
  /** The best value so far. */
  readonly best: number | undefined;
  /** Which search writes to it now, in words. */
  readonly owner: string | undefined;
}

/** Which study a search wants of a store. */
export interface StudyKey<D extends SpaceDefinition = SpaceDefinition> {
  readonly name: string;
  readonly space: SearchSpace<D>;
  readonly settings: StudySettings;
  /** To be stored with the study, as JSON, and compared with {@link requireStudy} when it is read. */
  readonly identity: StudyIdentity;
  /**
   * Of a study that is to grow: what is stored with it, until the first append of this search stores `identity` in its
   * place.
   */
  readonly before?: StudyIdentity;
}

/** Events of a study, as they are stored. */
export interface Page<P = Record<string, unknown>> {
  /** That of the study after these events. */
  readonly revision: number;
  /** The revision that they follow: the one that was asked for, or 0 when they begin with the first event of all. */
  readonly after: number;
  readonly events: readonly StudyEvent<P>[];
}

/**
 * Where studies live, for searches that go on later and elsewhere. A study has one search at a time that writes to it;
 * reading is free. Each method may answer at once or by a promise; a store of which one does the latter is opened with
 * `SHAC.open`. One that somebody else keeps busy throws {@link StoreBusyError}: then the same call comes again.
 */
export interface Store {
  /** What messages call it: the path of a file, say. */
  readonly place: string;
  /** The studies that are there, by name. */
  studies(): Awaitable<StudySummary[]>;
  /**
   * What is stored with a study as its key's identity; undefined where there is none. A store that has no such method
   * holds studies that do not grow.
   */
  identity?(name: string): Awaitable<StudyIdentity | undefined>;
  /** @throws ERR_STUDY_NOT_FOUND, ERR_STUDY_EXISTS (there is a study `to`). */
  copyStudy(from: string, to: string): Awaitable<void>;
  /** @throws ERR_STUDY_NOT_FOUND, ERR_STUDY_EXISTS (there is a study `to`). */
  renameStudy(from: string, to: string): Awaitable<void>;
  /** @throws ERR_STUDY_NOT_FOUND, ERR_STUDY_LOCKED (a search writes to it). */
  deleteStudy(name: string): Awaitable<void>;
  /**
   * Ends another search's hold on a study: of one that is dead and looks alive. One that does live is told with its next
   * write that it was taken over.
   *
   * @returns who held it, in words; undefined when nobody did.
   * @throws ERR_STUDY_NOT_FOUND.
   */
  unlockStudy(name: string): Awaitable<string | undefined>;
  /** Lets go of files and connections; studies that are open cannot be written any more. */
  close(): Awaitable<void>;
  /** One search's hold on one study, which need not be there. Nothing is written yet. */
  openStudy<D extends SpaceDefinition>(key: StudyKey<D>): Awaitable<StudyLog<D>>;
}

/** A store that answers at once: `sqlite` (a file, the same as a path given as `storage`) and `memory` make one. */
export interface Storage extends Store {
  studies(): StudySummary[];
  identity(name: string): StudyIdentity | undefined;
  copyStudy(from: string, to: string): void;
  renameStudy(from: string, to: string): void;
  deleteStudy(name: string): void;
  unlockStudy(name: string): string | undefined;
  close(): void;
  openStudy<D extends SpaceDefinition>(key: StudyKey<D>): StudyLog<D>;
}

/**
 * One search's hold on the events of one study. Revisions are whole numbers that every append raises; 0 is the study
 * before its first event. The search makes one call at a time: the next one comes when the last has settled.
 */
export interface StudyLog<D extends SpaceDefinition = SpaceDefinition> {
  /**
   * The events after revision `after`; all of them, from the first on, where the store cannot tell or `after` is 0.
   * Undefined when there is no such study. Needs no `acquire`.
   *
   * @throws ERR_RESTORE_MISMATCH when the stored study is not that of the key, ERR_STUDY_EXISTS when it is another
   *   program's, ERR_STORAGE when it is damaged or cannot be read.
   */
  read(after: number): Awaitable<Page<ParamsOf<D>> | undefined>;
  /**
   * Makes this search the one that writes, until `release`.
   *
   * @returns the revision of what is stored; 0 when there is nothing yet. If it is not the one that the search knows,
   *   the search reads before it writes.
   * @throws ERR_STUDY_LOCKED while another search writes, ERR_STUDY_NOT_FOUND when the study that was read or begun here
   *   is not there any more, ERR_STORAGE when nothing can be written. The search writes nothing then, and releases nothing.
   */
  acquire(): Awaitable<number>;
  /**
   * Makes events durable, all of them or none. The first ones of a study begin with `created` or `restored`: then the
   * key's identity is stored as well; so it is with the first append of a key that has {@link StudyKey.before}. A later `restored`, always the first of its append, puts another study in the place
   * of the stored one; revisions go on rising.
   *
   * @param expected The revision that they follow.
   * @param study What they have made of the study, for stores whose tables show that. It goes on changing: to be looked
   *   at before anything is waited for.
   * @returns the revision after them.
   * @throws ERR_STUDY_LOCKED when another search has taken over or the revision is another one, ERR_STUDY_NOT_FOUND when
   *   the study was deleted, ERR_STORAGE when nothing can be written. Whatever it throws, the same events come again with
   *   the next call. Where they were written all the same (an answer that was lost), that one finds another revision; the
   *   search reads when it is held again, and goes on from what is stored.
   */
  append(events: readonly StudyEvent<ParamsOf<D>>[], expected: number, study: StudyView<D>): Awaitable<number>;
  /**
   * Others may write from now on. A failure is not told to anyone: whoever wants to write next finds out.
   *
   * @param busy Whether trials are out: asked for, and not told yet. No other search takes over then, until this one is
   *   closed or its process has ended.
   */
  release(busy: boolean): Awaitable<void>;
  /** Lets go of the study, whatever is out. The search may acquire it again. */
  close(): Awaitable<void>;
}
