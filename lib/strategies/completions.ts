import { ShacRangeError } from '../errors.js';
import { Cascade, MOST_PARTS } from '../native/cascade.js';
import { everyPoint, keyOf, type ParamsOf, pointsOf, type SearchSpace, type SpaceDefinition } from '../space/index.js';
import { textOf } from '../study/constraints.js';
import { copyOf } from '../study/params.js';
import type { StudyView } from '../study/study.js';
import type { ProposeOptions } from './strategy.js';
import { COMPLETABLE_STREAM } from './streams.js';
import { Turns } from './turns.js';

/** Draws from the prior after which none is found: as many as the prior is drawn from anywhere. */
const MOST_DRAWN = 2 ** 21;
/** A block of them is at most so many times what was looked at before, of so many coordinates (20 MB). */
const GROWTH = 4;
const MOST_COORDINATES = 2 ** 21;

/** Where there are at most so many completions, all of them are looked at once so many draws gave too few. */
const MANY_POINTS = 2 ** 20;
const FEW_DRAWN = 2 ** 12;

/** Draws of those at first of which one is chosen, of so many coordinates at the most. */
const DRAWS = 100;
const FIRST_COORDINATES = 10_000;

/** Which completions of some params are wanted, and where they come from. */
export interface CompletionRequest {
  readonly seed: number;
  readonly stream: number;
  /** Rows that are drawn at first. */
  readonly first: number;
  /** So many are enough once a block of rows was looked at; no more than so many are looked for. */
  readonly least: number;
  readonly most: number;
  /** Whether those of a key are not wanted; each other one is found once. Undefined where any will do, again and again. */
  readonly isKnown: ((key: string) => boolean) | undefined;
}

export interface Completions<P> {
  readonly found: readonly P[];
  /** How many were looked at. */
  readonly looked: number;
  /** Whether there are no others. */
  readonly isAll: boolean;
}

/**
 * Params with what is missing of draws from the prior, that the constraints admit; where there are few, of all that there
 * are. What is found follows from the request, the constraints and what is known alone.
 */
export async function findCompletions<D extends SpaceDefinition>(
  study: StudyView<D>,
  given: Partial<ParamsOf<D>>,
  request: CompletionRequest,
  options: Pick<ProposeOptions, 'threads' | 'signal'>,
): Promise<Completions<ParamsOf<D>>> {
  const { space } = study;
  const values = space.partialValues(given);
  const search = new Search(study, request, options.signal);
  const areFew = pointsOf(space, values) <= MANY_POINTS;
  await draw(search, space, values, { ...request, ...options, rows: areFew ? FEW_DRAWN : MOST_DRAWN });
  const isAll = areFew && !search.isEnough;
  if (isAll) await search.look(everyPoint(space, values));
  const { found, looked } = search;
  return { found, looked, isAll };
}

interface Draws
  extends Pick<CompletionRequest, 'seed' | 'stream' | 'first'>,
    Pick<ProposeOptions, 'threads' | 'signal'> {
  readonly rows: number;
}

async function draw<D extends SpaceDefinition>(
  search: Search<D>,
  space: SearchSpace<D>,
  values: readonly unknown[],
  { rows, first, ...draws }: Draws,
): Promise<void> {
  const most = Math.max(1, Math.floor(MOST_COORDINATES / space.dimensions));
  let drawn = 0;
  for (let part = 0; drawn < rows && part < MOST_PARTS && !search.isEnough; part++) {
    const count = Math.min(part === 0 ? first : GROWTH * drawn, most, rows - drawn);
    const request = { ...draws, part, count, classifiers: 0, relax: false };
    const { codes, offsets } = await everyCoordinate(space).sample(request);
    await search.look(completed(space, values, codes, offsets));
    drawn += count;
  }
}

function* completed<D extends SpaceDefinition>(
  space: SearchSpace<D>,
  values: readonly unknown[],
  codes: Uint16Array,
  offsets: Float64Array,
): Generator<ParamsOf<D>> {
  for (let at = 0; at < codes.length; at += space.dimensions) yield space.complete(values, codes, offsets, at);
}

/** Those of a space without its conditions: what is active once the given params are put in has a value in each draw. */
const priors = new WeakMap<object, Cascade>();

function everyCoordinate<D extends SpaceDefinition>(space: SearchSpace<D>): Cascade {
  let prior = priors.get(space);
  if (prior === undefined) {
    prior = new Cascade({ levels: space.levels, snaps: space.snaps });
    priors.set(space, prior);
  }
  return prior;
}

/** What was found so far. */
class Search<D extends SpaceDefinition> {
  readonly found: ParamsOf<D>[] = [];
  looked = 0;
  readonly #study: StudyView<D>;
  readonly #request: CompletionRequest;
  readonly #signal: AbortSignal | undefined;
  readonly #keys = new Set<string>();

  constructor(study: StudyView<D>, request: CompletionRequest, signal: AbortSignal | undefined) {
    this.#study = study;
    this.#request = request;
    this.#signal = signal;
  }

  get isEnough(): boolean {
    return this.found.length >= this.#request.least;
  }

  async look(all: Iterable<ParamsOf<D>>): Promise<void> {
    const turns = new Turns(this.#signal);
    for (const params of all) {
      if (this.found.length >= this.#request.most) return;
      const turn = turns.next();
      if (turn !== undefined) await turn;
      this.looked++;
      const own = this.#study.space.hasCustom ? copyOf(params) : params; // it may be an object that the user keeps
      if (this.#study.settings.constraints.admitsOwn(own) && this.#isNew(own)) this.found.push(own);
    }
  }

  #isNew(params: ParamsOf<D>): boolean {
    const { isKnown } = this.#request;
    if (isKnown === undefined) return true;
    const key = keyOf(this.#study.space, params);
    if (this.#keys.has(key) || isKnown(key)) return false;
    this.#keys.add(key);
    return true;
  }
}

/** Draws that some params are completed from, where one of them will do. */
export function drawsOf<D extends SpaceDefinition>({ space }: StudyView<D>): number {
  return Math.max(1, Math.min(DRAWS, Math.floor(FIRST_COORDINATES / space.dimensions)));
}

/**
 * So many completions of params as there seem to be: the same whenever they are looked for, but for those that are known.
 * What they are found for when it is enqueued can be evaluated later.
 */
export function completable<D extends SpaceDefinition>(
  study: StudyView<D>,
  given: Partial<ParamsOf<D>>,
  { count, isKnown }: { count: number } & Pick<CompletionRequest, 'isKnown'>,
  options: Pick<ProposeOptions, 'threads' | 'signal'>,
): Promise<Completions<ParamsOf<D>>> {
  const amounts = { first: drawsOf(study), least: count, most: count };
  const request = { seed: study.firstSeed, stream: COMPLETABLE_STREAM, ...amounts, isKnown };
  return findCompletions(study, given, request, options);
}

export function notCompletable(given: object, looked: number): ShacRangeError {
  const message =
    `the constraints admit none of ${looked} completions of the params ${textOf(given)}: ` +
    'change these, leave some of them out, or loosen the constraints';
  return new ShacRangeError('ERR_CONSTRAINT_VIOLATED', message);
}
