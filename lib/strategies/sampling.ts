import type { SampleOptions } from '../native/cascade.js';
import { EXACT } from '../native/sampler.js';
import type { SpaceDefinition } from '../space/index.js';
import type { StudyView } from '../study/study.js';
import type { Proposal, ProposeOptions, Wanted } from './strategy.js';
import { streamOf } from './streams.js';

/** Draws candidates that the first so many classifiers of a study accept. */
export async function sample<D extends SpaceDefinition>(
  study: StudyView<D>,
  request: Pick<SampleOptions, 'stream' | 'count' | 'classifiers' | 'maxDraws' | 'sampler'>,
  options: ProposeOptions,
): Promise<Proposal> {
  const { seed, settings } = study; // of now, whatever is set while this waits
  if (!study.isCompiled) await study.compile();
  const { cascade } = study;
  const memory = settings.samplerMemory;
  const { classifiers } = request;
  return { ...(await cascade.sample({ seed, memory, sampler: EXACT, ...options, ...request })), classifiers };
}

/** The stream that a batch is drawn from, or, when it was begun in another way, its rest. */
export function batchStream<D extends SpaceDefinition>({ settings, batches }: StudyView<D>, { batch, first }: Wanted) {
  const begun = first % settings.budget.batchSize > 0;
  return begun ? streamOf('rest', batches.length) : streamOf('batch', batch);
}

export function isEmptyRegion(error: unknown): boolean {
  return (error as { code?: string }).code === 'ERR_EMPTY_REGION';
}
