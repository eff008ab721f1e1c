import { MAX_DRAWS, type SampleOptions } from '../native/cascade.js';
import { EXACT } from '../native/sampler.js';
import type { SpaceDefinition } from '../space/index.js';
import type { StudyView } from '../study/study.js';
import { type AdmittedRequest, drawAdmitted, PARTS } from './admitted.js';
import type { Proposal, ProposeOptions, Wanted } from './strategy.js';
import { streamOf } from './streams.js';

/** What is to be drawn. */
export type SampleRequest = Pick<SampleOptions, 'stream' | 'count' | 'classifiers' | 'maxDraws' | 'sampler'> &
  Pick<AdmittedRequest<SpaceDefinition>, 'enough' | 'firstPart'>;

/**
 * Where classifiers are overruled under constraints, candidates are chosen from so many for each that is wanted, and from so
 * many at the least; from fewer, if that many rows were looked at.
 */
const POOL = 8;
const LEAST_POOL = 256;
const POOL_ROWS = 2 ** 18;
/** They are overruled after so many times the draws that as many halvings need, without a candidate. */
const PATIENCE = 2 ** 8;

/** Draws candidates that the first so many classifiers of a study accept, and its constraints admit. */
export async function sample<D extends SpaceDefinition>(
  study: StudyView<D>,
  request: SampleRequest,
  options: ProposeOptions,
): Promise<Proposal> {
  const { space, settings, seed } = study; // of now, whatever is set while this waits
  const { samplerMemory: memory, constraints } = settings;
  const { classifiers, sampler = EXACT, stream, maxDraws = MAX_DRAWS, ...rest } = request;
  if (!study.isCompiled) await study.compile();
  const { cascade } = study;
  const all = { seed, memory, sampler, ...options, stream, classifiers };
  if (constraints.size === 0) {
    return { ...(await cascade.sample({ ...all, maxDraws, count: rest.count })), classifiers };
  }
  const spread = sampler.method === 'smc' && classifiers > 0;
  const admitted: AdmittedRequest<D> = {
    ...{ space, constraints, classifiers, spread, ...rest },
    maxDraws: options.relax ? Math.min(maxDraws, PATIENCE * 2 ** classifiers) : maxDraws,
    draw: (block) => cascade.sample({ ...all, relax: false, ...block }),
  };
  try {
    return await drawAdmitted(admitted, options);
  } catch (error) {
    if (!options.relax || !isEmptyRegion(error)) throw error;
    return leastRejected(study, request, options);
  }
}

/** Draws when what all classifiers accept is empty, or nearly so: candidates that few of them reject. */
export function sampleRelaxed<D extends SpaceDefinition>(
  study: StudyView<D>,
  request: Omit<SampleRequest, 'sampler'>,
  options: ProposeOptions,
): Promise<Proposal> {
  if (study.settings.constraints.size > 0) return leastRejected(study, request, options);
  return sample(study, request, { ...options, relax: true });
}

/** Of candidates from the prior that the constraints admit, those that the fewest classifiers reject, in their order. */
async function leastRejected<D extends SpaceDefinition>(
  study: StudyView<D>,
  { stream, count, classifiers }: SampleRequest,
  options: ProposeOptions,
): Promise<Proposal> {
  const pool = Math.max(LEAST_POOL, POOL * count);
  const request = { stream, count: pool, classifiers: 0, enough: { rows: POOL_ROWS, count }, firstPart: PARTS };
  const found = await sample(study, request, { ...options, relax: false });
  const rejections = study.cascade.rejections(found.codes, classifiers);
  const rows = Array.from(rejections.keys())
    .sort((a, b) => (rejections[a] as number) - (rejections[b] as number) || a - b)
    .slice(0, count)
    .sort((a, b) => a - b);
  const d = study.space.dimensions;
  const cells = rows.flatMap((row) => Array.from({ length: d }, (_, k) => row * d + k));
  return {
    ...found,
    codes: Uint16Array.from(cells, (at) => found.codes[at] as number),
    offsets: Float64Array.from(cells, (at) => found.offsets[at] as number),
    rejections: Uint32Array.from(rows, (row) => rejections[row] as number),
    acceptance: rejections.filter((count) => count === 0).length / rejections.length,
    classifiers,
  };
}

/** The stream that a batch is drawn from, or, when it was begun in another way, its rest. */
export function batchStream<D extends SpaceDefinition>({ settings, batches }: StudyView<D>, { batch, first }: Wanted) {
  const begun = first % settings.budget.batchSize > 0;
  return begun ? streamOf('rest', batches.length) : streamOf('batch', batch);
}

export function isEmptyRegion(error: unknown): boolean {
  return (error as { code?: string }).code === 'ERR_EMPTY_REGION';
}
