/** `uniform` and `integer` with a step. */
import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  integer,
  LEVELS,
  type ParameterDescription,
  type ParamsOf,
  SearchSpace,
  uniform,
} from '../../lib/space/index.js';
import { expectRoundTrip, expectTextRoundTrip, make, offsets } from './laws.js';

type Description = ParameterDescription & { kind: 'uniform' | 'integer'; step?: number };

/** `digits` / 10^`places`, as a person types it. */
function typed(digits: bigint, places: number): string {
  const text = String(digits < 0n ? -digits : digits).padStart(places + 1, '0');
  const [whole, fraction] = [text.slice(0, text.length - places), text.slice(text.length - places)];
  return `${digits < 0n ? '-' : ''}${whole}${places > 0 ? `.${fraction}` : ''}`;
}

/** min, step and how many steps, in units of 10^-places: numbers that people type. */
const decimals = fc
  .record({
    places: fc.nat(8),
    min: fc.integer({ min: -100_000, max: 100_000 }),
    step: fc.integer({ min: 1, max: 5000 }),
    steps: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 200_000 })),
    beyond: fc.nat(100),
  })
  .map(({ places, min, step, steps, beyond }) => {
    const at = (k: number) => typed(BigInt(min) + BigInt(k) * BigInt(step), places);
    // Less than a step beyond the last value, or none.
    const max = Number(typed(BigInt(min) + BigInt(steps) * BigInt(step) + BigInt(beyond % step), places));
    const description = { min: Number(at(0)), max, log: false, step: Number(typed(BigInt(step), places)) };
    return { description, steps, at };
  });
type Steps = { description: Description; steps: number; at: (k: number) => string };
const uniforms: fc.Arbitrary<Steps> = decimals.map(({ description, ...rest }) => ({
  ...rest,
  description: { kind: 'uniform', ...description },
}));
const integers: fc.Arbitrary<Steps> = fc
  .record({ min: fc.maxSafeInteger(), step: fc.integer({ min: 2, max: 1e9 }), steps: fc.integer({ min: 1, max: 1e6 }) })
  .filter(({ min, step, steps }) => min + step * steps < Number.MAX_SAFE_INTEGER)
  .map(({ min, step, steps }) => ({
    description: { kind: 'integer', min, max: min + step * steps, log: false, step },
    steps,
    at: (k) => String(min + k * step),
  }));

describe.each([
  ['uniform', uniforms],
  ['integer', integers],
])('%s with a step', (_, arbitrary) => {
  it('has exactly the numbers that a person would type, and its upper bound where it is one', () => {
    fc.assert(
      fc.property(arbitrary, fc.nat(), ({ description, steps, at }, seed) => {
        const parameter = make(description);
        for (const k of [0, 1, seed % steps, steps - 1, steps]) {
          const value = Number(at(k));
          const code = parameter.encode(value);
          const size = Math.ceil((steps + 1) / LEVELS);
          expect(code).toBe(Math.floor(k / size));
          const inCode = Math.min(size, steps + 1 - code * size);
          expect(parameter.decode(code, ((k % size) + 0.5) / inCode)).toBe(value);
          expectTextRoundTrip(parameter, value);
          expect(Number(parameter.formatText(value))).toBe(value);
        }
        expect(parameter.levels).toBe(parameter.encode(Number(at(steps))) + 1);
      }),
    );
  });

  it('gives each code back that it decoded, and nothing off the grid', () => {
    fc.assert(
      fc.property(arbitrary, fc.nat(), offsets, ({ description, steps, at }, seed, offset) => {
        const parameter = make(description);
        for (const code of [seed % parameter.levels, 0, parameter.levels - 1]) {
          expectRoundTrip(parameter, code, offset);
          const value = parameter.decode(code, offset);
          const k = Math.round((value - description.min) / (description.step as number));
          expect([k - 1, k, k + 1].map((one) => Number(at(one)))).toContain(value);
          expect(value).toBeGreaterThanOrEqual(description.min);
          expect(value).toBeLessThanOrEqual(Number(at(steps)));
        }
      }),
    );
  });

  it('refuses what is between two of its numbers, and names them', () => {
    fc.assert(
      fc.property(arbitrary, fc.nat(), fc.double({ min: 0.01, max: 0.99 }), ({ description, steps, at }, seed, t) => {
        const parameter = make(description);
        const k = seed % steps;
        const [below, above] = [Number(at(k)), Number(at(k + 1))];
        const value = description.kind === 'integer' ? below + 1 : below + t * (above - below);
        fc.pre(value > below && value < above);
        const attempt = () => parameter.encode(value);
        expect(attempt).toThrow(expect.objectContaining({ code: 'ERR_INVALID_VALUE' }));
        expect(attempt).toThrow(`the nearest values are ${below} and ${above};`);
        expect(() => parameter.parseText(String(value))).toThrow(/is not on the grid/);
      }),
    );
  });

  it('describes what it was given, and is the same parameter again', () => {
    fc.assert(
      fc.property(arbitrary, ({ description }) => {
        const described = make(description).describe();
        expect(described).toStrictEqual(description);
        expect(make(JSON.parse(JSON.stringify(described))).describe()).toStrictEqual(described);
      }),
    );
  });
});

