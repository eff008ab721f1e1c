/** Definitions of spaces with conditions: what is refused, and what names in them mean. */
import { describe, expect, it } from 'vitest';
import {
  choice,
  discrete,
  integer,
  multi,
  normal,
  SearchSpace,
  type SpaceEntry,
  uniform,
  when,
} from '../../lib/space/index.js';

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
