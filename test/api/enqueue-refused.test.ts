/** What of starting points is refused: before anything is queued, and as a whole. */
import { multi, SHAC, uniform } from 'shac';
import { describe, expect, it } from 'vitest';
import { loss, type Params, study } from '../support/studies.js';

const best: Params = { x: 2, y: 1, layers: 3, act: 'tanh' };

describe('with constraints', () => {
  const plane = { a: uniform(0, 1), b: uniform(0, 1) };
  const make = (constraints: readonly ((params: { a: number; b: number }) => boolean)[]) =>
    new SHAC(plane, { totalBudget: 40, numBatches: 4, seed: 5, objective: 'min', constraints });

  it('what is missing is such that they admit it', async () => {
    const search = make([({ a, b }) => a + b < 1.001]);
    await search.enqueue(Array.from({ length: 10 }, (_, i) => ({ a: i / 10 })));
    const trials = await search.ask(10);
    for (const { params } of trials) expect(params.a + params.b).toBeLessThan(1.001);
    expect(trials.map(({ params }) => params.a)).toEqual(Array.from({ length: 10 }, (_, i) => i / 10));
  });

  it('what they do not admit is refused, and nothing is enqueued', async () => {
    const search = make([({ a, b }) => a < b]);
    for (const params of [{ a: 1, b: 0 }, { a: 1 }]) {
      await expect(search.enqueue([{ a: 0, b: 1 }, params])).rejects.toMatchObject({ code: 'ERR_CONSTRAINT_VIOLATED' });
    }
    expect((await search.ask(1))[0]).not.toHaveProperty('fixedParams');
    const options = { totalBudget: 40, numBatches: 4, constraints: [({ a, b }: { a: number; b: number }) => a < b] };
    expect(() => new SHAC(plane, { ...options, initial: [{ a: 1, b: 0 }] })).toThrow(
      expect.objectContaining({ code: 'ERR_CONSTRAINT_VIOLATED' }),
    );
  });
});

describe('what cannot be enqueued is refused as a whole', () => {
  const any = (value: unknown) => value as never;

  it.each([
    [[best, { x: 99 }], RangeError, 'ERR_INVALID_VALUE', /params\[1\]: parameter "x": 99 is out of range/],
    [{ x: '1' }, TypeError, 'ERR_INVALID_VALUE', /parameter "x": "1" is not a number/],
    [{ act: 'gelu' }, RangeError, 'ERR_INVALID_VALUE', /parameter "act": "gelu" is not in the list/],
    [{ z: 1 }, TypeError, 'ERR_INVALID_VALUE', /the key "z", which is not in the space; its keys are "x", "y"/],
    [[best, 5], TypeError, 'ERR_INVALID_VALUE', /params\[1\]: params must be an object.* not 5/],
    [null, TypeError, 'ERR_INVALID_VALUE', /must be an object.* not null/],
    [new Array(1), TypeError, 'ERR_INVALID_VALUE', /params\[0\].* not undefined/],
  ])('%j', async (params, kind, code, message) => {
    const search = study();
    const error = await search.enqueue(any(params)).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(kind);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    const [first] = await search.ask(1);
    expect(first).not.toHaveProperty('fixedParams');
  });

  it('an array of another length for a multi', async () => {
    const search = new SHAC({ w: multi(uniform(0, 1), 3) }, { totalBudget: 10, numBatches: 2 });
    await expect(search.enqueue({ w: [0, 1] })).rejects.toThrow(/params\.w has 2 values; it must have 3/);
    await expect(search.enqueue({ w: [0, 1, 2] })).rejects.toThrow(/"w_3": 2 is out of range/);
  });

  it('more than the budget has room for, which the message tells', async () => {
    const search = study({ totalBudget: 10, numBatches: 2 });
    await search.ask(3);
    await search.enqueue([best, best]);
    await expect(search.enqueue(Array.from({ length: 6 }, () => best))).rejects.toMatchObject({
      code: 'ERR_INVALID_BUDGET',
      message: expect.stringMatching(/^6 params .* room for 5;/),
    });
    expect(await search.enqueue(Array.from({ length: 5 }, () => best))).toBe(5);
    await search.fit(loss);
    await expect(search.enqueue(best)).rejects.toMatchObject({ message: expect.stringMatching(/room for 0/) });
  });

  it('with an option that there is none of', async () => {
    await expect(study().enqueue(best, any({ skip: true }))).rejects.toMatchObject({ code: 'ERR_UNKNOWN_OPTION' });
  });
});
