import { setImmediate as nextTurn } from 'node:timers/promises';
import { keyOf, type ParamsOf, pointsOf, type SearchSpace, type SpaceDefinition } from '../space/index.js';
import type { Candidate } from '../study/events.js';
import type { StudyView } from '../study/study.js';
import { Left, type Point } from './left.js';
import { isEmptyRegion, type SampleRequest, sample } from './sampling.js';
import type { Proposal, ProposeOptions, Wanted } from './strategy.js';
import { streamOf } from './streams.js';
import { Untried } from './untried.js';

/** Of so few points that may be tried all are looked at, at once; */
const FEW_POINTS = 2 ** 12;
/** of a space of so few, when draws find next to nothing that was not tried. */
const MANY_POINTS = 2 ** 22;

/** Draws in place of repeats: so many rounds for each number of classifiers that have to accept, */
const ROUNDS = 4;
/** of so many candidates for each that is missing, and so many at least. */
const SPARE = 2;
const LEAST_DRAWN = 64;
const MAX_DRAWS = 2 ** 20;
/**
 * Where points cannot be looked through, none is left once so many draws for each trial give nothing new; so many draws at the
 * most, of so many that constraints are asked of. Of points that are drawn alike, a last one is missed once in 10^8 times.
 */
const PATIENCE = 20;
const MOST_PATIENCE = 2 ** 17;
const MOST_REFUSED = 2 ** 22;
/** So many numbers of the stream belong to one drawing. */
const NUMBERS = 64;

/** Coordinates that are looked at before the event loop gets a turn: one or two milliseconds. */
const SLICE = 2_000;

/** What there is of a batch that repeats nothing, and the draws that this took. */
export interface Replaced<P> {
  readonly candidates: Candidate<P>[];
  readonly draws: number;
  /** Whether these are the last points that were not tried; only with the option `distinct`. */
  readonly isLast: boolean;
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
  readonly #left: Left<D>;
  /** Trials before this one are among them. */
  #seen = 0;

  constructor(study: StudyView<D>) {
    this.#study = study;
    this.#points = pointsOf(study.space);
    this.#left = new Left(study, (key) => this.#tried.has(key));
  }

  /** Whether it has anything to do: spaces that nothing repeats in pay nothing. */
  get applies(): boolean {
    const { distinct, preset } = this.#study.settings;
    return distinct || (preset === 'default' && Number.isFinite(this.#points));
  }

  /** Whether nothing is left that may be tried: only with the option `distinct`. */
  get isUsedUp(): boolean {
    const { settings, trials, batches } = this.#study;
    if (!settings.distinct || batches.at(-1)?.usedUp) return settings.distinct;
    if (trials.length < this.#points && !this.#left.isKnown) return false;
    this.#look(trials.length);
    return this.#isAll(new Set());
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
    if (repeats.length === 0) {
      return { candidates, draws: 0, isLast: settings.distinct && this.#isAll(known) };
    }
    const untried = new Untried(this.#study, repeats, (key) => this.#tried.has(key) || known.has(key));
    const draws = this.#isAll(known) ? 0 : await this.#find(untried, wanted, options);
    // Nothing else is left: what was not tried comes first.
    const rest = repeats.filter((repeat) => untried.inPlaceOf(repeat) === undefined);
    const isRest = new Set(rest);
    const found = candidates
      .filter((candidate) => !isRest.has(candidate))
      .map((candidate) => untried.inPlaceOf(candidate) ?? candidate);
    if (!settings.distinct)
      return { candidates: untried.isComplete ? found : [...found, ...rest], draws, isLast: false };
    for (const { params } of found) known.add(keyOf(space, params));
    return { candidates: found, draws, isLast: rest.length > 0 || this.#isAll(known) };
  }

  /** Whether it is known that nothing is left but points with these keys, which were not tried. */
  #isAll(keys: ReadonlySet<string>): boolean {
    return this.#tried.size + keys.size >= this.#points || this.#left.isWithin(keys);
  }

  #look(end: number): void {
    const { trials, space } = this.#study;
    for (; this.#seen < end; this.#seen++) {
      const key = keyOf(space, (trials[this.#seen] as Candidate<ParamsOf<D>>).params);
      if (this.#tried.has(key)) continue;
      this.#tried.add(key);
      this.#left.tried(key);
    }
  }

  /** @returns draws. */
  async #find(untried: Untried<D>, wanted: Wanted, options: ProposeOptions): Promise<number> {
    const { signal } = options;
    const { size } = this.#study.settings.constraints;
    const canLook = this.#points <= MANY_POINTS;
    // Where constraints admit few, draws find these again and again.
    if (this.#points <= FEW_POINTS || (canLook && size > 0)) {
      const few = await this.#left.list(FEW_POINTS, signal);
      if (few !== undefined) {
        await untried.choose(few, { nearest: true, signal });
        return 0;
      }
    }
    const draws = await this.#draw(untried, wanted, options);
    if (!untried.isComplete && canLook) {
      const left = await this.#left.list(Number.POSITIVE_INFINITY, signal);
      await untried.choose(left ?? [], { nearest: true, signal });
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
        const isLast = classifiers === 0 && round === ROUNDS - 1;
        const request = { stream: stream++, classifiers, maxDraws: MAX_DRAWS, ...this.#drawn(untried, isLast) };
        try {
          const drawn = await sample(this.#study, request, { threads, signal, relax: false });
          draws += drawn.draws;
          await untried.choose(pointsIn(space, drawn), choice);
        } catch (error) {
          if (!isEmptyRegion(error) && (error as { code?: string }).code !== 'ERR_EMPTY_SPACE') throw error;
          break; // of what fewer accept there is more
        }
      }
      if (untried.isComplete || classifiers === 0) return draws;
    }
  }

  /** How many are drawn; of the last ones of all, where that ends the search, more. */
  #drawn(untried: Untried<D>, isLast: boolean): Pick<SampleRequest, 'count' | 'enough'> {
    const count = Math.max(LEAST_DRAWN, SPARE * untried.missing);
    if (!isLast || !this.#study.settings.distinct || this.#points <= MANY_POINTS) return { count };
    const patient = Math.min(PATIENCE * this.#tried.size, MOST_PATIENCE);
    return { count: Math.max(count, patient), enough: { rows: MOST_REFUSED, count: 1 } };
  }
}

function* pointsIn<D extends SpaceDefinition>(
  space: SearchSpace<D>,
  { codes, offsets, rejections }: Proposal,
): Generator<Point<ParamsOf<D>>> {
  for (let i = 0; i < rejections.length; i++) {
    const params = space.decode(codes, offsets, i * space.dimensions);
    yield { key: keyOf(space, params), params };
  }
}
