import type { Sampler } from '../native/sampler.js';
import type { Plan } from './budget.js';
import type { Constraints } from './constraints.js';
import type { Direction } from './direction.js';
import type { ResolvedPreset } from './presets.js';

/** What has to be known of a study that has more trials than it was begun with. */
export interface Growth {
  /** N, as it was begun with: the stages of `data: 'stage'` stay those of that budget. */
  readonly from: number;
  /** M, as it was given when it last grew: whoever gives the same options again means the same study. */
  readonly numBatches: number;
}

/** What a study searches by: every option that decides its trials, checked and complete. */
export interface StudySettings extends ResolvedPreset, Plan {
  readonly direction: Direction;
  /** Of a new study; one that is stored goes on with its own. */
  readonly seed: number;
  /** MiB. */
  readonly samplerMemory: number;
  readonly sampler: Sampler;
  /** What a candidate has to satisfy. */
  readonly constraints: Constraints;
  /** No params twice; a space that is used up ends the search. */
  readonly distinct: boolean;
  /** Of a study that has more trials than it was begun with. */
  readonly growth?: Growth;
  readonly studyName: string;
}
