import fc from 'fast-check';
import { expect } from 'vitest';
import { integer, normal, type Parameter, type ParameterDescription, uniform } from '../../lib/space/index.js';

/** A numeric parameter from its description: what fast-check prints then is short, with no snap table in it. */
export function make(description: ParameterDescription): Parameter<number> {
  switch (description.kind) {
    case 'uniform':
      return uniform(description.min, description.max, { log: description.log, step: description.step });
    case 'normal':
      return normal(description.mean, description.std);
    case 'integer':
      return integer(description.min, description.max, { log: description.log, step: description.step });
    default:
      throw new Error(`${description.kind} is not numeric`);
  }
}

/** A place inside a cell: any double in [0, 1), with both ends often. */
export const offsets = fc.oneof(
  fc.constantFrom(0, 2 ** -53, 0.5, 1 - 2 ** -24, 1 - 2 ** -53),
  fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
);

/** The code that a raw draw of the sampler ends up as. */
export function snapped(parameter: Parameter<unknown>, raw: number): number {
  return parameter.snap === undefined ? raw : (parameter.snap[raw] as number);
}

/** A raw draw below `levels`, with both ends often. */
export function rawCodes(levels: number): fc.Arbitrary<number> {
  return fc.oneof(fc.constantFrom(0, levels - 1), fc.integer({ min: 0, max: levels - 1 }));
}

/** encode(decode(c, o)) === c for each reachable code, and the snap table is idempotent. */
export function expectRoundTrip(parameter: Parameter<unknown>, raw: number, offset: number): void {
  const code = snapped(parameter, raw);
  expect(snapped(parameter, code)).toBe(code);
  expect(parameter.encode(parameter.decode(code, offset))).toBe(code);
}

/** Text written is read back as the same value. */
export function expectTextRoundTrip<T>(parameter: Parameter<T>, value: T): void {
  expect(parameter.parseText(parameter.formatText(value))).toStrictEqual(value);
}
