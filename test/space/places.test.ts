/** Where values are in [0, 1): what the local phase knows of them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  custom,
  discrete,
  integer,
  LEVELS,
  multi,
  normal,
  type Parameter,
  SearchSpace,
  uniform,
} from '../../lib/space/index.js';
import { offsets, rawCodes, snapped } from './laws.js';

/** Each of their codes stands for an interval. */
const smooth: [string, Parameter<unknown>][] = [
  ['uniform', uniform(-5, 10)],
  ['wide uniform', uniform(-8e307, 8e307)],
  ['log-uniform', uniform(1e-8, 1e3, { log: true })],
  ['wide log-uniform', uniform(1e-300, 1e300, { log: true })],
  ['normal', normal(3, 0.5)],
  ['custom', custom({ decode: (u) => u ** 3, encode: (value) => Math.cbrt(value) })],
];
/** Each of their codes stands for one value. */
const stepped: [string, Parameter<unknown>][] = [
  ['discrete', discrete(['relu', 'tanh', null])],
  ['discrete of one value', discrete([7])],
  ['integer', integer(-3, 40)],
  ['log-integer', integer(1, 300, { log: true })],
  ['uniform with a step', uniform(-1, 1, { step: 0.05 })],
  ['integer with a step', integer(-3, 40, { step: 4 })],
  ['uniform of few doubles', uniform(1, 1 + 9 * Number.EPSILON)],
  ['log-uniform of few doubles', uniform(1, 1 + 9 * Number.EPSILON, { log: true })],
  ['custom steps', custom({ decode: (u) => Math.floor(u * 3), encode: (value: number) => (value + 0.5) / 3 })],
  ['custom steps from the edge', custom({ decode: (u) => Math.floor(u * 8), encode: (value: number) => value / 8 })],
];
/** Several of their values share a code. */
const shared: [string, Parameter<unknown>][] = [
  ['long list', discrete(Array.from({ length: 100_000 }, (_, i) => i))],
  ['wide integer', integer(-1e6, 1e9)],
  ['wide log-integer', integer(1, 1e9, { log: true })],
  ['long uniform with a step', uniform(-1, 1, { step: 1e-6 })],
  ['wide integer with a step', integer(-1e6, 1e9, { step: 7 })],
];

/** A raw code and an offset. */
const anywhere = fc.tuple(rawCodes(LEVELS), offsets);
/** Not so near the end of the cell that rounding leads out of it. */
const inside = fc.tuple(
  rawCodes(LEVELS),
  offsets.map((offset) => Math.min(offset, 1 - 2 ** -20)),
);
const at = (parameter: Parameter<unknown>, raw: number) => snapped(parameter, raw % parameter.levels);

describe.each([...smooth, ...stepped, ...shared])('the place of a value: %s', (_, parameter) => {
  it('is in the cell of its code, and gives a value of that code', () => {
    fc.assert(
      fc.property(anywhere, ([raw, offset]) => {
        const code = at(parameter, raw);
        const place = parameter.place(parameter.decode(code, offset));
        expect(place).toBeGreaterThanOrEqual(0);
        expect(place).toBeLessThan(1);
        expect(Math.floor(place * parameter.levels)).toBe(code);
        const back = parameter.decode(code, Math.min(1 - 2 ** -30, place * parameter.levels - code));
        expect(parameter.encode(back)).toBe(code);
      }),
    );
  });
});

