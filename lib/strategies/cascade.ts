import { batchStream, isEmptyRegion, sample, sampleRelaxed } from './sampling.js';
import type { Strategy } from './strategy.js';

/**
 * Draws from the prior, conditioned on all classifiers accepting. Where classifiers learn from all results, the newest
 * ones may leave next to nothing: then they are relaxed, rather than ending the search.
 */
export const cascade: Strategy = {
  name: 'cascade',
  async propose(study, wanted, options) {
    const classifiers = study.classifiers.length;
    if (classifiers === 0) return undefined;
    const { sampler, data } = study.settings;
    const request = { stream: batchStream(study, wanted), count: wanted.count, classifiers };
    try {
      return await sample(study, { ...request, sampler }, options);
    } catch (error) {
      if (data === 'stage' || !isEmptyRegion(error)) throw error;
      return sampleRelaxed(study, request, options);
    }
  },
};
