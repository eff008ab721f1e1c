import { everyPoint, keyOf, type ParamsOf, type SpaceDefinition } from '../space/index.js';
import type { StudyView } from '../study/study.js';
import { Turns } from './turns.js';

/** A point that the constraints admit. */
export interface Point<P> {
  readonly key: string;
  readonly params: P;
}

/** So many points are remembered (20 MB or so). */
const MOST_KEPT = 2 ** 16;
/** A list that is to be short is given up when it is so many times as long: then it is not short for a while. */
const LONG = 4;

/**
 * The points of a space that the constraints admit and that were not tried. What is remembered of them is a cache: it follows
 * from the space, the constraints, which are pure, and the trials.
 */
export class Left<D extends SpaceDefinition> {
  readonly #study: StudyView<D>;
  readonly #isTried: (key: string) => boolean;
  /** All of them by key, in their order, once they are known. */
  #all: Map<string, ParamsOf<D>> | undefined;
  /** There are so many at least. */
  #atLeast = 0;

  constructor(study: StudyView<D>, isTried: (key: string) => boolean) {
    this.#study = study;
    this.#isTried = isTried;
  }

  /** To be called of each point that is tried, once. */
  tried(key: string): void {
    this.#all?.delete(key);
    this.#atLeast--;
  }

  /** Whether it is known that there are none but points with these keys. */
  isWithin(keys: ReadonlySet<string>): boolean {
    const all = this.#all;
    return all !== undefined && all.size <= keys.size && [...all.keys()].every((key) => keys.has(key));
  }

  get isKnown(): boolean {
    return this.#all !== undefined;
  }

  /**
   * All of them, in the order of the space.
   *
   * @returns undefined where there are more than `most`.
   * @throws ERR_CONSTRAINT_FAILED, or the signal's reason.
   */
  async list(most: number, signal: AbortSignal | undefined): Promise<Point<ParamsOf<D>>[] | undefined> {
    if (this.#all === undefined && this.#atLeast > most) return undefined;
    const all = this.#all ?? (await this.#find(LONG * most, signal));
    if (all === undefined || all.size > most) return undefined;
    return Array.from(all, ([key, params]) => ({ key, params }));
  }

  /** Looks through the space. @returns undefined where there are as many as `end`, or more. */
  async #find(end: number, signal: AbortSignal | undefined): Promise<Map<string, ParamsOf<D>> | undefined> {
    const { space, settings } = this.#study;
    const { constraints } = settings;
    const found = new Map<string, ParamsOf<D>>();
    const turns = new Turns(signal);
    for (const params of everyPoint(space)) {
      const turn = turns.next();
      if (turn !== undefined) await turn;
      if (constraints.size > 0 && !constraints.admitsOwn(params)) continue;
      const key = keyOf(space, params);
      if (this.#isTried(key)) continue;
      found.set(key, params);
      if (found.size < end) continue;
      this.#atLeast = end;
      return undefined;
    }
    this.#atLeast = found.size;
    if (found.size <= MOST_KEPT) this.#all = found;
    return found;
  }
}
