import fc from 'fast-check';
import {
  choice,
  custom,
  discrete,
  integer,
  multi,
  normal,
  SearchSpace,
  type SpaceDefinition,
  uniform,
  when,
} from 'shac';
import { describe, expect, it } from 'vitest';
import { everyPoint, keyOf, pointsOf } from '../../dist/space/points.js';

const own = custom({ decode: (u) => u, encode: (value: number) => value, name: 'own' });

/** `b` where there is an `a`, and `c` where that is large: 1 + 4 + 4 * 3 points. */
const conditional = {
  c: when('b', (b: number) => b > 4, discrete(['x', 'y', null])),
  a: discrete([true, false]),
  b: when('a', true, integer(1, 8)),
};

describe('the points of a space', () => {
  it.each<[number, SpaceDefinition]>([
    [12, { a: discrete(['x', 'y', null]), b: integer(1, 4) }],
    [1, { a: discrete([1]) }],
    [8 * 30, { a: multi(discrete([true, false]), 3), b: integer(1, 30, { log: true }) }],
    [1e6, { a: integer(1, 1000), b: integer(0, 999) }],
    [2 ** 40, { a: integer(1, 2 ** 40) }],
    [40_000, { a: discrete(Array.from({ length: 40_000 }, (_, i) => i)) }],
    [Number.POSITIVE_INFINITY, { a: uniform(0, 1), b: integer(1, 2) }],
    [Number.POSITIVE_INFINITY, { a: normal(0, 1) }],
    [Number.POSITIVE_INFINITY, { a: own }],
    [Number.POSITIVE_INFINITY, { a: uniform(1, 1 + 2 ** -40) }],
    [6 * 5, { a: uniform(0, 0.5, { step: 0.1 }), b: integer(0, 16, { step: 4 }) }],
    [1 + 4 + 4 * 3, conditional],
    [1 + 3 * 2, { head: choice({ linear: {}, mlp: { width: integer(1, 3), on: discrete([0, 1]) } }) }],
    [Number.POSITIVE_INFINITY, { ...conditional, x: uniform(0, 1) }],
  ])('are %d', (points, definition) => {
    const space = new SearchSpace(definition);
    expect(pointsOf(space)).toBe(points);
    if (points > 1000) return;
    const all = [...everyPoint(space)];
    expect(all).toHaveLength(points);
    expect(new Set(all.map((params) => keyOf(space, params))).size).toBe(points);
    for (const params of all) space.encode(params); // is in the space
  });

  it('are those that can be drawn', () => {
    const space = new SearchSpace({
      a: integer(-2, 3),
      b: discrete(['1', 1, true]),
      c: integer(1, 40, { log: true }),
      d: multi(integer(0, 2), 2),
    });
    const keys = new Set([...everyPoint(space)].map((params) => keyOf(space, params)));
    const row = fc.tuple(
      ...[...space.levels].map((levels) =>
        fc.tuple(fc.nat(levels - 1), fc.double({ min: 0, max: 0.999, noNaN: true })),
      ),
    );
    fc.assert(
      fc.property(row, (cells) => {
        const params = space.decode(
          cells.map(([code]) => code),
          cells.map(([, offset]) => offset),
        );
        expect(keys.has(keyOf(space, params))).toBe(true);
      }),
      { seed: 1 },
    );
  });

  it('of a continuous space are never listed', () => {
    expect([...everyPoint(new SearchSpace({ x: uniform(0, 1) }))]).toEqual([]);
  });
});
