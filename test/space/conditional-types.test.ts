/** What the compiler knows of spaces with conditions. */
import {
  choice,
  defineStudy,
  discrete,
  integer,
  multi,
  type ParamsOf,
  SearchSpace,
  SHAC,
  type SpaceEntry,
  uniform,
  when,
} from 'shac';
import { describe, expect, expectTypeOf, it } from 'vitest';

const options = { totalBudget: 20, numBatches: 1, objective: 'min' } as const;
const optimizer = discrete(['sgd', 'adam']);
const u = uniform(0, 1);

describe('the type of params', () => {
  it('lets what is conditional be missing', () => {
    const space = {
      optimizer,
      momentum: when('optimizer', 'sgd', u),
      layers: integer(1, 4),
      units: when('layers', (n) => n >= 2, multi(integer(8, 512), 2)),
      both: when('optimizer', 'adam', when('layers', [1, 2], discrete([true, null]))),
    };
    expectTypeOf<ParamsOf<typeof space>>().toEqualTypeOf<{
      optimizer: 'sgd' | 'adam';
      momentum?: number;
      layers: number;
      units?: number[];
      both?: true | null;
    }>();
    const search = new SHAC(space, options);
    expectTypeOf(search.fit).parameter(0).extract<(...args: never) => unknown>().parameter(0).toHaveProperty('layers');
    void (({ layers, units = [] }: ParamsOf<typeof space>) => layers * units.length);
  });

  it('is one of its branches for a choice', () => {
    const space = {
      head: choice({
        linear: {},
        mlp: { width: integer(8, 64), act: discrete(['a', 'b']), slope: when('act', 'b', u) },
      }),
      tail: when('head', 'linear', choice({ a: { x: u }, b: { x: multi(u, 2), deep: choice({ c: {} }) } })),
    };
    type Params = ParamsOf<typeof space>;
    expectTypeOf<Params['head']>().toEqualTypeOf<
      { kind: 'linear' } | { kind: 'mlp'; width: number; act: 'a' | 'b'; slope?: number }
    >();
    expectTypeOf<Params['tail']>().toEqualTypeOf<
      { kind: 'a'; x: number } | { kind: 'b'; x: number[]; deep: { kind: 'c' } } | undefined
    >();
    const width = (p: Params) => (p.head.kind === 'mlp' ? p.head.width : 0);
    expect(width({ head: { kind: 'mlp', width: 9, act: 'a' } })).toBe(9);
    // @ts-expect-error a branch has its own params alone
    void ((p: Params) => p.head.width);
  });

  it('reaches the objective of a study', () => {
    defineStudy({
      ...options,
      space: { optimizer, momentum: when('optimizer', 'sgd', u), head: choice({ a: {}, b: { w: integer(1, 2) } }) },
      evaluate: ({ momentum, head }) => {
        expectTypeOf(momentum).toEqualTypeOf<number | undefined>();
        if (head.kind === 'b') expectTypeOf(head.w).toEqualTypeOf<number>();
        return momentum ?? 0;
      },
    });
  });
});

