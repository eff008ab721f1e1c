/** Conditional parameters, `when` and `choice`, in a search space. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { choice, discrete, integer, multi, type ParamsOf, SearchSpace, uniform, when } from '../../lib/space/index.js';
import { rowOf, spacesWithRows } from '../support/conditional-spaces.js';

const definition = {
  momentum: when('optimizer', 'sgd', uniform(0, 0.99)),
  optimizer: discrete(['sgd', 'adam', null]),
  layers: integer(1, 4),
  units: when('layers', (n) => n >= 2, multi(integer(8, 512, { log: true }), 2)),
  nesterov: when('optimizer', ['sgd', null], when('layers', [1, 2], discrete([true, false]))),
  head: when(
    'optimizer',
    ['sgd', 'adam'],
    choice({
      linear: {},
      mlp: { width: integer(8, 64), act: discrete(['a', '']), slope: when('act', '', uniform(0, 1)) },
    }),
  ),
};
const space = new SearchSpace(definition);
const sgd = {
  momentum: 0.5,
  optimizer: 'sgd',
  layers: 1,
  nesterov: true,
  head: { kind: 'mlp', width: 9, act: '', slope: 0.25 },
} as const;
const adam: ParamsOf<typeof definition> = { optimizer: 'adam', layers: 2, units: [9, 10], head: { kind: 'linear' } };

describe('a space with conditions', () => {
  it('has a column for whatever may be there', () => {
    expect(space.names).toEqual(Object.keys(definition));
    const head = ['head', 'head.width', 'head.act', 'head.slope'];
    expect(space.columns).toEqual(['momentum', 'optimizer', 'layers', 'units_1', 'units_2', 'nesterov', ...head]);
    expect([...space.levels.slice(6)]).toEqual([2, 57, 2, 32768]);
  });

  it('says what each coordinate depends on', () => {
    const [momentum, optimizer, layers, first, second, nesterov, head, width, act, slope] = space.conditions;
    expect([optimizer, layers]).toEqual([null, null]);
    expect(momentum).toEqual([{ parent: 1, codes: Uint8Array.of(1, 0, 0) }]);
    expect(first).toEqual([{ parent: 2, codes: Uint8Array.of(0, 1, 1, 1) }]);
    expect(second).toBe(first);
    expect(new Set(nesterov)).toEqual(
      new Set([
        { parent: 1, codes: Uint8Array.of(1, 0, 1) },
        { parent: 2, codes: Uint8Array.of(1, 1, 0, 0) },
      ]),
    );
    expect(head).toEqual([{ parent: 1, codes: Uint8Array.of(1, 1, 0) }]);
    expect(width).toEqual([{ parent: 6, codes: Uint8Array.of(0, 0, 1) }]);
    expect(act).toEqual(width);
    // Being where `act` is is one of its conditions; the branch is another.
    expect(slope).toEqual([
      { parent: 6, codes: Uint8Array.of(0, 0, 1) },
      { parent: 8, codes: Uint8Array.of(0, 0, 1) },
    ]);
  });

  it('leaves out what is inactive, of params, codes, places and text', () => {
    const codes = space.encode(adam);
    expect([...codes].map((code) => code === 0)).toEqual([
      true,
      false,
      false,
      false,
      false,
      true,
      false,
      true,
      true,
      true,
    ]);
    expect(space.row(codes).active).toEqual(Uint8Array.of(0, 1, 1, 1, 1, 0, 1, 0, 0, 0));
    expect(space.decode(codes, new Float64Array(10).fill(0.5))).toStrictEqual(adam);
    expect(space.valuesOf(adam)).toEqual([
      undefined,
      'adam',
      2,
      9,
      10,
      undefined,
      'linear',
      undefined,
      undefined,
      undefined,
    ]);
    expect(space.toText(adam)).toEqual(['', 'adam', '2', '9', '10', '', 'linear', '', '', '']);
    expect(space.toText(sgd)).toEqual(['0.5', 'sgd', '1', '', '', 'True', 'mlp', '9', '', '0.25']);
    expect(space.fromText(space.toText(sgd))).toStrictEqual(sgd);
    expect(space.places(adam).map((place) => place < 0)).toEqual([...space.row(codes).active].map((one) => one === 0));
    expect(space.places(adam)[3]).toBe(space.places({ ...adam, units: [9, 9] })[4]);
  });

  it('tells an empty field of null from one that is inactive', () => {
    const params = { optimizer: null, layers: 1, nesterov: false };
    expect(space.toText(params)).toEqual(['', '', '1', '', '', 'False', '', '', '', '']);
    expect(space.fromText(['', '', '1', '', '', 'False', '', '', '', ''])).toStrictEqual(params);
  });

  it('describes itself in plain JSON, without functions', () => {
    const description = space.describe();
    expect(JSON.parse(JSON.stringify(description))).toStrictEqual(description);
    expect(description.units).toEqual({
      kind: 'when',
      conditions: [{ parent: 'layers', ranges: [[2, 4]] }],
      of: { kind: 'multi', sampleCount: 2, of: { kind: 'integer', min: 8, max: 512, log: true } },
    });
    expect(description.nesterov).toMatchObject({
      conditions: [
        { parent: 'optimizer', values: ['sgd', null] },
        { parent: 'layers', ranges: [[1, 2]] },
      ],
    });
    expect(description.head).toMatchObject({
      of: { kind: 'choice', branches: [{ kind: 'linear', parameters: [] }, { kind: 'mlp' }] },
    });
    expect(
      new SearchSpace({ ...definition, units: when('layers', [4, 2, 3], definition.units.parameter) }).describe(),
    ).toEqual(description);
    expect(
      new SearchSpace({ n: integer(1, 9), x: when('n', (n) => n % 3 > 0, uniform(0, 1)) }).describe().x,
    ).toMatchObject({
      conditions: [
        {
          parent: 'n',
          ranges: [
            [1, 2],
            [4, 5],
            [7, 8],
          ],
        },
      ],
    });
  });

  it('takes an undefined value for an absent one', () => {
    const params = { ...adam, momentum: undefined, nesterov: undefined };
    expect(space.encode(params)).toEqual(space.encode(adam));
  });

  it('is flat where its conditions always hold', () => {
    const flat = new SearchSpace({
      a: discrete([1, 2]),
      b: when('a', [1, 2], uniform(0, 1)),
      c: choice({ only: { d: integer(1, 2) } }),
    });
    expect(flat.conditions).toEqual([null, null, null, null]);
    expect(flat.describe().b).toEqual({ kind: 'uniform', min: 0, max: 1, log: false });
    expect([...flat.encode({ a: 1, b: 0, c: { kind: 'only', d: 2 } })]).toEqual([0, 0, 0, 1]);
    expect(() => flat.encode({ a: 1, c: { kind: 'only', d: 2 } })).toThrow(/"b".*undefined/);
  });
});

describe('random spaces with conditions', () => {
  it('give rows, params and text back', () => {
    fc.assert(
      fc.property(spacesWithRows, ({ space, codes, offsets }) => {
        const params = space.decode(codes, offsets);
        expect([...space.encode(params)]).toEqual([...codes]);
        expect([...space.encode(JSON.parse(JSON.stringify(params)))]).toEqual([...codes]);
        expect(space.fromText(space.toText(params))).toStrictEqual(params);
        expect(space.fromValues(space.valuesOf(params))).toStrictEqual(params);
        const inactive = space.valuesOf(params).map((value, i) => value === undefined && space.conditions[i] !== null);
        expect([...space.row(codes).active].map((one) => one === 0)).toEqual(inactive);
        expect(space.toText(params).map((text, i) => inactive[i] && text !== '')).not.toContain(true);
      }),
      { numRuns: 500 },
    );
  });

  it('have places, which give the cells back', () => {
    fc.assert(
      fc.property(spacesWithRows, ({ space, codes, offsets }) => {
        const places = space.placesOf(codes, offsets);
        const back = space.cellsOf(places);
        expect([...back.codes]).toEqual([...codes]);
        space.places(space.decode(codes, offsets)).forEach((place, i) => {
          expect(place === -1).toBe(codes[i] === 0 && space.conditions[i] !== null);
          // Places of values are exact to the cell of the parameter, and beyond that to rounding.
          expect(Math.abs(place - (places[i] as number))).toBeLessThan(1e-6);
        });
        const again = space.decode(back.codes, back.offsets);
        expect([...space.encode(again)]).toEqual([...codes]);
      }),
      { numRuns: 500 },
    );
  });

  it('refuse a row with one coordinate too few or too many', () => {
    fc.assert(
      fc.property(spacesWithRows, fc.nat(), ({ space, codes, offsets }, n) => {
        const conditional = space.conditions.flatMap((conditions, i) => (conditions === null ? [] : [i]));
        fc.pre(conditional.length > 0);
        const wrong = codes.slice();
        const i = conditional[n % conditional.length] as number;
        wrong[i] = wrong[i] === 0 ? 1 : 0;
        expect(() => space.decode(wrong, offsets)).toThrow(
          expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT', message: expect.stringMatching(/active where/) }),
        );
      }),
    );
  });

  it('refuse params with one too few or too many', () => {
    fc.assert(
      fc.property(
        spacesWithRows,
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        ({ space, codes, offsets }, draw) => {
          const other = rowOf(space, [draw]);
          const [params, others] = [codes, other].map((row) => space.decode(row, offsets) as Record<string, unknown>);
          for (const name of space.names) {
            const there = Object.hasOwn(params as object, name);
            if (there === Object.hasOwn(others as object, name)) continue;
            const { [name]: value, ...rest } = { ...params, ...others };
            const wrong = there ? { ...params, [name]: undefined } : { ...params, [name]: value };
            expect(rest).not.toHaveProperty(name);
            expect(() => space.encode(wrong)).toThrow(
              expect.objectContaining({
                code: 'ERR_INVALID_VALUE',
                message: expect.stringContaining(JSON.stringify(name)),
              }),
            );
          }
        },
      ),
    );
  });
});

describe('params that are not of a space with conditions', () => {
  const { momentum: _, ...withoutMomentum } = sgd;
  it.each([
    [{ ...adam, momentum: 0.5 }, /a value of "momentum", which is there only where "optimizer" is "sgd"; leave it out/],
    [withoutMomentum, /no value of "momentum", which is there where "optimizer" is "sgd"; add it/],
    [{ ...sgd, layers: 3 }, /no value of "units", which is there where "layers" is from 2 to 4/],
    [
      { ...adam, nesterov: true },
      /"nesterov".*"optimizer" is "sgd" or null and "layers" is from 1 to 2|"nesterov".*there only where/,
    ],
    [{ ...adam, units: [9] }, /params.units has 1 values; it must have 2/],
    [{ ...adam, head: 'linear' }, /params.head must be an object with a kind, one of "linear", "mlp", not "linear"/],
    [{ ...adam, head: {} }, /params.head.kind is undefined; it must be one of "linear", "mlp"/],
    [{ ...adam, head: { kind: 'cnn' } }, /params.head.kind is "cnn"/],
    [
      { ...adam, head: { kind: 'linear', width: 9 } },
      /params.head has the key "width", which is not in the branch "linear"; its keys are "kind"/,
    ],
    [{ ...sgd, head: { kind: 'mlp', act: 'a' } }, /params.head has no key "width"/],
    [
      { ...sgd, head: { kind: 'mlp', width: 9, act: 'a', slope: 0 } },
      /a value of "head.slope", which is there only where "head" is "mlp" and "head.act" is ""/,
    ],
    [{ ...sgd, head: { ...sgd.head, width: 7 } }, /parameter "head.width": 7 is out of range/],
    [{ ...sgd, optimizer: 'rmsprop' }, /parameter "optimizer": "rmsprop" is not in the list/],
    [{ ...adam, extra: 1 }, /params has the key "extra", which is not in the space/],
  ])('are refused: %j', (wrong, message) => {
    expect(() => space.encode(wrong)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_VALUE' }));
    expect(() => space.encode(wrong)).toThrow(message);
    expect(() => space.toText(wrong as never)).toThrow(message);
    expect(() => space.places(wrong as never)).toThrow(message);
  });

  it('are refused as text', () => {
    const text = space.toText(adam);
    expect(() => space.fromText(['0.5', ...text.slice(1)])).toThrow(
      /parameter "momentum": the text must be empty, not "0.5": it is there only where "optimizer" is "sgd"/,
    );
    expect(() => space.fromText(['', 'sgd', ...text.slice(2)])).toThrow(
      /parameter "momentum": the text "" is not a number/,
    );
  });
});
