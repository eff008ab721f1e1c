import { createHash } from 'node:crypto';

/**
 * The seed that a framework gets for a trial, or for the module's `setup`: a whole number in [0, 2^31), which all of them
 * take. It depends on nothing but the search's seed and the trial, so a score does not depend on who computed it, and
 * after what.
 */
export function trialSeed(seed: number, of: number | 'setup'): number {
  return createHash('sha256').update(`${seed} ${of}`).digest().readUInt32LE(0) >>> 1;
}
