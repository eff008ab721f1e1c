import { setImmediate as nextTurn } from 'node:timers/promises';
import { everyPoint, keyOf, type ParamsOf, pointsOf, type SearchSpace, type SpaceDefinition } from '../space/index.js';
import type { Candidate } from '../study/events.js';
import type { StudyView } from '../study/study.js';
import { isEmptyRegion, sample } from './sampling.js';
import type { Proposal, ProposeOptions, Wanted } from './strategy.js';
import { streamOf } from './streams.js';
import { Untried } from './untried.js';

/** Of a space of so few points, what is left is looked through at once, */
const FEW_POINTS = 2 ** 12;
/** of one of so few, when draws find next to nothing that was not tried. */
const MANY_POINTS = 2 ** 20;

/** Draws in place of repeats: so many rounds for each number of classifiers that have to accept, */
const ROUNDS = 4;
/** of so many candidates for each that is missing, and so many at least. */
const SPARE = 2;
const LEAST_DRAWN = 64;
const MAX_DRAWS = 2 ** 20;
/** So many numbers of the stream belong to one drawing. */
const NUMBERS = 64;

/** Coordinates that are looked at before the event loop gets a turn: one or two milliseconds. */
const SLICE = 2_000;

/** What there is of a batch that repeats nothing, and the draws that this took. */
export interface Replaced<P> {
  readonly candidates: Candidate<P>[];
  readonly draws: number;
}

/**
 * Puts points that were not tried in the place of candidates that were: with the option `distinct`, and in the default
 * preset for spaces with a number of points. What was tried are all trials, whether they are finished or not.
 *
 * It follows from the study and from what was proposed alone which points these are. They are drawn from what the
 * classifiers accept; where that gives nothing, from what fewer of them accept; and of a small space what is left is looked
 * through, and those are taken that the fewest reject, nearest to what they replace.
 */
export class Distinct<D extends SpaceDefinition> {
  readonly #study: StudyView<D>;
  readonly #points: number;
  readonly #tried = new Set<string>();
  /** Trials before this one are among them. */
  #seen = 0;
  #isUsedUp = false;

  constructor(study: StudyView<D>) {
    this.#study = study;
    this.#points = pointsOf(study.space);
  }

  /** Whether it has anything to do: spaces that nothing repeats in pay nothing. */
  get applies(): boolean {
    const { distinct, preset } = this.#study.settings;
    return distinct || (preset === 'default' && Number.isFinite(this.#points));
  }

  /** Whether nothing is left that may be tried: only with the option `distinct`. */
  get isUsedUp(): boolean {
    const { settings, trials } = this.#study;
    if (!settings.distinct || this.#isUsedUp) return this.#isUsedUp;
    if (trials.length < this.#points) return false;
    this.#look(trials.length);
    return this.#tried.size >= this.#points;
  }

  /** Whether these are a trial's params: see `keyOf`. */
  isTried(key: string): boolean {
    this.#look(this.#study.trials.length);
    return this.#tried.has(key);
  }

  /** @returns the candidates, others in the place of repeats; with `distinct` fewer where nothing else is left. */
  async replaced(
    candidates: Candidate<ParamsOf<D>>[],
    wanted: Wanted,
    options: ProposeOptions,
  ): Promise<Replaced<ParamsOf<D>>> {
    const { space, settings, trials } = this.#study;
    const slice = Math.ceil(SLICE / space.dimensions);
    while (trials.length - this.#seen > slice) {
      this.#look(this.#seen + slice);
      await nextTurn();
      options.signal?.throwIfAborted();
    }
    this.#look(trials.length);
    const known = new Set<string>(); // of this batch
    const repeats = candidates.filter(({ params }) => {
      const key = keyOf(space, params);
      const isNew = !this.#tried.has(key) && !known.has(key);
      if (isNew) known.add(key);
      return !isNew;
    });
    if (repeats.length === 0) return { candidates, draws: 0 };
    const untried = new Untried(this.#study, repeats, (key) => this.#tried.has(key) || known.has(key));
    const isAll = this.#tried.size + known.size >= this.#points;
    const draws = isAll ? 0 : await this.#find(untried, wanted, options);
    if (untried.isComplete) {
      return { candidates: candidates.map((candidate) => untried.inPlaceOf(candidate) ?? candidate), draws };
    }
    // Nothing else is left: what was not tried comes first.
    const rest = repeats.filter((repeat) => untried.inPlaceOf(repeat) === undefined);
    const isRest = new Set(rest);
    const found = candidates
      .filter((candidate) => !isRest.has(candidate))
      .map((candidate) => untried.inPlaceOf(candidate) ?? candidate);
    this.#isUsedUp = settings.distinct;
    return { candidates: settings.distinct ? found : [...found, ...rest], draws };
  }

  #look(end: number): void {
    const { trials, space } = this.#study;
    for (; this.#seen < end; this.#seen++) {
      this.#tried.add(keyOf(space, (trials[this.#seen] as Candidate<ParamsOf<D>>).params));
    }
  }

  /** @returns draws. */
  async #find(untried: Untried<D>, wanted: Wanted, options: ProposeOptions): Promise<number> {
    let draws = 0;
    if (this.#points > FEW_POINTS) draws = await this.#draw(untried, wanted, options);
    if (!untried.isComplete && this.#points <= MANY_POINTS) {
      await untried.choose(everyPoint(this.#study.space), { nearest: true, signal: options.signal });
    }
    return draws;
  }

  /** Draws from what all classifiers accept, then from what the older half of them does, and so on. */
  async #draw(untried: Untried<D>, { first }: Wanted, { threads, signal }: ProposeOptions): Promise<number> {
    const { space, settings, batches } = this.#study;
    // In the local phase, what is near is wanted.
    const choice = { nearest: first >= settings.localFrom, signal };
    let stream = streamOf('distinct', batches.length * NUMBERS);
    let draws = 0;
    for (let classifiers = this.#study.classifiers.length; ; classifiers = Math.floor(classifiers / 2)) {
      for (let round = 0; round < ROUNDS && !untried.isComplete; round++) {
        const count = Math.max(LEAST_DRAWN, SPARE * untried.missing);
        const request = { stream: stream++, count, classifiers, maxDraws: MAX_DRAWS };
        try {
          const drawn = await sample(this.#study, request, { threads, signal, relax: false });
          draws += drawn.draws;
          await untried.choose(paramsOf(space, drawn), choice);
        } catch (error) {
          if (!isEmptyRegion(error) && (error as { code?: string }).code !== 'ERR_EMPTY_SPACE') throw error;
          break; // of what fewer accept there is more
        }
      }
      if (untried.isComplete || classifiers === 0) return draws;
    }
  }
}

function* paramsOf<D extends SpaceDefinition>(
  space: SearchSpace<D>,
  { codes, offsets, rejections }: Proposal,
): Generator<ParamsOf<D>> {
  for (let i = 0; i < rejections.length; i++) yield space.decode(codes, offsets, i * space.dimensions);
}
