import { Cascade } from '../native/cascade.js';
import type { ParamsOf, SearchSpace, SpaceDefinition } from '../space/index.js';
import type { Candidate } from '../study/events.js';
import { copyOf } from '../study/params.js';
import type { Study, StudyView } from '../study/study.js';
import type { ProposeOptions } from './strategy.js';
import { streamOf } from './streams.js';

/** Draws from the prior that params which are not whole are completed from. */
const DRAWS = 100;
/** Coordinates of these at the most: they are decoded without a turn of the event loop. */
const MOST_COORDINATES = 10_000;
/** So often constraints may admit none of them. */
const MOST_PARTS = 100;

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
 * The study changes only once all of them are there.
 */
export async function drawEnqueued<D extends SpaceDefinition>(
  study: Study<D>,
  count: number,
  options: Pick<ProposeOptions, 'threads' | 'signal'>,
): Promise<void> {
  const first = study.trials.length;
  const candidates: Candidate<ParamsOf<D>>[] = [];
  for (const [i, given] of study.queue.slice(0, count).entries()) {
    candidates.push(await candidateOf(study, given, first + i, options));
  }
  study.record({ type: 'drawn', batch: undefined, candidates });
}

/**
 * Params that are missing are those of a draw from the prior: of some, the first of those that the fewest classifiers
 * reject once the given params are put in. The draws depend on the seed and the number of the trial alone.
 *
 * @throws ERR_CONSTRAINT_VIOLATED when the constraints admit none of them.
 */
export async function candidateOf<D extends SpaceDefinition>(
  study: Study<D>,
  given: Partial<ParamsOf<D>>,
  id: number,
  options: Pick<ProposeOptions, 'threads' | 'signal'>,
): Promise<Candidate<ParamsOf<D>>> {
  const { space } = study;
  if (!study.isCompiled) await study.compile();
  const choices = space.isWhole(given)
    ? [study.candidate(copyOf(given))]
    : await completions(study, given, streamOf('enqueued', id), options);
  const rows = new Uint16Array(choices.length * space.dimensions);
  choices.forEach(({ row }, i) => {
    rows.set(row.codes, i * space.dimensions);
  });
  const rejections = study.cascade.rejections(rows);
  const least = rejections.indexOf(Math.min(...rejections));
  const chosen = choices[least] as Candidate<ParamsOf<D>>;
  return { ...chosen, rejections: rejections[least] as number, fixed: given };
}

/** The params with what is missing of draws from the prior, of which the constraints admit at least one. */
async function completions<D extends SpaceDefinition>(
  study: Study<D>,
  given: Partial<ParamsOf<D>>,
  stream: number,
  { threads, signal }: Pick<ProposeOptions, 'threads' | 'signal'>,
): Promise<Candidate<ParamsOf<D>>[]> {
  const { space, seed, settings, classifiers } = study;
  const { constraints } = settings;
  const most = Math.max(1, Math.min(DRAWS, Math.floor(MOST_COORDINATES / space.dimensions)));
  const count = classifiers.length === 0 && constraints.size === 0 ? 1 : most;
  for (let part = 0; ; part++) {
    const request = { seed, stream, part, count, classifiers: 0, threads, relax: false, signal };
    const { codes, offsets } = await everyCoordinate(space).sample(request);
    const all = Array.from({ length: count }, (_, i) =>
      copyOf(space.complete(given, codes, offsets, i * space.dimensions)),
    );
    const admitted = all.filter((params) => constraints.admits(params));
    if (admitted.length > 0) return admitted.map((params) => study.candidate(params));
    if (part + 1 >= MOST_PARTS) constraints.require(all[0] as ParamsOf<D>);
  }
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
