/** The addon's fitSurrogate and propose: what they refuse, and what they give. */
import { describe, expect, it } from 'vitest';
import { withAbort } from '../../dist/native/abort.js';
import { addon, type NativeHistory, type NativeLocalRequest } from '../../dist/native/addon.js';

const cascade = addon.createCascade(Uint32Array.of(32768, 4, 10), [null, null, null]);

/** Six points of a coordinate of each kind; the value is least where x = 0.5 and the category is the second. */
const history: NativeHistory = {
  categorical: Uint8Array.of(0, 1, 0),
  points: Float64Array.of(
    ...[0.1, 0.125, 0.05, 0.4, 0.375, 0.35, 0.5, 0.625, 0.55, 0.6, 0.375, 0.75, 0.8, 0.875, 0.95, 0.95, 0.125, 0.15],
  ),
  values: Float64Array.of(5, 1, 2, 1.5, 4, 6),
};
const request: NativeLocalRequest = {
  ...history,
  continuous: Uint8Array.of(1, 0, 0),
  parameters: Float64Array.of(0.3, 1, 0.5, 1e-3),
  localFrom: 4,
  batch: 2,
  pending: Float64Array.of(0.45, 0.375, 0.45),
  candidates: Float64Array.of(0.2, 0.625, 0.25, 0.7, 0.875, 0.65),
  count: 3,
  explore: 1,
  seed: 7n,
  stream: 2,
};
const numbers = (...values: number[]) => Float64Array.from(values);

describe('fitSurrogate', () => {
  it('gives a length scale a coordinate, and the noise', async () => {
    const parameters = await addon.fitSurrogate(history);
    expect(parameters).toBeInstanceOf(Float64Array);
    expect(parameters).toHaveLength(4);
    expect(parameters.every((value) => value > 0 && Number.isFinite(value))).toBe(true);
    expect(await addon.fitSurrogate(history)).toEqual(parameters);
  });

  it('takes failures', async () => {
    const values = numbers(5, Number.NaN, 2, Number.NaN, 4, 6);
    expect(await addon.fitSurrogate({ ...history, values })).toHaveLength(4);
  });

  it('does not keep the arrays: they may change while it computes', async () => {
    const expected = await addon.fitSurrogate(history);
    const own = { ...history, points: history.points.slice(), values: history.values.slice() };
    const running = addon.fitSurrogate(own);
    own.points.fill(0.5);
    own.values.fill(0);
    expect(await running).toEqual(expected);
  });
});

describe('propose', () => {
  it('gives rows of places, in the middle of cells that are one value', async () => {
    const points = await addon.propose(cascade, request);
    expect(points).toBeInstanceOf(Float64Array);
    expect(points).toHaveLength(9);
    points.forEach((place, i) => {
      expect(place >= 0 && place < 1).toBe(true);
      if (i % 3 > 0) expect([4, 10].some((levels) => (place * levels) % 1 === 0.5)).toBe(true);
    });
    expect(await addon.propose(cascade, request)).toEqual(points);
  });

  it('takes what fitSurrogate gives, and nothing pending or accepted', async () => {
    const parameters = await addon.fitSurrogate(history);
    const none = { pending: numbers(), candidates: numbers(), explore: 0 };
    expect(await addon.propose(cascade, { ...request, ...none, parameters })).toHaveLength(9);
  });
});

