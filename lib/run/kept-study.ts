import { isDeepStrictEqual } from 'node:util';
import { ShacError, ShacRangeError, show } from '../errors.js';
import { publish } from '../observe/diagnostics.js';
import type { ParamsOf, SpaceDefinition } from '../space/index.js';
import { type Awaitable, settling } from '../store/awaitable.js';
import type { Page, StudyKey, StudyLog } from '../store/store.js';
import { Candidates } from '../strategies/candidates.js';
import type { Snapshot, StudyEvent } from '../study/events.js';
import type { StudySettings } from '../study/settings.js';
import { Study } from '../study/study.js';
import { isFinished, type TrialRecord } from '../study/trial.js';
import { Patience } from './patience.js';

/** What a search begins with. */
export interface Beginning<D extends SpaceDefinition> {
  readonly key: StudyKey<D>;
  /** Of the study in its store; undefined when it has none. */
  readonly log: StudyLog<D> | undefined;
  /** What is stored already; undefined when nothing is. */
  readonly page: Page<ParamsOf<D>> | undefined;
  /** The seed that the study has to have; undefined where any will do. */
  readonly seed: number | undefined;
  /** Whether it must not be another search's by the time that it is begun. */
  readonly isNew: boolean;
  /** What is enqueued when the study is begun, checked. */
  readonly initial: readonly Partial<ParamsOf<D>>[];
}

/** A study in memory and, when it has a store, what keeps it there: each event is kept before the search acts on it. */
export class KeptStudy<D extends SpaceDefinition> {
  #key: StudyKey<D>;
  readonly #log: StudyLog<D> | undefined;
  readonly #seed: number | undefined;
  readonly #isNew: boolean;
  readonly #patience = new Patience();
  #study: Study<D>;
  #candidates: Candidates<D>;
  /** That of the store, as far as it is known here. */
  #revision = 0;
  /** What the store has not been given yet. */
  #pending: StudyEvent<ParamsOf<D>>[] = [];
  #appending: Promise<void> | undefined;
  /** Calls under way that change the study: while there are any, no other search may write to it. */
  #holders = 0;
  /** The first one acquires the study; the others wait for that. */
  #held: Awaitable<void> = undefined;
  /** The last release: a store is not asked for anything else before it is over. */
  #released: Awaitable<void> = undefined;
  #saving: NodeJS.Immediate | undefined;
  /** Told when no call is under way any more. */
  #onIdle = () => {};

  /** @throws ERR_RESTORE_MISMATCH when what is stored has another seed. */
  constructor({ key, log, page, seed, isNew, initial }: Beginning<D>) {
    this.#key = key;
    this.#log = log;
    this.#seed = seed;
    this.#isNew = isNew;
    this.#study = new Study(key.space, key.settings, page?.events ?? []);
    this.#candidates = new Candidates(this.#study);
    this.#watch(this.#study);
    if (page === undefined || page.events.length === 0) {
      this.#study.record({ type: 'created', seed: key.settings.seed });
      if (initial.length > 0) this.#study.record({ type: 'enqueued', params: initial });
      return;
    }
    this.#requireSeed(this.#study);
    this.#revision = page.revision;
    this.#study.requeue();
  }

  /** Whether it has a store. */
  get isStored(): boolean {
    return this.#log !== undefined;
  }

  get study(): Study<D> {
    return this.#study;
  }

  /** Where its trials come from. */
  get candidates(): Candidates<D> {
    return this.#candidates;
  }

