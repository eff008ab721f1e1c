import { ShacError } from '../errors.js';
import type { SpaceDefinition } from '../space/index.js';
import type { StudyStore } from '../store/storage.js';
import type { StudyState } from '../study/study-state.js';

/** A study in memory and, when it has a storage, what keeps it there. */
export class KeptStudy<D extends SpaceDefinition> {
  state: StudyState<D>;
  readonly #store: StudyStore<D> | undefined;
  /** Calls under way that change the study: while there are any, no other search may write to it. */
  #holders = 0;
  #saving: NodeJS.Immediate | undefined;

  /** @param state That of a new study; one that is stored already takes its place. */
  constructor(state: StudyState<D>, store: StudyStore<D> | undefined) {
    this.#store = store;
    this.state = store?.read() ?? state;
  }

  /**
   * Runs a call that changes the study. Its state can be another one from then on: what another search has left.
   *
   * @param keep What is called before it throws ERR_STORAGE: for a result that would be lost.
   * @throws ERR_STUDY_LOCKED while another search writes, ERR_STORAGE when nothing can be written.
   */
  async hold<T>(action: () => Promise<T>, keep?: () => void): Promise<T> {
    if (this.#holders === 0) this.#acquire(keep);
    this.#holders++;
    try {
      return await action();
    } finally {
      this.#holders--;
      if (this.#holders === 0) this.#release();
    }
  }

  /** Makes what changed durable. */
  save(): void {
    this.#cancelSaving();
    this.#store?.save(this.state);
  }

  /** Saves when the event loop has a turn to spare, unless something else saves before. */
  saveSoon(): void {
    if (this.#store === undefined) return;
    this.#saving ??= setImmediate(() => {
      this.#saving = undefined;
      this.#trySaving(); // what fails here fails again in the next save, and ends the run
    });
  }

  close(): void {
    this.#cancelSaving();
    this.#store?.close();
  }

  #acquire(keep: (() => void) | undefined): void {
    if (this.#store === undefined) return;
    try {
      this.state = this.#store.acquire(this.state);
    } catch (error) {
      if (error instanceof ShacError && error.code === 'ERR_STORAGE') keep?.();
      throw error;
    }
    if (this.state.unsaved !== undefined) return;
    try {
      this.#store.save(this.state); // before any work, so that a full disk is known
    } catch (error) {
      this.#store.release(this.state);
      throw error;
    }
  }

  #release(): void {
    this.#cancelSaving();
    this.#trySaving();
    this.#store?.release(this.state);
  }

  #trySaving(): void {
    try {
      this.#store?.save(this.state);
    } catch {
      // It stays unsaved; the call that is under way, or the next one, says so.
    }
  }

  #cancelSaving(): void {
    clearImmediate(this.#saving);
    this.#saving = undefined;
  }
}