const badHistories: [string, Partial<Record<keyof NativeHistory, unknown>>, RegExp][] = [
  ['no list of categories', { categorical: undefined }, /categorical must be a Uint8Array/],
  ['an array of categories', { categorical: [0, 1, 0] }, /categorical must be a Uint8Array/],
  ['no coordinates', { categorical: new Uint8Array(), points: numbers() }, /categorical is empty/],
  ['values in other numbers', { values: new Float32Array(6) }, /values must be a Float64Array/],
  ['an infinite value', { values: numbers(1, 2, 3, 4, 5, Number.POSITIVE_INFINITY) }, /values holds inf/],
  ['a value of minus infinity', { values: numbers(1, 2, 3, 4, 5, Number.NEGATIVE_INFINITY) }, /values holds -inf/],
  ['points in other numbers', { points: new Uint16Array(18) }, /points must be a Float64Array/],
  ['a point that is no number', { points: history.points.with(4, Number.NaN) }, /points holds nan/],
  ['a point below the cube', { points: history.points.with(4, -1e-9) }, /points holds -0\.0/],
  ['a point beyond the cube', { points: history.points.with(4, 1) }, /points holds 1\.0/],
  ['half a point', { points: history.points.slice(1) }, /points has 17 numbers.*rows of 3/],
  ['a point too few', { points: history.points.slice(3) }, /a row for each of the values/],
  ['nothing', { points: numbers(), values: numbers() }, /of which there is one at least/],
];
const badRequests: [string, Partial<Record<keyof NativeLocalRequest, unknown>>, RegExp][] = [
  ...badHistories,
  [
    'a history of another space',
    { categorical: Uint8Array.of(0, 0), points: numbers(...Array(12).fill(0)) },
    /3 coord/,
  ],
  ['no list of continuous coordinates', { continuous: undefined }, /continuous must be a Uint8Array/],
  ['a continuous coordinate too few', { continuous: Uint8Array.of(1, 0) }, /continuous must be of 3 coordinates/],
  ['a parameter too few', { parameters: numbers(1, 1, 1) }, /must be of 3 coordinates/],
  ['a parameter too many', { parameters: numbers(1, 1, 1, 1, 1) }, /must be of 3 coordinates/],
  ['a length scale of 0', { parameters: numbers(1, 0, 1, 1) }, /parameters holds 0/],
  ['a noise below 0', { parameters: numbers(1, 1, 1, -1) }, /parameters holds -1/],
  ['an infinite length scale', { parameters: numbers(Number.POSITIVE_INFINITY, 1, 1, 1) }, /parameters holds inf/],
  ['a parameter that is no number', { parameters: numbers(Number.NaN, 1, 1, 1) }, /parameters holds nan/],
  ['a local phase after the end', { localFrom: 7 }, /localFrom is 7/],
  ['a local phase before the beginning', { localFrom: -1 }, /localFrom is -1/],
  ['half a trial', { localFrom: 1.5 }, /localFrom must be a whole number/],
  ['an empty batch', { batch: 0 }, /batch is 0/],
  ['no batch', { batch: undefined }, /batch must be a number/],
  ['half a pending point', { pending: numbers(0.5) }, /pending has 1 numbers.*rows of 3/],
  ['a pending point beyond the cube', { pending: numbers(0, 0, 2) }, /pending holds 2/],
  ['half a candidate', { candidates: numbers(0.5, 0.5) }, /candidates has 2 numbers.*rows of 3/],
  ['a candidate that is no number', { candidates: numbers(0, 0, Number.NaN) }, /candidates holds nan/],
  ['no points wanted', { count: 0 }, /count is 0/],
  ['endless points wanted', { count: 2 ** 40 }, /count is/],
  ['more explored than wanted', { explore: 4 }, /explore is 4.*to 3/],
  ['a seed that is a number', { seed: 7 }, /seed must be a BigInt/],
  ['a seed below 0', { seed: -1n }, /seed must be a BigInt in/],
  ['a stream too far', { stream: 2 ** 32 }, /stream is 4294967296/],
];
const refusal = (message: RegExp) =>
  expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT', message: expect.stringMatching(message) });

describe('a wrong request is refused before any work', () => {
  it.each(badHistories)('fitSurrogate: %s', (_, change, message) => {
    const attempt = () => addon.fitSurrogate({ ...history, ...change } as NativeHistory);
    expect(attempt).toThrow(refusal(message));
    expect(attempt).toThrow(TypeError);
  });

  it.each(badRequests)('propose: %s', (_, change, message) => {
    const attempt = () => addon.propose(cascade, { ...request, ...change } as NativeLocalRequest);
    expect(attempt).toThrow(refusal(message));
    expect(attempt).toThrow(TypeError);
  });

  it.each([undefined, null, 5, 'x', () => 0])('that is %s', (wrong) => {
    expect(() => addon.fitSurrogate(wrong as never)).toThrow(refusal(/request must be an object/));
    expect(() => addon.propose(cascade, wrong as never)).toThrow(refusal(/request must be an object/));
    expect(() => addon.propose(wrong as never, request)).toThrow(refusal(/./));
    if (wrong === undefined) return; // the token may be left out
    expect(() => addon.fitSurrogate(history, wrong as never)).toThrow(refusal(/./));
    expect(() => addon.propose(cascade, request, wrong as never)).toThrow(refusal(/./));
  });
});

describe('an AbortSignal', () => {
  it('stops both before they begin', async () => {
    const token = addon.createToken();
    addon.cancel(token);
    await expect(addon.fitSurrogate(history, token)).rejects.toMatchObject({ code: 'ABORT_ERR' });
    await expect(addon.propose(cascade, request, token)).rejects.toMatchObject({ code: 'ABORT_ERR' });
  });

  it('stops a proposal of many points', async () => {
    const controller = new AbortController();
    const many = { ...request, count: 2 ** 20, explore: 0 };
    const running = withAbort(controller.signal, (token) => addon.propose(cascade, many, token));
    setTimeout(() => controller.abort(new Error('stopped by the test')), 30);
    await expect(running).rejects.toThrow('stopped by the test');
  });
});
