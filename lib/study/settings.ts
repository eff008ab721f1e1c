import type { Sampler } from '../native/sampler.js';
import type { Plan } from './budget.js';
import type { Constraints } from './constraints.js';
import type { Direction } from './direction.js';
import type { ResolvedPreset } from './presets.js';

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
  readonly studyName: string;
}
