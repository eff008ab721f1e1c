import type { SpaceDefinition } from '../space/index.js';
import type { StudyView } from '../study/study.js';
import { proposeAdmitted } from './local-admitted.js';
import { LocalKnowledge } from './local-knowledge.js';
import { isEmptyRegion, sample } from './sampling.js';
import type { Proposal, ProposeOptions, Strategy, Wanted } from './strategy.js';
import { streamOf } from './streams.js';

/** One trial of so many is chosen from so many candidates that the cascade accepts. */
const EXPLORE_EVERY = 10;
const CANDIDATES = 100;
/** It looks no longer for one of these: a choice from many does not need all classifiers to accept. */
const MAX_EXPLORING_DRAWS = 2 ** 20;
/** Where constraints admit few, it has as many as are among so many that the cascade accepts. */
const ENOUGH_ROWS = 2 ** 16;

/**
 * The local phase: most candidates are near the best trial, a few are from what the cascade accepts, each chosen by what
 * can be expected of it.
 */
export class Local implements Strategy {
  readonly name = 'local';
  /** A cache: what was made of the trials so far is not made again. */
  readonly #known = new WeakMap<object, LocalKnowledge<SpaceDefinition>>();

  async propose<D extends SpaceDefinition>(
    study: StudyView<D>,
    { first, count }: Wanted,
    options: ProposeOptions,
  ): Promise<Proposal | undefined> {
    const { cascade, space, seed, settings, batches } = study;
    if (first < settings.localFrom) return undefined;
    const known = await this.#knowledgeOf(study).at(first, options.signal);
    if (known === undefined) return undefined;
    const stream = streamOf('local', batches.length);
    let explore = 0;
    for (let id = first; id < first + count; id++) if (id % EXPLORE_EVERY === 0) explore++;
    let accepted = explore > 0 ? await drawToExplore(study, stream, options) : undefined;
    const candidates = () => (accepted ? space.placesOf(accepted.codes, accepted.offsets) : new Float64Array());
    const request = { ...known, count, explore, seed: BigInt(seed), stream };
    const points =
      settings.constraints.size === 0
        ? await cascade.propose({ ...request, candidates: candidates() }, options.signal)
        : await proposeAdmitted(
            study,
            {
              ...request,
              candidates: async () => {
                accepted ??= await drawToExplore(study, stream, options);
                return candidates();
              },
            },
            options.signal,
          );
    const { codes, offsets } = space.cellsOf(points);
    const { acceptance, liveMass, admitted } = accepted ?? batches.at(-1) ?? { acceptance: 1, liveMass: 1 };
    const shares = { acceptance, liveMass, admitted };
    const rejections = cascade.rejections(codes);
    return { codes, offsets, rejections, draws: accepted?.draws ?? 0, ...shares, classifiers: cascade.size };
  }

  #knowledgeOf<D extends SpaceDefinition>(study: StudyView<D>): LocalKnowledge<SpaceDefinition> {
    let known = this.#known.get(study);
    if (known === undefined) {
      known = new LocalKnowledge(study as unknown as StudyView<SpaceDefinition>);
      this.#known.set(study, known);
    }
    return known;
  }
}

/** Candidates to explore with. Where next to nothing passes all classifiers, the newer half of them does not count. */
async function drawToExplore<D extends SpaceDefinition>(
  study: StudyView<D>,
  stream: number,
  { threads, signal }: ProposeOptions,
): Promise<Proposal> {
  const enough = { rows: ENOUGH_ROWS, count: 1 };
  const request = { stream, count: CANDIDATES, maxDraws: MAX_EXPLORING_DRAWS, enough };
  for (let classifiers = study.classifiers.length; ; classifiers = Math.floor(classifiers / 2)) {
    try {
      return await sample(study, { ...request, classifiers }, { threads, signal, relax: false });
    } catch (error) {
      if (classifiers === 0 || !isEmptyRegion(error)) throw error;
    }
  }
}
