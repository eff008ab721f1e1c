import type { ParamsOf, SpaceDefinition } from '../space/index.js';
import type { Study } from '../study/study.js';
import { decoded } from './candidates.js';
import { sample } from './sampling.js';
import type { ProposeOptions } from './strategy.js';
import { PREDICTION_STREAMS, streamOf } from './streams.js';

/** `count` candidates that pass the first `classifiers` classifiers, from a stream that is used once. */
export async function drawPredictions<D extends SpaceDefinition>(
  study: Study<D>,
  count: number,
  classifiers: number,
  options: ProposeOptions,
): Promise<ParamsOf<D>[]> {
  const { seed, predictions, space, settings } = study;
  const stream = streamOf('prediction', predictions % PREDICTION_STREAMS);
  study.record({ type: 'seeded', seed, predictions: predictions + 1 });
  const sampled = await sample(study, { stream, count, classifiers, sampler: settings.sampler }, options);
  return decoded(space, sampled, options.signal, (params) => params);
}
