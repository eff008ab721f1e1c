import { ShacTypeError, show } from '../errors.js';
import { type OptionTable, oneOf, readOptions, wholeNumber } from '../validate.js';

/**
 * How candidates are drawn.
 *
 * - `'exact'`: with precisely the distribution of drawing from the whole space until every classifier accepts.
 * - `'smc'`: approximately so, by sequential Monte Carlo: a population of candidates is led through one classifier after
 *   the other; those that one accepts are copied, and the copies moved apart, one coordinate at a time. Every candidate
 *   still passes all classifiers. The cost grows with the number of classifiers, not with how little of the space they
 *   leave, and is that of 1,024 candidates at least, however few are asked for: worth it where `'exact'` is slow, in
 *   many dimensions and with many points a classifier. Where the accepted region falls into separate parts (often in few
 *   dimensions with many points a classifier), candidates cannot move from one part to another, and some parts get too
 *   many of them or too few, or none. Not with `relaxChecks`.
 *
 * `sweeps`, 1 to 1000, is how often each coordinate of each candidate is moved after each classifier. More of them take
 * proportionally longer, and make candidates less alike; they do not help against separate parts. Default 5.
 */
export type SamplerOption = 'exact' | 'smc' | { method: 'smc'; sweeps?: number };

/** The same, checked and complete. */
export type Sampler = { readonly method: 'exact' } | { readonly method: 'smc'; readonly sweeps: number };

/** MiB of `samplerMemory` unless the user says otherwise. */
export const SAMPLER_MEMORY = 64;

export const EXACT: Sampler = { method: 'exact' };

const SMC_OPTIONS = {
  method: (name, value) => oneOf(name, value, ['smc']),
  sweeps: (name, value = 5) => wholeNumber(name, value, { min: 1, max: 1000 }),
} satisfies OptionTable<Extract<SamplerOption, object>>;

export function resolveSampler(value: unknown): Sampler {
  if (value === undefined || value === 'exact') return EXACT;
  if (value === 'smc') return resolveSampler({ method: 'smc' });
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ShacTypeError(
      'ERR_INVALID_ARGUMENT',
      `sampler must be "exact", "smc" or { method: "smc", sweeps }, got ${show(value)}`,
    );
  }
  return readOptions('sampler', value, SMC_OPTIONS, 'sampler.');
}
