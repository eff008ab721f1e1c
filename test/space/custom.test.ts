import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { custom, LEVELS, type Parameter } from '../../lib/space/index.js';
import { expectRoundTrip, expectTextRoundTrip, offsets, rawCodes } from './laws.js';

const power = custom({ decode: (u) => u ** 3, encode: (value) => Math.cbrt(value) });
/** Three equal steps whose edges lie inside cells; encode gives the lower edge. */
const steps = custom({ decode: (u) => Math.floor(u * 3), encode: (value: number) => value / 3 });
const shapes = custom({
  name: 'shape',
  decode: (u) => (u < 0.25 ? { layers: [8] } : { layers: [8, 8] }),
  encode: (value) => (value.layers.length === 1 ? 0.125 : value.layers.length === 2 ? 0.625 : Number.NaN),
});

describe('custom', () => {
  it.each([
    ['continuous', power],
    ['steps', steps],
    ['objects', shapes],
  ] as [string, Parameter<unknown>][])('gives codes and text back: %s', (_, parameter) => {
    fc.assert(
      fc.property(rawCodes(LEVELS), offsets, (raw, offset) => {
        expectRoundTrip(parameter, raw, offset);
        expectTextRoundTrip(parameter, parameter.decode(raw, offset));
      }),
    );
  });

  it('has no snap table when it is continuous', () => {
    expect(power.kind).toBe('custom');
    expect(power.levels).toBe(LEVELS);
    expect(power.snap).toBeUndefined();
    expect(power.decode(LEVELS / 2, 0.25)).toBeCloseTo((0.5 + 0.25 / LEVELS) ** 3, 14);
  });

  it('snaps a step function to one code a value', () => {
    expect([...new Set(steps.snap)]).toEqual([0, 10922, 21845]);
    for (const value of [0, 1, 2]) {
      for (const offset of [0, 0.5, 0.999]) expect(steps.decode(steps.encode(value), offset)).toBe(value);
    }
    const share = steps.snap?.filter((code) => code === 10922).length;
    expect(Math.abs((share ?? 0) - LEVELS / 3)).toBeLessThanOrEqual(1);
  });

  it('describes itself by its name', () => {
    expect(power.describe()).toStrictEqual({ kind: 'custom' });
    expect(shapes.describe()).toStrictEqual({ kind: 'custom', name: 'shape' });
  });

  it('refuses values that encode refuses', () => {
    expect(() => shapes.encode({ layers: [] })).toThrow(/not a value of the custom parameter "shape".*returned NaN/);
    expect(() => shapes.encode(null)).toThrow(/encode threw TypeError/);
    for (const value of [{ layers: [] }, null]) {
      expect(() => shapes.encode(value)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_VALUE' }));
    }
  });

  it('refuses to write a value that JSON would change', () => {
    const times = custom<number | Date>({
      decode: (u) => Math.floor(u * 1000),
      encode: (value) => (Number(value) + 0.5) / 1000,
    });
    expect(() => times.formatText(new Date(5))).toThrow(expect.objectContaining({ code: 'ERR_INVALID_VALUE' }));
  });

  it('reads plain strings of other programs', () => {
    const names = ['1', 'two'];
    const parameter = custom({
      decode: (u) => names[Math.floor(u * 2)] as string,
      encode: (value) => (names.indexOf(value) + 0.5) / 2,
    });
    expect(['1', '"1"', 'two', '"two"'].map((text) => parameter.parseText(text))).toEqual(['1', '1', 'two', 'two']);
    expect(() => parameter.parseText('three')).toThrow(expect.objectContaining({ code: 'ERR_INVALID_VALUE' }));
  });

  it.each([
    [() => custom({ encode: () => 0 } as never), /decode must be a function .*not undefined/],
    [() => custom({ decode: () => 0 } as never), /encode must be a function .*not undefined/],
    [() => custom(undefined as never), /options must be an object/],
    [() => custom({ decode: (u) => u, encode: (u) => u, name: 3 as never }), /name must be a string, not 3/],
    [
      () => custom({ decode: () => 7, encode: () => '0.5' as never }),
      /encode\(7\) returned "0.5", and decode\(0.0000152\d+\) is 7/,
    ],
    [() => custom({ decode: (u) => u, encode: () => 1 }), /returned 1, .*must return a number in \[0, 1\)/],
    [() => custom({ decode: (u) => u, encode: () => Number.NaN }), /returned NaN/],
    [() => custom({ decode: () => fail('no'), encode: (u: number) => u }), /decode\(.*\) threw Error: no/],
    [() => custom({ decode: (u) => u, encode: () => fail('no') }), /encode\(.*\) threw Error: no/],
    [() => custom({ decode: (u) => u, encode: (u) => 1 - 2 ** -20 - u * 0.9 }), /not the inverse of decode: encode\(/],
  ])('refuses wrong arguments: %s', (construct, message) => {
    expect(construct).toThrow(expect.objectContaining({ code: 'ERR_INVALID_PARAMETER' }));
    expect(construct).toThrow(message);
  });

  it('refuses unknown options', () => {
    const options = { decode: (u: number) => u, encode: (u: number) => u, sample: 1 };
    expect(() => custom(options)).toThrow(expect.objectContaining({ code: 'ERR_UNKNOWN_OPTION' }));
  });
});

function fail(message: string): never {
  throw new Error(message);
}