describe('uniform with any doubles for bounds and step', () => {
  const double = fc.double({ noNaN: true, noDefaultInfinity: true });
  const any = fc
    .oneof(
      fc.record({ min: double, max: double, step: double.map(Math.abs) }),
      fc
        .record({ min: double, step: double.map(Math.abs), steps: fc.integer({ min: 1, max: 1e6 }) })
        .map(({ min, step, steps }) => ({ min, max: min + steps * step, step })),
    )
    .map((of) => ({ kind: 'uniform', log: false, ...of }) as const);

  it('gives each code back, rises, and ends at or below the upper bound, or is refused when it is made', () => {
    fc.assert(
      fc.property(any, fc.nat(), offsets, (description, seed, offset) => {
        let parameter: ReturnType<typeof make>;
        try {
          parameter = make(description);
        } catch (error) {
          expect(error).toMatchObject({ code: 'ERR_INVALID_PARAMETER' });
          return;
        }
        const { levels } = parameter;
        for (const code of [0, seed % levels, levels - 1]) {
          expectRoundTrip(parameter, code, offset);
          expectTextRoundTrip(parameter, parameter.decode(code, offset));
        }
        const code = seed % (levels - 1);
        expect(parameter.decode(code, offset)).toBeLessThan(parameter.decode(code + 1, 0));
        expect(parameter.decode(0, 0)).toBe(description.min + 0); // -0 is 0
        expect(parameter.decode(levels - 1, 1 - 2 ** -53)).toBeLessThanOrEqual(description.max);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a step', () => {
  const all = (parameter: ReturnType<typeof uniform>) =>
    Array.from({ length: parameter.levels }, (_, code) => parameter.decode(code, 0.5));

  it('of 0.1 gives the tenths', () => {
    expect(all(uniform(0, 1, { step: 0.1 }))).toEqual([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]);
    expect(all(uniform(-0.3, 0.3, { step: 0.1 }))).toEqual([-0.3, -0.2, -0.1, 0, 0.1, 0.2, 0.3]);
    expect(all(uniform(0, 0.5, { step: 0.05 })).at(-1)).toBe(0.5);
    expect(() => uniform(0, 1, { step: 0.1 }).encode(0.1 + 0.2)).toThrow(
      /0.30000000000000004 is not on the grid: the nearest values are 0.3 and 0.4; allowed is a number from 0 to 1 in steps of 0.1/,
    );
  });

  it('that does not reach the upper bound ends with the largest number below it', () => {
    const parameter = integer(0, 10, { step: 4 });
    expect(all(parameter)).toEqual([0, 4, 8]);
    expect(parameter.describe()).toStrictEqual({ kind: 'integer', min: 0, max: 10, log: false, step: 4 });
    expect(() => parameter.encode(10)).toThrow(
      /10 is not on the grid: the nearest value is 8; .* from 0 to 8 in steps of 4/,
    );
    expect(() => parameter.encode(11)).toThrow(/11 is out of range; allowed is an integer from 0 to 8 in steps of 4/);
    expect(all(uniform(0, 1, { step: 0.3 }))).toEqual([0, 0.3, 0.6, 0.9]);
  });

  it('that is undefined is none: the parameter is the one without it', () => {
    expect(uniform(0, 1, { step: undefined }).describe()).toStrictEqual(uniform(0, 1).describe());
    expect(uniform(1, 2, { log: true, step: undefined }).describe()).toStrictEqual(
      uniform(1, 2, { log: true }).describe(),
    );
    expect(integer(0, 8, { step: undefined }).describe()).toStrictEqual(integer(0, 8).describe());
    expect(integer(0, 8, { step: 1 }).describe()).toStrictEqual(integer(0, 8).describe());
    expect(integer(1, 8, { log: true, step: 1 }).describe()).toStrictEqual(integer(1, 8, { log: true }).describe());
  });

  it('makes neighbours share a code beyond 32,768 numbers', () => {
    const parameter = uniform(0, 1, { step: 1e-5 });
    expect(parameter.levels).toBe(25_001); // four a code
    expect([0.1, 0.3, 0.5, 0.9].map((offset) => parameter.decode(7500, offset))).toEqual([
      0.3, 0.30001, 0.30002, 0.30003,
    ]);
    expect(parameter.decode(25_000, 0.99)).toBe(1);
  });

  it('is exact where numbers are huge, tiny or as many as there are', () => {
    expect(uniform(-Number.MAX_SAFE_INTEGER, 0, { step: 1 }).decode(0, 0)).toBe(-Number.MAX_SAFE_INTEGER);
    expect(uniform(0, 1e300, { step: 1e299 }).encode(3e299)).toBe(3);
    expect(uniform(0, 1e-310, { step: 1e-311 }).encode(3e-311)).toBe(3);
    expect(uniform(-8e307, 8e307, { step: 2e307 }).decode(8, 0)).toBe(8e307);
    expect(uniform(123_456.7, 123_456.9, { step: 1e-9 }).encode(123_456.8)).toBe(
      Math.floor(1e8 / Math.ceil(2e8 / LEVELS)),
    );
  });

  it('makes the coordinate one of steps: places are in the middle of cells', () => {
    const of = { x: uniform(0, 1), y: uniform(0, 1, { step: 0.25 }) };
    expectTypeOf<ParamsOf<typeof of>>().toEqualTypeOf<{ x: number; y: number }>();
    const space = new SearchSpace(of);
    expect(space.continuous).toEqual([true, false]);
    expect(space.places({ x: 0.5, y: 0.25 })[1]).toBe(0.3);
    expect(space.fromText(space.toText({ x: 0.5, y: 0.75 }))).toEqual({ x: 0.5, y: 0.75 });
    expect(() => space.encode({ x: 0, y: 0.3 })).toThrow(
      /"y": 0.3 is not on the grid: the nearest values are 0.25 and 0.5/,
    );
  });

  it.each([
    [() => uniform(1, 2, { log: true, step: 0.1 }), /log: true and step: 0.1 cannot be had together/],
    [() => integer(1, 8, { log: true, step: 2 }), /log: true and step: 2 cannot be had together/],
    [() => uniform(0, 1, { step: 0 }), /step must be greater than 0, not 0/],
    [() => integer(0, 8, { step: -2 }), /step must be greater than 0, not -2/],
    [() => integer(0, 8, { step: 0.5 }), /step must be an integer .*not 0.5; for fractions use uniform/],
    [() => uniform(0, 1, { step: 1.5 }), /step must be at most max - min, not 1.5; .*discrete\(\[0\]\)/],
    [() => integer(0, 8, { step: 9 }), /step must be at most max - min, not 9/],
    [() => uniform(1e9, 2e9, { step: 1e-9 }), /neighbours would be one number; raise it/],
    [() => uniform(0, 1, { step: Number.NaN }), /step must be a finite number, not NaN/],
    [() => uniform(0, 1, { step: '0.1' as never }), /step must be a number, not "0.1"/],
    [() => uniform(0, 1, { step: null as never }), /step must be a number, not null/],
  ])('is refused where it makes no sense: %s', (construct, message) => {
    expect(construct).toThrow(expect.objectContaining({ code: 'ERR_INVALID_PARAMETER' }));
    expect(construct).toThrow(message);
  });
});
