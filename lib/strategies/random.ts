import { batchStream, sample } from './sampling.js';
import type { Strategy } from './strategy.js';

/** Draws from the prior: before there is a classifier, nothing else is known. */
export const random: Strategy = {
  name: 'random',
  propose(study, wanted, options) {
    const { sampler } = study.settings;
    return sample(study, { stream: batchStream(study, wanted), count: wanted.count, classifiers: 0, sampler }, options);
  },
};
