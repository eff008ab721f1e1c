import { keyOf, type ParamsOf, type SpaceDefinition } from '../space/index.js';
import type { Candidate } from '../study/events.js';
import { copyOf } from '../study/params.js';
import type { Study, StudyView } from '../study/study.js';
import { type CompletionRequest, completable, drawsOf, findCompletions, notCompletable } from './completions.js';
import type { Distinct } from './distinct.js';
import { completionKeys, reserved } from './reservations.js';
import type { ProposeOptions } from './strategy.js';
import { streamOf } from './streams.js';

/** Completions that are chosen from, at the most. */
const MOST_CHOICES = 2 ** 12;

/** Whether the candidates that were not issued are those of params that were enqueued: then all of them are. */
export function areEnqueued({ drawn: [newest] }: Pick<StudyView<SpaceDefinition>, 'drawn'>): boolean {
  return newest?.fixed !== undefined;
}

/** Trials of the budget that neither are there nor belong to params that were enqueued. */
export function roomFor<D extends SpaceDefinition>({ trials, drawn, queue, settings }: StudyView<D>): number {
  const enqueued = areEnqueued({ drawn }) ? drawn.length : 0;
  return settings.budget.totalBudget - trials.length - enqueued - queue.length;
}

/**
 * Makes candidates of the first `count` params of the queue, for the next trials, when none is left that was drawn before.
 * Where nothing is to be repeated, what is missing is completed to what was not tried, and is not given to others that wait.
 * The study changes only once all of them are there.
 */
export async function drawEnqueued<D extends SpaceDefinition>(
  study: Study<D>,
  distinct: Distinct<D>,
  count: number,
  options: Pick<ProposeOptions, 'threads' | 'signal'>,
): Promise<void> {
  const first = study.trials.length;
  let candidates: Candidate<ParamsOf<D>>[];
  let waiting: number;
  do {
    waiting = study.queue.length;
    candidates = [];
    const places = distinct.applies ? await Places.of(study, distinct, options) : undefined;
    for (const [i, given] of study.queue.slice(0, count).entries()) {
      const candidate = await candidateOf(study, given, { id: first + i, isKnown: places?.isKnownFor(i) }, options);
      places?.take(candidate);
      candidates.push(candidate);
    }
    // What was enqueued meanwhile may be what others were completed to.
  } while (distinct.applies && study.queue.length !== waiting);
  study.record({ type: 'drawn', batch: undefined, candidates });
}

/** What those that wait are not to be completed to. */
class Places<D extends SpaceDefinition> {
  readonly #study: StudyView<D>;
  readonly #isTried: (key: string) => boolean;
  /** Taken, or reserved for one that waits. */
  readonly #taken: Set<string>;
  /** What is reserved for it, by its place in the queue. */
  readonly #own = new Map<number, string>();

  private constructor(study: StudyView<D>, isTried: (key: string) => boolean) {
    this.#study = study;
    this.#isTried = isTried;
    this.#taken = keysOf(study, study.queue);
  }

  static async of<D extends SpaceDefinition>(
    study: StudyView<D>,
    distinct: Distinct<D>,
    options: Pick<ProposeOptions, 'threads' | 'signal'>,
  ): Promise<Places<D>> {
    const isTried = (key: string) => distinct.isTried(key);
    const places = new Places(study, isTried);
    const partial = [...study.queue.entries()].filter(([, given]) => !study.space.isWhole(given));
    if (partial.length < 2) return places;
    const isKnown = (key: string) => places.#taken.has(key) || isTried(key);
    const given = partial.map(([, given]) => given);
    const keys = reserved(await completionKeys(study, given, isKnown, options));
    partial.forEach(([i], n) => {
      const key = keys[n];
      if (typeof key === 'string') places.#own.set(i, key);
    });
    for (const key of places.#own.values()) places.#taken.add(key);
    return places;
  }

  /** For that at this place in the queue, which is the next one. */
  isKnownFor(i: number): (key: string) => boolean {
    const own = this.#own.get(i);
    if (own !== undefined) this.#taken.delete(own);
    return (key) => this.#taken.has(key) || this.#isTried(key);
  }

  take({ params }: Candidate<ParamsOf<D>>): void {
    this.#taken.add(keyOf(this.#study.space, params));
  }
}

/** The keys of those of some params that are whole. */
export function keysOf<D extends SpaceDefinition>(
  { space }: StudyView<D>,
  params: readonly Partial<ParamsOf<D>>[],
): Set<string> {
  const keys = new Set<string>();
  for (const one of params) if (space.isWhole(one)) keys.add(keyOf(space, one));
  return keys;
}

/** Of which trial, and what is not to be drawn for it. */
type Place = { readonly id: number } & Pick<CompletionRequest, 'isKnown'>;

/**
 * Params that are missing are those of a draw from the prior: of some, the first of those that the fewest classifiers
 * reject once the given params are put in. The draws depend on the seed and the number of the trial alone.
 */
async function candidateOf<D extends SpaceDefinition>(
  study: Study<D>,
  given: Partial<ParamsOf<D>>,
  place: Place,
  options: Pick<ProposeOptions, 'threads' | 'signal'>,
): Promise<Candidate<ParamsOf<D>>> {
  const { space } = study;
  if (!study.isCompiled) await study.compile();
  const found = space.isWhole(given) ? [given] : await completions(study, given, place, options);
  const choices = found.map((params) => study.candidate(copyOf(params)));
  const rows = new Uint16Array(choices.length * space.dimensions);
  choices.forEach(({ row }, i) => {
    rows.set(row.codes, i * space.dimensions);
  });
  const rejections = study.cascade.rejections(rows);
  const least = rejections.indexOf(Math.min(...rejections));
  const chosen = choices[least] as Candidate<ParamsOf<D>>;
  return { ...chosen, rejections: rejections[least] as number, fixed: given };
}

/**
 * The params with what is missing: of draws of the trial's own; where none of them will do, of those that showed that there
 * are any when the params were enqueued. Where nothing is left that was not tried, what was.
 *
 * @throws ERR_CONSTRAINT_VIOLATED when the constraints admit none of them: only of params that were not looked at.
 */
async function completions<D extends SpaceDefinition>(
  study: StudyView<D>,
  given: Partial<ParamsOf<D>>,
  { id, isKnown }: Place,
  options: Pick<ProposeOptions, 'threads' | 'signal'>,
): Promise<readonly ParamsOf<D>[]> {
  const { seed, settings, classifiers } = study;
  const first = classifiers.length === 0 && settings.constraints.size === 0 ? 1 : drawsOf(study);
  const request = { seed, stream: streamOf('enqueued', id), first, least: 1, most: MOST_CHOICES, isKnown };
  const drawn = await findCompletions(study, given, request, options);
  if (drawn.found.length > 0) return drawn.found;
  const others = drawn.isAll ? drawn : await completable(study, given, { count: 1, isKnown }, options);
  if (others.found.length > 0) return others.found;
  if (isKnown !== undefined) return completions(study, given, { id, isKnown: undefined }, options);
  throw notCompletable(given, drawn.looked + (drawn.isAll ? 0 : others.looked));
}
