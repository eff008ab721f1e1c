/** Rules of params: what is asked, what they may answer, and what is said of those that do not. */
import { custom, defineStudy, discrete, multi, SHAC, TorchSHAC, uniform } from 'shac';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { type Constraint, Constraints } from '../../dist/study/constraints.js';

const space = { a: uniform(0, 1), b: uniform(0, 1), act: discrete(['relu', 'tanh']), w: multi(uniform(0, 1), 2) };
const options = { totalBudget: 20, numBatches: 2, objective: 'min', seed: 1 } as const;
const search = (...constraints: ((params: never) => unknown)[]) =>
  new SHAC(space, { ...options, constraints: constraints as (() => boolean)[] });
const evaluate = async (...constraints: ((params: never) => unknown)[]) => {
  let evaluated = 0;
  const error = await search(...constraints)
    .fit(() => evaluated++)
    .catch((reason) => reason);
  return { error, evaluated };
};

describe('constraints of a study', () => {
  const ordered = ({ a, b }: { a: number; b: number }) => a <= b;
  const rules = new Constraints([ordered, ({ b }: { b: number }) => b < 9]);

  it('admit what all of them admit', () => {
    expect(rules.size).toBe(2);
    expect([rules.admits({ a: 0.1, b: 0.2 }), rules.admits({ a: 0.3, b: 0.2 }), rules.admits({ a: 0, b: 10 })]).toEqual(
      [true, false, false],
    );
    expect(new Constraints([]).admits({})).toBe(true);
  });

  it('say which of them refuses what', () => {
    rules.require({ a: 0.1, b: 0.2 });
    expect(() => rules.require({ a: 0.3, b: 0.2 })).toThrow(
      expect.objectContaining({
        name: 'ShacRangeError',
        code: 'ERR_CONSTRAINT_VIOLATED',
        message: expect.stringMatching(
          /^the params \{ a: 0\.3, b: 0\.2 \} violate constraints\[0\] \(ordered\): change/,
        ),
      }),
    );
    expect(() => rules.require({ a: 0, b: 10 })).toThrow('violate constraints[1] (({ b }) => b < 9)');
  });

  it('leave the params that they are asked of as they are', () => {
    const params = { a: 1, nested: { list: [1, 2] } };
    new Constraints([() => true]).require(params);
    new Constraints([() => true]).admits(params);
    expect([Object.isFrozen(params), Object.isFrozen(params.nested)]).toEqual([false, false]);
  });
});

describe('what they answer', () => {
  it('is asked of every coordinate, before any evaluation', async () => {
    const seen: unknown[] = [];
    const { error, evaluated } = await evaluate((params) => {
      seen.push(params);
      throw new TypeError('no unit');
    });
    expect(evaluated).toBe(0);
    expect(Object.keys(seen[0] as object)).toEqual(['a', 'b', 'act', 'w']);
    expect(error).toMatchObject({ name: 'ShacError', code: 'ERR_CONSTRAINT_FAILED' });
    expect(error.cause).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(
      /^constraints\[0\] \(.*\) threw TypeError: no unit, for the params \{ a: 0\.\d+, b: .*w: \[/,
    );
  });

  it.each([
    ['nothing', () => undefined, 'undefined'],
    ['a number', () => 1, '1'],
    ['text', () => 'false', '"false"'],
    ['a promise', async () => true, 'a promise'],
    ['a promise that fails', () => Promise.reject(new Error('late')), 'a promise'],
  ])('is a typed error when it is %s', async (_, answer, shown) => {
    const named = Object.defineProperty(answer, 'name', { value: 'fits' });
    const { error, evaluated } = await evaluate(() => true, named);
    expect(evaluated).toBe(0);
    expect(error).toMatchObject({ name: 'ShacTypeError', code: 'ERR_CONSTRAINT_FAILED' });
    expect(error.message).toMatch(/^constraints\[1\] \(fits\) returned /);
    expect(error.message).toContain(`returned ${shown}, for the params { a: `);
  });

  it('cannot alter what is evaluated', async () => {
    const kept = { value: 1 };
    const shared = { c: custom({ decode: () => kept, encode: () => 0.5, name: 'kept' }) };
    const altering = (change: (params: { c: { value: number } }) => void) => {
      const constraint = (params: { c: { value: number } }) => {
        change(params);
        return true;
      };
      return new SHAC(shared, { ...options, constraints: [constraint] }).predict(3);
    };
    for (const change of [
      (params: { c: { value: number } }) => Object.assign(params.c, { value: 2 }),
      (params: { c: { value: number } }) => Object.assign(params, { c: { value: 2 } }),
    ]) {
      await expect(altering(change)).rejects.toMatchObject({ code: 'ERR_CONSTRAINT_FAILED' });
    }
    expect(kept).toEqual({ value: 1 });
    expect(Object.isFrozen(kept)).toBe(false);
  });

  it('may change what they know meanwhile: they are functions of yours', async () => {
    let least = 0.9;
    const shac = new SHAC(space, { ...options, constraints: [({ a }) => a > least] });
    const before = await shac.predict(20);
    least = 0;
    const after = await shac.predict(20);
    expect(before.every(({ a }) => a > 0.9)).toBe(true);
    expect(after.some(({ a }) => a < 0.9)).toBe(true);
  });
});

it.each([
  [() => true, 'constraints must be a list of functions, as in [({ a, b }) => a <= b], got a function'],
  [{}, 'constraints must be a list of functions'],
  [[() => true, 'a < b'], 'constraints[1] must be a function of the params that returns true or false, got "a < b"'],
])('refuses %s in their place', (constraints, message) => {
  expect(() => new SHAC(space, { ...options, constraints: constraints as never })).toThrow(
    expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT', message: expect.stringContaining(message) }),
  );
  expect(() => defineStudy({ ...options, space, constraints: constraints as never, evaluate: () => 0 })).toThrow(
    message,
  );
});

it('are typed by the space', () => {
  type Params = { a: number; b: number; act: 'relu' | 'tanh'; w: number[] };
  const typed = {
    ...options,
    constraints: [(params: Params) => params.a < 1],
  };
  new SHAC(space, typed);
  new SHAC(space, {
    ...options,
    constraints: [
      (params) => {
        expectTypeOf(params).toEqualTypeOf<Params>();
        return true;
      },
      ({ act }) => act === 'relu',
    ],
  });
  const study = defineStudy({
    ...options,
    space: { a: uniform(0, 1), act: discrete(['relu', 'tanh']) },
    constraints: [
      (params) => {
        expectTypeOf(params).toEqualTypeOf<{ a: number; act: 'relu' | 'tanh' }>();
        return params.a < 1;
      },
    ],
    evaluate: ({ a }) => a,
  });
  expectTypeOf(study.options.constraints).toEqualTypeOf<
    readonly Constraint<{ a: number; act: 'relu' | 'tanh' }>[] | undefined
  >();
  new SHAC(study.space, study.options);
  new TorchSHAC(space, { ...options, constraints: [({ w }) => w.length === 2] });
  // @ts-expect-error: there is no c
  new SHAC(space, { ...options, constraints: [({ c }) => c > 1] });
  // @ts-expect-error: it returns a number
  new SHAC(space, { ...options, constraints: [({ a }) => a] });
  // @ts-expect-error: a is a number
  new SHAC(space, { ...options, constraints: [({ a }: { a: string }) => a === ''] });
});
