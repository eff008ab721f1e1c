import { cascade } from './cascade.js';
import { Local } from './local.js';
import { random } from './random.js';
import type { Strategy } from './strategy.js';

/** Where candidates come from, in the order in which they are asked: the first that has a proposal is taken. */
export function strategies(): readonly Strategy[] {
  return [new Local(), cascade, random];
}