describe.each(smooth)('the place of a value: %s', (_, parameter) => {
  it('is where it was decoded, to rounding', () => {
    fc.assert(
      fc.property(inside, ([code, offset]) => {
        const place = parameter.place(parameter.decode(code, offset));
        expect(Math.abs(place - (code + offset) / LEVELS)).toBeLessThan(2 ** -31);
      }),
    );
  });

  it('gives the value back, to rounding', () => {
    fc.assert(
      fc.property(inside, ([raw, offset]) => {
        // In its outermost cells a normal parameter runs to infinity.
        const code = Math.min(LEVELS - 2, Math.max(1, raw));
        const value = parameter.decode(code, offset) as number;
        const back = parameter.decode(code, parameter.place(value) * LEVELS - code) as number;
        const [low, high] = [parameter.decode(code, 0) as number, parameter.decode(code, 1 - 2 ** -20) as number];
        expect(Math.abs(back - value)).toBeLessThanOrEqual(1e-6 * (high - low));
      }),
    );
  });

  it('rises with the value', () => {
    fc.assert(
      fc.property(anywhere, anywhere, (one, other) => {
        const [a, b] = [one, other].map(([raw, offset]) => parameter.decode(raw, offset) as number) as [number, number];
        if (a <= b) expect(parameter.place(a)).toBeLessThanOrEqual(parameter.place(b));
        else expect(parameter.place(a)).toBeGreaterThanOrEqual(parameter.place(b));
      }),
    );
  });
});

describe.each(stepped)('the place of a value: %s', (_, parameter) => {
  it('is the middle of its cell, and gives the value back', () => {
    fc.assert(
      fc.property(anywhere, ([raw, offset]) => {
        const code = at(parameter, raw);
        const value = parameter.decode(code, offset);
        expect(parameter.place(value)).toBe((code + 0.5) / parameter.levels);
        expect(parameter.decode(code, 0.5)).toBe(value);
      }),
    );
  });
});

describe('the places of a space', () => {
  const all = [...smooth, ...stepped, ...shared];
  const space = new SearchSpace({
    ...Object.fromEntries(all.map(([name, parameter]) => [name, parameter])),
    several: multi(integer(1, 8), 2),
  });
  const rows = fc.array(anywhere, { minLength: space.dimensions, maxLength: space.dimensions });
  const parameterOf = (i: number) => space.coordinates[i % space.dimensions]?.parameter as Parameter<unknown>;
  const cells = (drawn: readonly (readonly [number, number])[]) => ({
    codes: Uint16Array.from(drawn, ([raw], i) => at(parameterOf(i), raw)),
    offsets: Float64Array.from(drawn, ([, offset]) => offset),
  });

  it('are those of its parameters, in the order of the columns', () => {
    fc.assert(
      fc.property(rows, (drawn) => {
        const { codes, offsets } = cells(drawn);
        const params = space.decode(codes, offsets);
        const places = space.places(params);
        const values = space.valuesOf(params);
        expect(places).toEqual(values.map((value, i) => parameterOf(i).place(value)));
        expect([...space.encode(params)]).toEqual(places.map((place, i) => Math.floor(place * parameterOf(i).levels)));
      }),
    );
  });

  it('give the cells back', () => {
    fc.assert(
      fc.property(fc.array(rows, { minLength: 1, maxLength: 3 }), (drawn) => {
        const { codes, offsets } = cells(drawn.flat());
        const back = space.cellsOf(space.placesOf(codes, offsets));
        expect([...back.codes]).toEqual([...codes]);
        back.offsets.forEach((offset, i) => {
          const expected = space.continuous[i % space.dimensions] ? (offsets[i] as number) : 0.5;
          expect(Math.abs(offset - expected)).toBeLessThan(1e-9);
          expect(offset).toBeGreaterThanOrEqual(0);
          expect(offset).toBeLessThan(1);
        });
      }),
    );
  });

  it('have cells that can be decoded, wherever they are', () => {
    const place = fc.oneof(fc.constantFrom(0, Number.MIN_VALUE, 0.5, 1 - 2 ** -53), offsets);
    fc.assert(
      fc.property(fc.array(place, { minLength: space.dimensions, maxLength: space.dimensions }), (places) => {
        const { codes, offsets } = space.cellsOf(Float64Array.from(places));
        expect([...space.encode(space.decode(codes, offsets))]).toEqual([...codes]);
      }),
    );
  });

  it('name the column of a value that is none', () => {
    const small = new SearchSpace({ x: uniform(0, 1), act: discrete(['a', 'b']) });
    const attempt = () => small.places({ x: 0.5, act: 'c' as 'a' });
    expect(attempt).toThrow(expect.objectContaining({ code: 'ERR_INVALID_VALUE' }));
    expect(attempt).toThrow(/"act".*"c"/);
  });
});
