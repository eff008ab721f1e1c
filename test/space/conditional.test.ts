/** Conditional parameters, `when` and `choice`, in a search space. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  choice,
  discrete,
  integer,
  multi,
  normal,
  type ParamsOf,
  SearchSpace,
  type SpaceEntry,
  uniform,
  when,
} from '../../lib/space/index.js';
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

describe('a definition with conditions that cannot be met', () => {
  const a = discrete(['x', 'y']);
  const u = uniform(0, 1);
  const nested = (depth: number) => {
    let inner: SpaceEntry = choice({ a: {}, b: {} });
    for (let i = 1; i < depth; i++) inner = choice({ a: { inner }, b: {} });
    return { inner };
  };

  it('may be very deep', () => {
    expect(new SearchSpace(nested(100)).dimensions).toBe(100);
    const names = Array.from({ length: 12_000 }, (_, i) => `x${i}`);
    const chain = Object.fromEntries(
      names
        .slice(1)
        .map((name, i) => [name, when(`x${i}`, 'x', a)])
        .reverse(),
    );
    const space = new SearchSpace({ ...chain, x0: a });
    expect(space.dimensions).toBe(12_000);
    const params = Object.fromEntries(names.map((name) => [name, 'x']));
    expect(space.decode(space.encode(params), new Float64Array(12_000))).toEqual(params);
    expect(() => new SearchSpace({ ...chain, x0: when('x11999', 'x', a) })).toThrow(/conditions cannot go in a circle/);
  });

  it.each<[Record<string, unknown>, RegExp]>([
    [{ a, b: when('c', 'x', u) }, /"b" depends on "c": there is no parameter of that name; there are "a", "b"/],
    [{ a, b: when('a', 'z', u) }, /"b" depends on "a": "z" is not in the list; allowed is one of "x", "y"/],
    [{ a: integer(1, 3), b: when('a', [1, 4], u) }, /"b" depends on "a": 4 is out of range/],
    [{ a: integer(1, 3), b: when('a', (n) => n > 3, u) }, /"b" depends on "a": its function holds for no value/],
    [
      { a: integer(1, 3), b: when('a', () => undefined as never, u) },
      /"b" depends on "a": its function returned undefined for the value 1/,
    ],
    [
      { a, b: when('a', (v) => v.missing.key, u) },
      /"b" depends on "a": its function threw for the value "x": TypeError/,
    ],
    [{ a: u, b: when('a', 0.5, u) }, /"b" depends on "a": that is a uniform parameter/],
    [{ a: normal(0, 1), b: when('a', 0.5, u) }, /that is a normal parameter/],
    [{ a: multi(a, 2), b: when('a', 'x', u) }, /"b" depends on "a": that is a multi/],
    [{ a: integer(0, 40_000), b: when('a', 5, u) }, /"b" depends on "a": some values of that share a code/],
    [{ a: integer(1, 1e6, { log: true }), b: when('a', 5, u) }, /some values of that share a code/],
    [{ c: a, a: when('c', 'x', integer(1, 32_768)), b: when('a', 5, u) }, /some values of that share a code/],
    [{ a: when('a', 'x', a), b: a }, /"a" depends on "a": conditions cannot go in a circle/],
    [
      { a: when('b', 'x', a), b: when('c', 'x', a), c: when('a', 'x', a) },
      /"a" depends on "b" depends on "c" depends on "a"/,
    ],
    [{ a, b: when('a', 'x', when('a', 'y', u)) }, /"b" can never be there: .*"a"/],
    [{ a, b: when('a', 'x', a), c: when('b', 'x', when('a', 'y', u)) }, /"c" can never be there: .*"a"/],
    [{ a: choice({ x: { p: when('a', 'y', u) }, y: {} }) }, /"a.p" can never be there/],
    [
      { a: choice({ x: { p: when('q', 1, u), q: multi(integer(1, 2), 2) } }), q: integer(1, 2) },
      /"a.p" depends on "q": that is a multi/,
    ],
    [{ 'a.p': u, a: choice({ x: { p: u } }) }, /both have a column "a.p"/],
    [
      { a: choice({ x: {}, y: {} }), b: when('a', 'x', a), c: when('b', 'x', a), d: when('c', 'x', when('a', 'y', u)) },
      /"d" can never be there: .*"a"/,
    ],
    [nested(101), /inside of 100 others; at most 100 can be/],
    [nested(2000), /inside of 100 others; at most 100 can be/],
  ])('is refused: %#', (wrong, message) => {
    const construct = () => new SearchSpace(wrong as never);
    expect(construct).toThrow(expect.objectContaining({ code: 'ERR_INVALID_SPACE' }));
    expect(construct).toThrow(message);
  });

  it.each<[() => unknown, RegExp]>([
    [() => when(1 as never, 'x', u), /give the name of the parent first/],
    [() => when('a', [], u), /the list of values is empty/],
    [() => when('a', undefined as never, u), /must be a value of the parent.*not undefined/],
    [() => when('a', ['x', {}] as never, u), /must be a value of the parent.*not {}/],
    [() => when('a', 'x', 5 as never), /must be a parameter, not 5/],
    [() => choice([] as never), /give the branches as one object/],
    [() => choice({}), /at least one branch/],
    [() => choice({ a: u as never }), /the branch "a" must be an object of parameters/],
    [() => choice({ a: { kind: u } }), /is called "kind"/],
    [() => choice({ a: { x: 5 as never } }), /"x" of the branch "a" is 5, not a parameter/],
    [() => choice({ a: { '': u } }), /cannot be called ""/],
    [() => choice({ '': {} }), /cannot be called ""/],
    [() => multi(choice({ a: {} }) as never, 2), /the first argument must be a parameter/],
    [() => multi(when('a', 'x', u) as never, 2), /the first argument must be a parameter/],
  ])('is refused when it is made: %#', (make, message) => {
    expect(make).toThrow(expect.objectContaining({ code: 'ERR_INVALID_PARAMETER' }));
    expect(make).toThrow(message);
  });
});

describe('names', () => {
  const u = uniform(0, 1);

  it('are looked for in the branch first, then around it', () => {
    const scoped = new SearchSpace({
      mode: discrete(['a', 'b']),
      net: choice({
        plain: { inner: when('mode', 'a', u) },
        own: { mode: integer(1, 2), inner: when('mode', 2, u), deep: choice({ d: { x: when('mode', 1, u) }, e: {} }) },
      }),
    });
    expect(scoped.columns).toEqual([
      'mode',
      'net',
      'net.plain.inner',
      'net.mode',
      'net.own.inner',
      'net.deep',
      'net.deep.x',
    ]);
    expect(scoped.encode({ mode: 'b', net: { kind: 'plain' } })[2]).toBe(0);
    expect(scoped.encode({ mode: 'b', net: { kind: 'own', mode: 2, inner: 0.5, deep: { kind: 'd' } } })[2]).toBe(0);
    expect(() => scoped.encode({ mode: 'a', net: { kind: 'own', mode: 2, deep: { kind: 'e' } } })).toThrow(
      /"net.own.inner"/,
    );
  });

  it('ask a function once for each value of its parent', () => {
    const asked: number[] = [];
    const made = new SearchSpace({
      n: integer(1, 5),
      x: when('n', (n) => asked.push(n) > 2, multi(u, 3)),
    });
    expect(asked).toEqual([1, 2, 3, 4, 5]);
    made.decode(made.encode({ n: 1 }), new Float64Array(4));
    made.describe();
    expect(asked).toHaveLength(5);
  });
});
