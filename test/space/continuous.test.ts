import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LEVELS, normal, type ParameterDescription, uniform } from '../../lib/space/index.js';
import { expectRoundTrip, expectTextRoundTrip, make, offsets, rawCodes, snapped } from './laws.js';

type Descriptions = fc.Arbitrary<ParameterDescription>;

const finite = fc.double({ min: -1e300, max: 1e300, noNaN: true });
const positive = fc.double({ min: Number.MIN_VALUE, max: 1e300, noNaN: true });

function ranges(bound: fc.Arbitrary<number>, log: boolean) {
  return fc
    .tuple(bound, bound)
    .filter(([a, b]) => a !== b)
    .map(([a, b]) => ({ kind: 'uniform' as const, min: Math.min(a, b), max: Math.max(a, b), log }));
}

/** Ranges of few doubles, where most cells are empty. */
const crowded: Descriptions = fc
  .tuple(fc.oneof(positive, fc.constant(1)), fc.integer({ min: 1, max: 2 ** 20 }), fc.boolean())
  .map(([min, steps, log]) => {
    const max = Math.max(min * (1 + steps * Number.EPSILON), min + Number.MIN_VALUE);
    return { kind: 'uniform', min, max, log };
  });
const normals: Descriptions = fc
  .tuple(finite, fc.double({ min: 2 ** -60, max: 1e6, noNaN: true }))
  .map(([mean, scale]) => ({ kind: 'normal', mean, std: Math.max(Number.MIN_VALUE, scale * Math.abs(mean)) }));
/** Several places a parameter, since some parameters take long to make. */
const places = fc.array(fc.tuple(rawCodes(LEVELS), offsets), { minLength: 20, maxLength: 20 });

