import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DiscreteValue, discrete, LEVELS } from '../../lib/space/index.js';
import { expectRoundTrip, expectTextRoundTrip, offsets } from './laws.js';

const value: fc.Arbitrary<DiscreteValue> = fc.oneof(
  fc.constantFrom(null, true, false, '', 'None', 'null', 'True', 'true', '"', '"a"', 'a', '1', 1, '1.0', ' 1', '-0', 0),
  fc.string(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
);

describe('discrete', () => {
  it('gives codes, values and text back, for any list', () => {
    fc.assert(
      fc.property(fc.uniqueArray(value, { minLength: 1, maxLength: 20 }), offsets, (values, offset) => {
        const parameter = discrete(values);
        expect(parameter.levels).toBe(values.length);
        values.forEach((item, code) => {
          expect(parameter.encode(item)).toBe(code);
          expect(parameter.decode(code, offset)).toBe(item);
          expectTextRoundTrip(parameter, item);
        });
      }),
    );
  });

  it('lets neighbours share a code beyond 32,768 values', () => {
    const parameter = discrete(Array.from({ length: LEVELS + 1 }, (_, k) => `v${k}`));
    expect(parameter.levels).toBe(LEVELS / 2 + 1);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: LEVELS / 2 }), offsets, (code, offset) => {
        expectRoundTrip(parameter, code, offset);
      }),
    );
    expect(() => parameter.encode('no')).toThrow(/"v0", .*… \(32769 in all\)/);
  });

  it('reads what PySHAC writes', () => {
    const parameter = discrete([null, true, false, 3, 0.5, 'relu']);
    const texts = { '': null, None: null, null: null, True: true, true: true, False: false, false: false };
    for (const [text, expected] of Object.entries(texts)) expect(parameter.parseText(text)).toBe(expected);
    expect(['3', '3.0', '5e-1', 'relu'].map((text) => parameter.parseText(text))).toEqual([3, 3, 0.5, 'relu']);
    expect([null, true, 3, 'relu' as const].map((item) => parameter.formatText(item as null))).toEqual([
      '',
      'True',
      '3',
      'relu',
    ]);
  });

  it('quotes only strings that would read as another value', () => {
    const parameter = discrete([1, '1', null, '', 'None', 'plain']);
    expect(parameter.formatText('1')).toBe('"1"');
    expect(parameter.formatText('')).toBe('""');
    expect(parameter.formatText('None')).toBe('"None"');
    expect(parameter.formatText('plain')).toBe('plain');
    expect(discrete(['1', '2']).formatText('1')).toBe('1');
    expect(discrete(['1', '2']).parseText('1')).toBe('1');
  });

  it('describes itself with a copy of the list', () => {
    const values: DiscreteValue[] = ['a', -0, null];
    const parameter = discrete(values);
    values.push('b');
    expect(parameter.describe()).toStrictEqual({ kind: 'discrete', values: ['a', 0, null] });
    expect(parameter.encode(-0)).toBe(1);
  });

  it.each([
    [() => discrete([]), /at least one value/],
    [() => discrete(['a', 'b', 'a']), /"a" is in the list twice, at 0 and at 2; remove one/],
    [() => discrete([0, -0]), /0 is in the list twice/],
    [() => discrete([1, Number.NaN]), /value at 1 is NaN; numbers must be finite/],
    [() => discrete([Number.NEGATIVE_INFINITY]), /numbers must be finite/],
    [() => discrete([undefined as never]), /value at 0 is undefined; a value must be/],
    [() => discrete([{ size: 3 } as never]), /\{"size":3\}; a value must be/],
    // biome-ignore lint/suspicious/noSparseArray: the hole is what is tested
    [() => discrete([1, , 2] as never), /value at 1 is undefined/],
    [() => discrete('abc' as never), /give the values as one array/],
  ])('refuses wrong arguments: %s', (construct, message) => {
    expect(construct).toThrow(expect.objectContaining({ code: 'ERR_INVALID_PARAMETER' }));
    expect(construct).toThrow(message);
  });

  it('names the value and the list when a value is not in it', () => {
    const parameter = discrete(['relu', 1, null]);
    expect(() => parameter.encode('1')).toThrow(/^"1" is not in the list; allowed is one of "relu", 1, null$/);
    expect(() => parameter.parseText('gelu')).toThrow(/^the text "gelu" is not in the list/);
    expect(() => parameter.encode({})).toThrow(expect.objectContaining({ code: 'ERR_INVALID_VALUE' }));
  });
});