  /**
   * Runs a call that changes the study. It can be another one from then on: what another search has left.
   *
   * @param keep What is called before it throws ERR_STORAGE: for a result that would be lost.
   * @throws ERR_STUDY_LOCKED while another search writes, ERR_STORAGE when nothing can be written.
   */
  async hold<T>(action: () => Promise<T>, keep?: () => void): Promise<T> {
    const compiled = async () => {
      if (!this.#study.isCompiled) await this.#study.compile();
      return action();
    };
    return this.#holding(compiled, keep);
  }

  /**
   * Makes durable what happened outside of any call, when the study is stored already. What fails here fails again in
   * the next call, which says so.
   */
  async keep(): Promise<void> {
    if (this.#log === undefined || this.#revision === 0) return;
    await this.#holding(async () => this.save()).catch(() => {});
  }

  async #holding<T>(action: () => Promise<T>, keep?: () => void): Promise<T> {
    try {
      const held = this.#hold();
      if (held instanceof Promise) await held;
    } catch (error) {
      this.#holders--;
      if (this.#holders === 0) this.#onIdle();
      if (keep === undefined || !isStorageError(error)) throw error;
      keep();
      throw withWhatIsKept(error, this.#pending);
    }
    try {
      return await action();
    } finally {
      this.#holders--;
      if (this.#holders === 0) {
        this.#released = this.#release();
        if (this.#released instanceof Promise) await this.#released;
        this.#onIdle();
      }
    }
  }

  #hold(): Awaitable<void> {
    this.#holders++;
    if (this.#holders === 1) {
      this.#patience.renew();
      this.#held = this.#released instanceof Promise ? this.#released.then(() => this.#acquire()) : this.#acquire();
    }
    return this.#held;
  }

  /** Makes what has happened durable: at once when the store answers at once, else by a promise. */
  save(): Awaitable<void> {
    this.#cancelSaving();
    if (this.#log === undefined || (this.#pending.length === 0 && this.#appending === undefined)) return;
    // What comes while an append is under way goes with the next one.
    if (this.#appending !== undefined) return this.#appending.then(() => this.save());
    const log = this.#log;
    let appended: Awaitable<void>;
    try {
      appended = this.#patience.ask(() => this.#append(log));
    } catch (error) {
      throw withWhatIsKept(error, this.#pending);
    }
    if (appended instanceof Promise) {
      this.#appending = appended
        .catch((error) => {
          throw withWhatIsKept(error, this.#pending);
        })
        .finally(() => {
          this.#appending = undefined;
        });
    }
    return this.#appending;
  }

  /** Whether saving waits for a store that is busy: what has happened since is in memory only. */
  get isStalled(): boolean {
    return this.#patience.isWaiting;
  }

  /** Gives the store all that is pending. What fails stays pending. */
  #append(log: StudyLog<D>): Awaitable<void> {
    const events = this.#pending;
    this.#pending = [];
    const done = (revision: number) => {
      this.#revision = revision;
    };
    const failed = (error: unknown) => {
      this.#pending = [...events, ...this.#pending];
      throw error;
    };
    try {
      const revision = log.append(events, this.#revision, this.#study);
      return revision instanceof Promise ? revision.then(done, failed) : done(revision);
    } catch (error) {
      return failed(error);
    }
  }

  /** Saves when the event loop has a turn to spare, unless something else saves before. */
  saveSoon(): void {
    if (this.#log === undefined) return;
    this.#saving ??= setImmediate(() => {
      this.#saving = undefined;
      void this.#trySaving(); // what fails here fails again in the next save, and ends the run
    });
  }

  /**
   * Puts another study in the place of this one.
   *
   * @param settings Of that one: a study that grows has others. What is stored has those that it was opened with.
   * @throws ERR_RESTORE_MISMATCH when it would have other batches or stages than what is stored.
   */
  replace(snapshot: Snapshot<ParamsOf<D>>, settings: StudySettings): void {
    if (this.#log === undefined) this.#key = { ...this.#key, settings };
    else requireSamePlan(this.#key.settings, settings);
    this.#become(new Study(this.#key.space, this.#key.settings, []));
    this.#study.record({ type: 'restored', snapshot });
  }

  /** Lets go of the study: at once, or where a store answers later when the calls under way are over. */
  close(): Awaitable<void> {
    this.#cancelSaving();
    const later = [this.#held, this.#appending, this.#released].some((answer) => answer instanceof Promise);
    const close = () => this.#patience.ask(() => this.#log?.close());
    if (this.#holders === 0 || !later) return close();
    return new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    }).then(close);
  }

  /** @param study One that has no listeners yet. Nothing of it is pending. */
  #become(study: Study<D>): void {
    this.#pending = [];
    this.#study = study;
    this.#candidates = new Candidates(study);
    this.#watch(study);
  }

  #watch(study: Study<D>): void {
    study.listen((event) => {
      publish(this.#key.name, event);
      if (this.#log === undefined) return;
      // Of many predictions in a row only the last place counts.
      if (event.type === 'seeded' && this.#pending.at(-1)?.type === 'seeded') this.#pending.pop();
      this.#pending.push(event);
    });
  }

  #acquire(): Awaitable<void> {
    const log = this.#log;
    if (log === undefined) return;
    const revision = this.#patience.ask(() => log.acquire());
    return revision instanceof Promise ? this.#acquireLater(revision) : this.#acquireNow(revision);
  }

  #acquireNow(revision: number): Awaitable<void> {
    try {
      if (revision !== this.#revision) {
        if (this.#isNew && this.#revision === 0) throw this.#exists();
        // What is not saved is no part of what the store has: then the study is made anew from its first event.
        const known = this.#pending.length === 0 ? this.#revision : 0;
        const page = this.#patience.ask(() => this.#log?.read(known));
        if (page instanceof Promise) return this.#orRelease(page.then((read) => this.#goOnFrom(read)));
        this.#goOnFrom(page);
      }
      const saved = this.#revision === 0 ? this.save() : undefined; // before any work, so that a full disk is known
      return saved instanceof Promise ? this.#orRelease(saved) : undefined;
    } catch (error) {
      this.#released = settling(() => this.#letGo());
      throw error;
    }
  }

  async #acquireLater(revision: Promise<number>): Promise<void> {
    return this.#acquireNow(await revision);
  }

  async #orRelease(step: Promise<void>): Promise<void> {
    try {
      await step;
    } catch (error) {
      await settling(() => this.#letGo());
      throw error;
    }
  }

  /** What another search has left takes the place of what is in memory, but for results that could not be saved. */
  #goOnFrom(page: Page<ParamsOf<D>> | undefined): void {
    if (page === undefined) {
      const { name } = this.#key;
      throw new ShacError('ERR_STUDY_NOT_FOUND', `the study ${JSON.stringify(name)} is not in its storage any more`);
    }
    const { trials } = this.#study;
    const results = this.#pending.filter((event) => event.type === 'told' || event.type === 'failed');
    const before: StudyEvent<ParamsOf<D>>[] =
      page.after === 0 ? [] : [{ type: 'restored', snapshot: this.#study.snapshot() }];
    const study = new Study(this.#key.space, this.#key.settings, [...before, ...page.events]);
    this.#requireSeed(study);
    this.#become(study);
    this.#revision = page.revision;
    this.#study.requeue();
    for (const result of results) {
      const [mine, other] = [trials[result.id], this.#study.trials[result.id]];
      if (mine !== undefined && other !== undefined && !isFinished(other) && areSame(mine, other)) {
        this.#study.record(result);
      }
    }
  }

  /** A seed that was asked for is that of the study: the one it began with, or the one that `setSeed` put in force. */
  #requireSeed({ seed, firstSeed }: Study<D>): void {
    if (this.#seed === undefined || this.#seed === firstSeed || this.#seed === seed) return;
    const { name } = this.#key;
    throw new ShacRangeError(
      'ERR_RESTORE_MISMATCH',
      `the seed of the study ${show(name)} is ${firstSeed}, and ${this.#seed} was given; to go on with it, leave the ` +
        "seed out or give its own; to begin anew, choose another studyName, or ifExists: 'new'",
    );
  }

  #exists(): ShacError {
    const name = show(this.#key.name);
    return new ShacError(
      'ERR_STUDY_EXISTS',
      `another search has begun a study ${name} meanwhile; choose another studyName, or begin once more`,
    );
  }

  /** A store that cannot let go says so to whoever wants to write next. */
  #release(): Awaitable<void> {
    this.#cancelSaving();
    return settling(() => {
      const saved = this.#trySaving();
      const busy = () => this.#study.idsIn('RUNNING').length > 0;
      const release = () => this.#patience.ask(() => this.#log?.release(busy()));
      return saved instanceof Promise ? saved.then(release) : release();
    });
  }

  #letGo(): Awaitable<void> {
    return this.#patience.ask(() => this.#log?.release(false));
  }

  /** What fails stays unsaved; the call that is under way, or the next one, says so. */
  #trySaving(): Awaitable<void> {
    return settling(() => this.save());
  }

  #cancelSaving(): void {
    clearImmediate(this.#saving);
    this.#saving = undefined;
  }
}

function requireSamePlan(stored: StudySettings, { budget, localFrom }: StudySettings): void {
  if (isDeepStrictEqual([stored.budget, stored.localFrom], [budget, localFrom])) return;
  const { totalBudget, numBatches, batchSize, pointsPerClassifier } = budget;
  throw new ShacRangeError(
    'ERR_RESTORE_MISMATCH',
    `the study that is to be restored goes on to ${totalBudget} trials in ${numBatches} batches of ${batchSize}, with stages of ` +
      `${pointsPerClassifier}, which is not the plan of the study in the storage; give numBatches ${numBatches}, or restore it ` +
      'in a search without storage',
  );
}

/** Whether a trial that is known here is the one that another search has under its number. */
function areSame(a: TrialRecord<unknown>, b: TrialRecord<unknown>): boolean {
  return a.row.codes.length === b.row.codes.length && a.row.codes.every((code, i) => code === b.row.codes[i]);
}

function isStorageError(error: unknown): error is ShacError {
  return error instanceof ShacError && error.code === 'ERR_STORAGE';
}

/** Says what a store that fails leaves in memory. An error without a cause is no failure, and says itself what to do. */
function withWhatIsKept(error: unknown, pending: readonly StudyEvent<unknown>[]): unknown {
  if (!isStorageError(error) || error.cause === undefined) return error;
  const kept = pending.filter(({ type }) => type === 'told' || type === 'failed').length;
  const message = `${error.message}. ${kept} finished trials are in memory only: fit saves them first when it goes on, saveData(dir) saves all of them elsewhere`;
  return new ShacError('ERR_STORAGE', message, { cause: error.cause });
}