describe('a definition', () => {
  it('compiles only with parents that there are', () => {
    const space = { optimizer, momentum: when('optimiser', 'sgd', u) };
    // @ts-expect-error there is no parameter optimiser
    expect(() => new SearchSpace(space)).toThrow(/optimiser/);
    // @ts-expect-error there is no parameter optimiser
    expect(() => new SHAC(space, options)).toThrow(/optimiser/);
    // @ts-expect-error there is no parameter optimiser
    expect(() => defineStudy({ ...options, space, evaluate: () => 0 })).toThrow(/optimiser/);
    // @ts-expect-error a multi has no single value
    expect(() => new SearchSpace({ m: multi(optimizer, 2), x: when('m', 'sgd', u) })).toThrow(/"m"/);
    // @ts-expect-error the outer condition is checked too
    expect(() => new SearchSpace({ a: optimizer, x: when('b', 1, when('a', 'sgd', u)) })).toThrow(/"b"/);
    // @ts-expect-error and the inner one
    expect(() => new SearchSpace({ a: optimizer, x: when('a', 'sgd', when('b', 1, u)) })).toThrow(/"b"/);
  });

  it('is not checked by the compiler for parents that are numbers, but no integers', () => {
    expect(() => new SearchSpace({ a: u, b: when('a', 0.5, u) })).toThrow(/that is a uniform parameter/);
  });

  it('compiles only with values that the parent has', () => {
    // @ts-expect-error there is no such value
    expect(() => new SearchSpace({ optimizer, x: when('optimizer', 'sdg', u) })).toThrow(/sdg/);
    // @ts-expect-error there is one such value, and one that is none
    expect(() => new SearchSpace({ optimizer, x: when('optimizer', ['sgd', 'sdg'], u) })).toThrow(/sdg/);
    // @ts-expect-error an integer is a number
    expect(() => new SearchSpace({ n: integer(1, 2), x: when('n', '1', u) })).toThrow(/"1"/);
    // @ts-expect-error there is no such branch
    expect(() => new SearchSpace({ head: choice({ a: {}, b: {} }), x: when('head', 'c', u) })).toThrow(/"c"/);
    // @ts-expect-error the parent's values are strings
    expect(() => new SearchSpace({ optimizer, x: when('optimizer', (n: number) => n > 1, u) })).toThrow(/holds for no/);
    new SearchSpace({ optimizer, x: when('optimizer', (name: string) => name === 'sgd', u) });
    new SearchSpace({ head: choice({ a: {}, b: {} }), x: when('head', ['a'], u) });
  });

  it('is checked inside branches, with the names of the branch before those around it', () => {
    new SearchSpace({
      optimizer,
      head: choice({
        a: { optimizer: integer(1, 2), x: when('optimizer', 2, u) },
        b: { x: when('optimizer', 'sgd', u) },
      }),
    });
    const wrong = choice({ a: { optimizer: integer(1, 2), x: when('optimizer', 'sgd', u) } });
    // @ts-expect-error in the branch it is an integer
    expect(() => new SearchSpace({ optimizer, head: wrong })).toThrow(/sgd/);
    // @ts-expect-error it is in another branch
    expect(() => new SearchSpace({ head: choice({ a: { y: optimizer }, b: { x: when('y', 'sgd', u) } }) })).toThrow(
      /"y"/,
    );
  });

  it('may have names that the compiler does not know', () => {
    const layers = () => Object.fromEntries([1, 2].map((k) => [`w${k}`, integer(1, 64)]));
    const space = Object.assign(layers(), {
      z: when('w1', 1, u),
      head: choice({ a: { x: when('w2', [1, 2], u) }, b: {} }),
    });
    expect(new SearchSpace(space).names).toEqual(['w1', 'w2', 'z', 'head']);
    expectTypeOf<ParamsOf<typeof space>['z']>().toEqualTypeOf<number | undefined>();
    expectTypeOf<ParamsOf<typeof space>['head']>().toEqualTypeOf<{ kind: 'a'; x?: number } | { kind: 'b' }>();
    new SHAC(space, options);
    defineStudy({ ...options, space, evaluate: ({ head }) => (head.kind === 'a' ? (head.x ?? 0) : 1) });
    new SearchSpace({ head: choice({ a: Object.assign(layers(), { x: when('w2', 3, u) }) }) });
    const mixed: Record<string, SpaceEntry> = { act: discrete(['r', 'l']), many: multi(u, 2) };
    new SearchSpace(Object.assign(mixed, { slope: when('act', 'l', u) }));
    // What is not there is noticed at run time.
    expect(() => new SearchSpace(Object.assign(layers(), { z: when('w3', 1, u) }))).toThrow(/"w3"/);
    // TypeScript forgets what a loop made where it is spread beside other names.
    // @ts-expect-error so it knows no w1 here
    new SearchSpace({ ...layers(), z: when('w1', 1, u) });
    const spread = { ...layers(), z: when('w1' as string, 1, u) };
    expectTypeOf<ParamsOf<typeof spread>>().toEqualTypeOf<{ z?: number }>();
    new SHAC(spread, options);
    const literal = { w1: integer(1, 64), z: when('w2', 1, u) };
    // @ts-expect-error all names are known here
    expect(() => new SearchSpace(literal)).toThrow(/"w2"/);
  });

  it('may be of a type that says less', () => {
    const space: Record<string, typeof u> = { x: u };
    expect(new SearchSpace(space).names).toEqual(['x']);
  });
});
