import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  custom,
  discrete,
  integer,
  isMultiParameter,
  isParameter,
  multi,
  normal,
  type Parameter,
  type ParamsOf,
  SearchSpace,
  uniform,
} from '../../lib/space/index.js';
import { offsets, snapped } from './laws.js';

const definition = {
  x: uniform(-5, 10),
  lr: uniform(1e-5, 1e-1, { log: true }),
  layers: integer(1, 8),
  units: integer(1, 512, { log: true }),
  noise: normal(0, 1),
  act: discrete(['relu', 'tanh', null]),
  w: multi(uniform(0, 1), 2),
  shape: custom({ decode: (u) => [u], encode: ([u]) => u as number, name: 'shape' }),
};
const space = new SearchSpace(definition);
const params: ParamsOf<typeof definition> = {
  x: 2.5,
  lr: 1e-3,
  layers: 3,
  units: 64,
  noise: 0,
  act: null,
  w: [0.25, 0.5],
  shape: [0.5],
};

describe('SearchSpace', () => {
  it('lays the parameters out as coordinates', () => {
    expect(space.names).toEqual(Object.keys(definition));
    expect(space.columns).toEqual(['x', 'lr', 'layers', 'units', 'noise', 'act', 'w_1', 'w_2', 'shape']);
    expect(space.dimensions).toBe(9);
    expect([...space.levels]).toEqual([32768, 32768, 8, 32768, 32768, 3, 32768, 32768, 32768]);
    expect(space.snaps.map((snap) => snap !== undefined)).toEqual([false, false, false, true, ...Array(5).fill(false)]);
    expect(space.coordinates[0]).toEqual({ column: 'x', name: 'x', index: undefined, parameter: definition.x });
    expect(space.coordinates[7]).toEqual({ column: 'w_2', name: 'w', index: 1, parameter: definition.w.parameter });
  });

  it('gives rows of codes and text back', () => {
    const row = fc.tuple(...space.coordinates.map(({ parameter }) => fc.nat(parameter.levels - 1)));
    fc.assert(
      fc.property(row, fc.array(offsets, { minLength: 9, maxLength: 9 }), (raw, places) => {
        const codes = raw.map((code, i) =>
          snapped((space.coordinates[i] as { parameter: Parameter<unknown> }).parameter, code),
        );
        const decoded = space.decode(codes, places);
        expect([...space.encode(decoded)]).toEqual(codes);
        expect(space.fromText(space.toText(decoded))).toStrictEqual(decoded);
      }),
    );
  });

  it('decodes a row in the middle of a block', () => {
    const codes = space.encode(params);
    const block = new Uint16Array(3 * space.dimensions);
    block.set(codes, space.dimensions);
    const places = new Float64Array(block.length).fill(0.5);
    expect(space.decode(block, places, space.dimensions)).toEqual(space.decode(codes, places));
    expect(() => space.decode(block, places, 2 * space.dimensions + 1)).toThrow(/the code of "shape", at position 27/);
    expect(() => space.decode(codes, [])).toThrow(/the offset of "x", at position 0, is undefined/);
    expect(() => space.decode(codes, new Float64Array(9).fill(1))).toThrow(/must be at least 0 and less than 1/);
    expect(() => space.decode([0, 0, 8, 0, 0, 0, 0, 0, 0], places)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' }),
    );
  });

  it('writes a row as text', () => {
    expect(space.toText(params)).toEqual(['2.5', '0.001', '3', '64', '0', '', '0.25', '0.5', '[0.5]']);
    expect(space.fromText(['2.5', '0.001', '3', '64', '0', 'None', '0.25', '0.5', '[0.5]'])).toStrictEqual(params);
    expect(() => space.fromText(['1'])).toThrow(/a row has 1 fields; this space has 9 columns/);
    expect(() => space.toText({ ...params, x: 11 })).toThrow(/parameter "x": 11 is out of range/);
  });

  it('describes itself in plain JSON', () => {
    const description = space.describe();
    expect(JSON.parse(JSON.stringify(description))).toStrictEqual(description);
    expect(description).toHaveProperty('w', {
      kind: 'multi',
      sampleCount: 2,
      of: { kind: 'uniform', min: 0, max: 1, log: false },
    });
    expect(new SearchSpace({ ...definition }).describe()).toEqual(description);
    expect(new SearchSpace({ ...definition, x: uniform(-5, 11) }).describe()).not.toEqual(description);
  });

  it.each([
    [{ ...params, x: undefined }, /parameter "x": undefined is not a number; allowed is a number from -5 to 10/],
    [{ ...params, x: 11 }, /parameter "x": 11 is out of range/],
    [{ ...params, extra: 1 }, /the key "extra", which is not in the space; its keys are "x", "lr"/],
    [{ ...params, w: [0.5] }, /params.w has 1 values; it must have 2/],
    [{ ...params, w: 0.5 }, /params.w must be an array of 2 values, not 0.5/],
    // biome-ignore lint/suspicious/noSparseArray: the hole is what is tested
    [{ ...params, w: [, 0.5] }, /parameter "w_1": undefined is not a number/],
    [{ ...params, w: [0.5, 2] }, /parameter "w_2": 2 is out of range/],
    [{ x: 1 }, /params has no key "lr"/],
    [[1, 2], /params must be an object with the keys "x"/],
    [null, /params must be an object/],
  ])('refuses params that are not of the space: %j', (wrong, message) => {
    expect(() => space.encode(wrong)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_VALUE' }));
    expect(() => space.encode(wrong)).toThrow(message);
  });

  it.each([
    [{}, /the search space is empty/],
    [[uniform(0, 1)], /must be a plain object/],
    [uniform(0, 1), /must be a plain object/],
    [null, /must be a plain object.*not null/],
    [new Map([['x', uniform(0, 1)]]), /must be a plain object/],
    [{ x: [0, 1] }, /"x" is \[0,1\], not a parameter; use uniform/],
    [{ x: { ...uniform(0, 1), [Symbol.for('shac.parameter')]: undefined } }, /not a parameter/],
    [{ '': uniform(0, 1) }, /cannot be called ""/],
    [Object.fromEntries([['__proto__', uniform(0, 1)]]), /cannot be called "__proto__"/],
    [{ w: multi(uniform(0, 1), 2), w_1: uniform(0, 1) }, /"w" and "w_1" both have a column "w_1"; rename one/],
  ])('refuses a wrong definition: %j', (wrong, message) => {
    const construct = () => new SearchSpace(wrong as never);
    expect(construct).toThrow(expect.objectContaining({ code: 'ERR_INVALID_SPACE' }));
    expect(construct).toThrow(message);
  });

  it('accepts names that objects inherit, and objects without a prototype', () => {
    const inherited = new SearchSpace({ constructor: uniform(0, 1), toString: uniform(0, 1) });
    expect(() => inherited.encode({})).toThrow(/params has no key "constructor"/);
    expect(new SearchSpace(Object.assign(Object.create(null), { x: uniform(0, 1) })).names).toEqual(['x']);
  });

  it('infers the type of params', () => {
    const decoded = space.decode(space.encode(params), new Float64Array(9));
    expectTypeOf(decoded.x).toEqualTypeOf<number>();
    expectTypeOf(decoded.layers).toEqualTypeOf<number>();
    expectTypeOf(decoded.act).toEqualTypeOf<'relu' | 'tanh' | null>();
    expectTypeOf(decoded.w).toEqualTypeOf<number[]>();
    expectTypeOf(decoded.shape).toEqualTypeOf<number[]>();
    expectTypeOf(discrete([1, 2, true])).toEqualTypeOf<Parameter<1 | 2 | true>>();
    expectTypeOf(discrete(['a'] as string[])).toEqualTypeOf<Parameter<string>>();
    expectTypeOf<ParamsOf<{ m: ReturnType<typeof multi<'a' | 'b'>> }>>().toEqualTypeOf<{ m: ('a' | 'b')[] }>();
    expectTypeOf(uniform(0, 1)).toExtend<Parameter<unknown>>();
    // @ts-expect-error a multi cannot be nested
    expect(() => multi(multi(uniform(0, 1), 2), 2)).toThrow();
    // @ts-expect-error a value is not a parameter
    expect(() => new SearchSpace({ x: 3 })).toThrow();
    // @ts-expect-error no undefined in a list
    expect(() => discrete([undefined])).toThrow();
  });
});

describe('multi', () => {
  it('knows itself from a scalar', () => {
    const weights = multi(discrete(['a', 'b']), 3);
    expect(weights.kind).toBe('multi');
    expect(weights.sampleCount).toBe(3);
    expect([isParameter(weights), isMultiParameter(weights)]).toEqual([false, true]);
    expect([isParameter(weights.parameter), isMultiParameter(weights.parameter)]).toEqual([true, false]);
    expect([isParameter(null), isMultiParameter({ kind: 'multi' })]).toEqual([false, false]);
  });

  it.each([
    [() => multi(multi(uniform(0, 1), 2) as never, 2), /cannot be nested/],
    [() => multi(3 as never, 2), /the first argument must be a parameter/],
    [() => multi(uniform(0, 1), 0), /sampleCount must be an integer from 1 to 1000000/],
    [() => multi(uniform(0, 1), 1.5), /multi\(…, 1.5\)/],
    [() => multi(uniform(0, 1), 1e9), /from 1 to 1000000/],
    [() => multi(uniform(0, 1), '2' as never), /multi\(…, "2"\)/],
  ])('refuses wrong arguments: %s', (construct, message) => {
    expect(construct).toThrow(expect.objectContaining({ code: 'ERR_INVALID_PARAMETER' }));
    expect(construct).toThrow(message);
  });
});
