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

const flag = () => discrete([false, true]);
const names = (count: number) => Array.from({ length: count }, (_, i) => `f${i}`);

/** Choices in each other. */
function nested(depth: number): SpaceDefinition {
  let inner = choice({ stop: {}, go: {} });
  for (let i = 1; i < depth; i++) inner = choice({ stop: {}, go: { inner } }) as unknown as typeof inner;
  return { inner };
}

/** Each is there where the one before is true. */
function chained(length: number): SpaceDefinition {
  return Object.fromEntries(
    names(length).map((name, i) => [name, i === 0 ? flag() : when(`f${i - 1}`, true, flag())]),
  ) as SpaceDefinition;
}

/** One that has two values where all of the others are true. */
function ofAll(count: number): SpaceDefinition {
  const last = names(count).reduce<unknown>((of, name) => when(name, true, of as never), flag());
  return { last, ...Object.fromEntries(names(count).map((name) => [name, flag()])) } as SpaceDefinition;
}

/** Of many, each with one that depends on it. */
function pairs(count: number): SpaceDefinition {
  const all = names(count).flatMap((name) => [
    [name, flag()] as const,
    [`${name}x`, when(name, true, flag())] as const,
  ]);
  return Object.fromEntries(all) as SpaceDefinition;
}

/** Branches with so many parameters each. */
function wide(branches: number, parameters: number): Record<string, SpaceDefinition> {
  const branch = () => Object.fromEntries(names(parameters).map((name) => [name, integer(1, 3)]));
  return Object.fromEntries(names(branches).map((name) => [name, branch()]));
}

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
    [14, nested(13)],
    [14, chained(13)],
    [51, chained(50)],
    [2 ** 6 + 1, ofAll(6)],
    [2 ** 30 + 1, ofAll(30)],
    [3 ** 30, pairs(30)],
    [60 * 3 ** 20, { of: choice(wide(60, 20)) }],
    [(1 + 4 + 4 * 3) * 1e9, { ...conditional, n: integer(1, 1e9) }],
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

  it('are counted as they are listed, however they depend on each other', () => {
    const kinds = fc.array(
      fc.record({
        values: fc.integer({ min: 1, max: 3 }),
        parents: fc.uniqueArray(fc.nat(7), { maxLength: 3 }),
        least: fc.integer({ min: 1, max: 3 }),
        inBranch: fc.boolean(),
      }),
      { minLength: 1, maxLength: 5 },
    );
    fc.assert(
      fc.property(kinds, (all) => {
        const definition: Record<string, unknown> = {};
        for (const [i, { values, parents, least, inBranch }] of all.entries()) {
          const plain = integer(1, 1 + values);
          const own = inBranch ? choice({ none: {}, some: { n: plain }, ordered: { when: flag(), n: plain } }) : plain;
          const before = parents.filter((parent) => parent < i && !all[parent]?.inBranch);
          const holds = (value: number) => value !== least;
          definition[`p${i}`] = before.reduce<unknown>((of, parent) => when(`p${parent}`, holds, of as never), own);
        }
        const space = new SearchSpace(definition as SpaceDefinition);
        const keys = [...everyPoint(space)].map((params) => {
          space.encode(params);
          return keyOf(space, params);
        });
        expect(pointsOf(space)).toBe(keys.length);
        expect(new Set(keys).size).toBe(keys.length);
      }),
      { seed: 2, numRuns: 40 },
    );
  });

  it('of a continuous space are never listed', () => {
    expect([...everyPoint(new SearchSpace({ x: uniform(0, 1) }))]).toEqual([]);
  });
});
