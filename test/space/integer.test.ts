import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { integer, LEVELS, type ParameterDescription } from '../../lib/space/index.js';
import { expectRoundTrip, expectTextRoundTrip, make, offsets, rawCodes, snapped } from './laws.js';

const safe = fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -100_000, max: 100_000 }));
const ranges = fc
  .oneof(
    fc.tuple(safe, safe),
    fc.tuple(safe, fc.integer({ min: 1, max: 200_000 })).map(([a, n]) => [a, a + n] as const),
  )
  .map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const)
  .filter(([min, max]) => min < max && max <= Number.MAX_SAFE_INTEGER && max - min <= Number.MAX_SAFE_INTEGER);
type Descriptions = fc.Arbitrary<ParameterDescription & { kind: 'integer' }>;
const even: Descriptions = ranges.map(([min, max]) => ({ kind: 'integer', min, max, log: false }));
const logarithmic: Descriptions = ranges
  .filter(([min]) => min >= 1)
  .map(([min, max]) => ({ kind: 'integer', min, max, log: true }));

describe.each([
  ['integer', even],
  ['integer on a log scale', logarithmic],
] as [string, Descriptions][])('%s', (_, descriptions) => {
  it('gives each code back that it decoded, inside the range', () => {
    fc.assert(
      fc.property(descriptions, fc.nat(), offsets, (description, seed, offset) => {
        const parameter = make(description);
        const { min, max } = description;
        for (const raw of [seed % parameter.levels, 0, parameter.levels - 1]) {
          expectRoundTrip(parameter, raw, offset);
          const value = parameter.decode(raw, offset);
          expect(Number.isSafeInteger(value) && value >= min && value <= max).toBe(true);
          expectTextRoundTrip(parameter, value);
        }
      }),
    );
  });

  it('takes each value of the range, and no other', () => {
    fc.assert(
      fc.property(descriptions, fc.double({ min: 0, max: 1, noNaN: true }), (description, t) => {
        const parameter = make(description);
        const { min, max } = description;
        const value = Math.min(max, min + Math.floor(t * (max - min)));
        const code = parameter.encode(value);
        expect(snapped(parameter, code)).toBe(code);
        expect(parameter.encode(min)).toBeLessThanOrEqual(code);
        expect(parameter.encode(max)).toBeGreaterThanOrEqual(code);
        for (const wrong of [min - 1, max + 1, String(value), Number.NaN]) {
          expect(() => parameter.encode(wrong)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_VALUE' }));
        }
      }),
    );
  });

  it('does not fall from code to code or inside a cell', () => {
    fc.assert(
      fc.property(descriptions, fc.nat(), fc.nat(), offsets, offsets, (description, a, b, o, p) => {
        const parameter = make(description);
        const [low, high] = [a % parameter.levels, b % parameter.levels].sort((x, y) => x - y) as [number, number];
        const [first, second] = low === high ? [Math.min(o, p), Math.max(o, p)] : [o, p];
        const [from, to] = [snapped(parameter, low), snapped(parameter, high)];
        expect(from).toBeLessThanOrEqual(to);
        if (from === to && low !== high) return; // two raw codes of one cell: only the offsets order the values
        expect(parameter.decode(from, first)).toBeLessThanOrEqual(parameter.decode(to, second));
      }),
    );
  });
});

describe('integer', () => {
  it('has one code a value up to 32,768 values', () => {
    for (const [min, max] of [
      [-3, 4],
      [1, LEVELS],
    ] as const) {
      const parameter = integer(min, max);
      expect(parameter.levels).toBe(max - min + 1);
      expect(parameter.snap).toBeUndefined();
      fc.assert(
        fc.property(fc.integer({ min, max }), offsets, (value, offset) => {
          expect(parameter.encode(value)).toBe(value - min);
          expect(parameter.decode(value - min, offset)).toBe(value);
        }),
      );
    }
  });

  it('lets neighbours share a code beyond', () => {
    const parameter = integer(0, LEVELS); // one too many: two values a code
    expect(parameter.levels).toBe(LEVELS / 2 + 1);
    expect([parameter.decode(0, 0), parameter.decode(0, 0.5)]).toEqual([0, 1]);
    expect(parameter.decode(LEVELS / 2, 0.99)).toBe(LEVELS); // the last code has one value
    const widest = integer(0, Number.MAX_SAFE_INTEGER);
    expect(widest.levels).toBe(LEVELS);
    expect(widest.decode(LEVELS - 1, 1 - 2 ** -53)).toBe(Number.MAX_SAFE_INTEGER);
    expect(integer(-(2 ** 52), 2 ** 52 - 1).decode(0, 0)).toBe(-(2 ** 52));
  });

  it('describes itself and reads text', () => {
    expect(integer(-0, 8).describe()).toStrictEqual({ kind: 'integer', min: 0, max: 8, log: false });
    expect(integer(1, 8).parseText('3.0')).toBe(3); // as pandas writes a column with gaps
    for (const text of ['', '2.5', '9', 'three']) {
      expect(() => integer(1, 8).parseText(text)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_VALUE' }));
    }
    expect(() => integer(1, 8).encode(2.5)).toThrow(/2.5 is not an integer; allowed is an integer from 1 to 8/);
  });

  it.each([
    [() => integer(8, 1), /swap 8 and 1/],
    [() => integer(3, 3), /discrete\(\[3\]\)/],
    [() => integer(0.5, 3), /min must be an integer .*not 0.5; for fractions use uniform/],
    [() => integer(0, 2 ** 53), /max must be an integer/],
    [() => integer(-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER), /narrow the range or use uniform/],
    [() => integer(0, 8, { log: true }), /min must be greater than 0 with log: true/],
    [() => integer('1' as never, 8), /min must be an integer, not "1"/],
    [() => integer(1, Number.NaN), /max must be an integer .*not NaN/],
  ])('refuses wrong arguments: %s', (construct, message) => {
    expect(construct).toThrow(expect.objectContaining({ code: 'ERR_INVALID_PARAMETER' }));
    expect(construct).toThrow(message);
  });

  it('refuses unknown options', () => {
    expect(() => integer(1, 2, { base: 2 } as never)).toThrow(expect.objectContaining({ code: 'ERR_UNKNOWN_OPTION' }));
  });
});

describe('integer on a log scale', () => {
  it.each([
    [1, 2],
    [1, 10],
    [3, 1000],
    [1, 2000],
    [1_000_000, 1_000_100],
    [Number.MAX_SAFE_INTEGER - 900, Number.MAX_SAFE_INTEGER],
  ])('draws %i to %i with the probabilities of the prior, and each with its own code', (min, max) => {
    const parameter = integer(min, max, { log: true });
    const counts = new Map<number, number>();
    for (let raw = 0; raw < LEVELS; raw++) {
      const code = snapped(parameter, raw);
      counts.set(code, (counts.get(code) ?? 0) + 1);
    }
    const logWidth = Math.log1p((max - min + 1) / (min - 0.5));
    let chiSquare = 0;
    for (let value = min; value <= max; value++) {
      const code = parameter.encode(value);
      expect(parameter.decode(code, 0)).toBe(value);
      expect(parameter.decode(code, 1 - 2 ** -53)).toBe(value);
      const expected = (LEVELS * Math.log1p(1 / (value - 0.5))) / logWidth;
      const count = counts.get(code) ?? 0;
      expect(Math.abs(count - expected)).toBeLessThanOrEqual(1);
      chiSquare += (count - expected) ** 2 / expected;
    }
    // Not a sample but the whole distribution: only the rounding to cells is left.
    expect(chiSquare).toBeLessThan((max - min + 1) / 4);
  });

  it('reaches values that share a code by their place in the cell', () => {
    const parameter = integer(1, 50_000, { log: true });
    for (const value of [40_000, 49_999, 50_000]) {
      const code = parameter.encode(value);
      const reached = new Set(Array.from({ length: 1000 }, (_, k) => parameter.decode(code, k / 1000)));
      expect(reached).toContain(value);
    }
  });

  it('keeps the prior where values share codes', () => {
    const parameter = integer(1, 1_000_000, { log: true });
    const decades = [0, 0, 0, 0, 0, 0];
    for (let raw = 0; raw < LEVELS; raw++) {
      for (let k = 0; k < 4; k++) {
        const value = parameter.decode(snapped(parameter, raw), (k + 0.5) / 4);
        const decade = Math.min(5, String(value).length - 1);
        decades[decade] = (decades[decade] as number) + 1 / (4 * LEVELS);
      }
    }
    const logWidth = Math.log(1_000_000.5 / 0.5);
    const expected = (k: number) => Math.log((10 ** (k + 1) - 0.5) / (10 ** k - 0.5)) / logWidth;
    decades.forEach((share, k) => {
      expect(Math.abs(share - expected(k))).toBeLessThan(2 / LEVELS);
    });
  });

  it('snaps the raw codes of one value to one code', () => {
    const parameter = integer(1, 8, { log: true });
    expect(parameter.levels).toBe(LEVELS);
    expect(new Set(parameter.snap).size).toBe(8);
    fc.assert(
      fc.property(rawCodes(LEVELS), offsets, offsets, (raw, o, p) => {
        expect(parameter.decode(raw, o)).toBe(parameter.decode(raw, p));
      }),
    );
  });
});
