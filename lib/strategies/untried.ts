import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ParamsOf, SpaceDefinition } from '../space/index.js';
import type { Candidate } from '../study/events.js';
import { copyOf } from '../study/params.js';
import type { StudyView } from '../study/study.js';
import type { Point } from './left.js';

/** Points that are looked at before the event loop gets a turn: one or two milliseconds. */
const SLICE = 1_000;

/** A point that may take the place of a repeat. */
interface Replacement<P> extends Candidate<P> {
  readonly key: string;
}

/** Points that were not tried, in the place of candidates that were. */
export class Untried<D extends SpaceDefinition> {
  readonly #study: StudyView<D>;
  readonly #repeats: readonly Candidate<ParamsOf<D>>[];
  readonly #isKnown: (key: string) => boolean;
  readonly #chosen = new Map<Candidate<ParamsOf<D>>, Candidate<ParamsOf<D>>>();
  readonly #keys = new Set<string>();

  /** @param isKnown Whether the point with this key was tried, or is in the batch already. */
  constructor(study: StudyView<D>, repeats: readonly Candidate<ParamsOf<D>>[], isKnown: (key: string) => boolean) {
    this.#study = study;
    this.#repeats = repeats;
    this.#isKnown = isKnown;
  }

  get missing(): number {
    return this.#repeats.length - this.#chosen.size;
  }

  get isComplete(): boolean {
    return this.missing === 0;
  }

  inPlaceOf(repeat: Candidate<ParamsOf<D>>): Candidate<ParamsOf<D>> | undefined {
    return this.#chosen.get(repeat);
  }

  /**
   * Chooses from points that the constraints admit those that were not tried, the ones first that the fewest classifiers reject.
   *
   * @param nearest Of these, the one that is nearest to the repeat; else the first.
   */
  async choose(
    points: Iterable<Point<ParamsOf<D>>>,
    { nearest, signal }: { nearest: boolean; signal: AbortSignal | undefined },
  ): Promise<void> {
    const left = await this.#untried(points, signal);
    for (const repeat of this.#repeats) {
      if (this.#chosen.has(repeat)) continue;
      const taken = nearest ? this.#nearest(left, repeat) : left[0];
      if (taken === undefined) return;
      left.splice(left.indexOf(taken), 1);
      this.#keys.add(taken.key);
      const { key: _, ...candidate } = taken;
      this.#chosen.set(repeat, candidate);
    }
  }

  /** Those that were not tried, each once, by rejections, then in their order. */
  async #untried(
    points: Iterable<Point<ParamsOf<D>>>,
    signal: AbortSignal | undefined,
  ): Promise<Replacement<ParamsOf<D>>[]> {
    const { space, cascade } = this.#study;
    const found = new Map<string, ParamsOf<D>>();
    let looked = 0;
    for (const { key, params } of points) {
      if (++looked % SLICE === 0) {
        await nextTurn();
        signal?.throwIfAborted();
      }
      if (!this.#isKnown(key) && !this.#keys.has(key)) found.set(key, params);
    }
    const rows = [...found].map(([key, params]) => ({
      key,
      params: copyOf(params),
      row: space.row(space.encode(params)),
    }));
    const codes = new Uint16Array(rows.length * space.dimensions);
    rows.forEach(({ row }, i) => {
      codes.set(row.codes, i * space.dimensions);
    });
    const rejections = cascade.rejections(codes);
    return rows
      .map((row, i) => ({ ...row, rejections: rejections[i] as number }))
      .sort((a, b) => a.rejections - b.rejections);
  }

  /** Of those that the fewest reject, the one whose places are nearest; the first of equals. */
  #nearest(
    left: readonly Replacement<ParamsOf<D>>[],
    { params }: Candidate<ParamsOf<D>>,
  ): Replacement<ParamsOf<D>> | undefined {
    const { space } = this.#study;
    const from = space.places(params);
    const fewest = left[0]?.rejections;
    let nearest: Replacement<ParamsOf<D>> | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const point of left) {
      if (point.rejections !== fewest) break;
      const distance = space
        .places(point.params)
        .reduce((sum, place, k) => sum + Math.abs(place - (from[k] as number)), 0);
      if (distance < least) [nearest, least] = [point, distance];
    }
    return nearest;
  }
}