describe.each([
  ['uniform', ranges(finite, false)],
  ['log-uniform', ranges(positive, true)],
  ['uniform with few doubles', crowded],
  ['normal', normals],
] as [string, Descriptions][])('%s', (_, descriptions) => {
  it('gives each code back that it decoded, inside the domain', () => {
    fc.assert(
      fc.property(descriptions, places, (description, drawn) => {
        const parameter = make(description);
        const { min, max } = description.kind === 'uniform' ? description : { min: -1.7e308, max: 1.7e308 };
        for (const [raw, offset] of drawn) {
          expectRoundTrip(parameter, raw, offset);
          const value = parameter.decode(raw, offset);
          expect(value).toBeGreaterThanOrEqual(min);
          expect(value).toBeLessThanOrEqual(max);
          expectTextRoundTrip(parameter, value);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('rises from code to code, and inside a cell up to rounding', () => {
    fc.assert(
      fc.property(descriptions, places, (description, drawn) => {
        const parameter = make(description);
        const cells = drawn.map(([raw, offset]) => [snapped(parameter, raw), offset] as const);
        let [cell, before] = [-1, Number.NEGATIVE_INFINITY];
        for (const [code, offset] of cells.sort(([a, o], [b, p]) => a - b || o - p)) {
          const value = parameter.decode(code, offset);
          const rounding = code === cell ? Math.max(Math.abs(value) * 2 ** -50, Number.MIN_VALUE) : 0;
          expect(value).toBeGreaterThanOrEqual(before - rounding);
          [cell, before] = [code, value];
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('uniform', () => {
  it('is the inverse CDF', () => {
    const x = uniform(-5, 10);
    expect(x.kind).toBe('uniform');
    expect(x.levels).toBe(LEVELS);
    expect(x.snap).toBeUndefined();
    expect(x.decode(0, 0)).toBe(-5);
    expect(x.decode(LEVELS / 2, 0)).toBe(2.5);
    expect(x.encode(-5)).toBe(0);
    expect(x.encode(10)).toBe(LEVELS - 1);
    expect(x.encode(2.5)).toBe(LEVELS / 2);
    const rate = uniform(1e-5, 1e-1, { log: true });
    expect(rate.decode(LEVELS / 2, 0)).toBeCloseTo(1e-3, 15);
    expect(rate.encode(1e-5)).toBe(0);
    expect(rate.encode(1e-1)).toBe(LEVELS - 1);
  });

  it('takes every value of its domain', () => {
    fc.assert(
      fc.property(ranges(positive, true), fc.double({ min: 0, max: 1, noNaN: true }), (description, t) => {
        const { min, max } = description;
        const code = make(description).encode(Math.min(max, min + t * (max - min)));
        expect(code).toBeGreaterThanOrEqual(0);
        expect(code).toBeLessThan(LEVELS);
      }),
      { numRuns: 40 },
    );
  });

  it('snaps empty cells where the range holds few doubles', () => {
    const tiny = uniform(1, 1 + 3 * Number.EPSILON);
    const values = new Set(Array.from({ length: LEVELS }, (_, raw) => tiny.decode(raw, 0.5)));
    expect(tiny.snap).toBeInstanceOf(Uint16Array);
    expect([...values].sort()).toEqual([0, 1, 2, 3].map((k) => 1 + k * Number.EPSILON));
    for (const value of values) expect(tiny.decode(tiny.encode(value), 0.99)).toBe(value);
  });

  it('describes itself', () => {
    expect(uniform(-0, 1).describe()).toStrictEqual({ kind: 'uniform', min: 0, max: 1, log: false });
    expect(uniform(1, 2, { log: true }).describe()).toStrictEqual({ kind: 'uniform', min: 1, max: 2, log: true });
  });

  it.each([
    [() => uniform(5, 1), /uniform\(5, 1\): min must be less than max; swap 5 and 1/],
    [() => uniform(5, 5), /discrete\(\[5\]\)/],
    [() => uniform(0, 1, { log: true }), /min must be greater than 0 with log: true, not 0/],
    [() => uniform(Number.NaN, 1), /min must be a finite number, not NaN/],
    [() => uniform(0, Number.POSITIVE_INFINITY), /max must be a finite number, not Infinity/],
    [() => uniform('0' as never, 1), /min must be a number, not "0"/],
    [() => uniform(-1e308, 1e308), /narrow the range/],
    [() => uniform(0, 1, true as never), /options must be an object/],
    [() => uniform(1, 2, { log: 1 as never }), /log must be true or false, not 1/],
  ])('refuses wrong arguments: %s', (construct, message) => {
    expect(construct).toThrow(expect.objectContaining({ code: 'ERR_INVALID_PARAMETER' }));
    expect(construct).toThrow(message);
  });

  it('refuses unknown options', () => {
    const construct = () => uniform(1, 2, { lgo: true } as never);
    expect(construct).toThrow(expect.objectContaining({ code: 'ERR_UNKNOWN_OPTION' }));
    expect(construct).toThrow(/no option "lgo"; the options are: log/);
  });

  it.each([[11], [-5.1], [Number.NaN], ['1'], [null], [undefined]])('refuses the value %s', (value) => {
    expect(() => uniform(-5, 10).encode(value)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_VALUE' }));
    expect(() => uniform(-5, 10).encode(value)).toThrow(/allowed is a number from -5 to 10/);
  });

  it('reads numbers only', () => {
    expect(uniform(-5, 10).parseText(' 1.5e0 ')).toBe(1.5);
    for (const text of ['', 'abc', '0x1', 'Infinity', 'nan', '11']) {
      expect(() => uniform(-5, 10).parseText(text)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_VALUE' }));
    }
  });
});

describe('normal', () => {
  // p and its quantile to 60 digits (mpmath), rounded to the nearest double.
  it.each([
    [2 ** -54, -8.292361075813595],
    [1e-12, -7.034483825301132],
    [1e-8, -5.612001244174789],
    [2 ** -16, -4.169569323349106],
    [0.001, -3.0902323061678136],
    [0.02425, -1.972961051311885],
    [0.075, -1.439531470938456],
    [0.1, -1.2815515655446004],
    [0.3, -0.5244005127080408],
    [0.5 + 2 ** -20, 2.390507006295574e-6],
    [0.75, 0.6744897501960817],
    [0.925, 1.4395314709384561],
    [0.97575, 1.972961051311885],
    [0.999, 3.090232306167813],
    [1 - 2 ** -20, 4.7630010342678135],
    [1 - 2 ** -53, 8.209536151601387],
  ])('has its quantile at %s', (p, expected) => {
    const code = Math.floor(p * LEVELS);
    const value = normal(0, 1).decode(code, p * LEVELS - code);
    expect(Math.abs(value - expected)).toBeLessThanOrEqual(1e-15 * Math.abs(expected));
  });

  it('takes any finite number', () => {
    const noise = normal(2, 0.5);
    expect(noise.encode(2)).toBe(LEVELS / 2);
    expect(noise.encode(-1e300)).toBe(0);
    expect(noise.encode(1e300)).toBe(LEVELS - 1);
    expect(noise.describe()).toStrictEqual({ kind: 'normal', mean: 2, std: 0.5 });
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, '2']) {
      expect(() => noise.encode(value)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_VALUE' }));
    }
  });

  it('has open tails with finite values', () => {
    expect(normal(0, 1).decode(0, 0)).toBeCloseTo(-8.29, 2);
    expect(normal(0, 1).decode(LEVELS - 1, 1 - 2 ** -53)).toBeCloseTo(8.21, 2);
  });

  it.each([
    [() => normal(0, 0), /std must be greater than 0, not 0/],
    [() => normal(0, -1), /std must be greater than 0, not -1/],
    [() => normal(Number.NaN, 1), /mean must be a finite number/],
    [() => normal(0, 1e308), /smaller std/],
    [() => normal(0, '1' as never), /std must be a number, not "1"/],
  ])('refuses wrong arguments: %s', (construct, message) => {
    expect(construct).toThrow(expect.objectContaining({ code: 'ERR_INVALID_PARAMETER' }));
    expect(construct).toThrow(message);
  });
});
