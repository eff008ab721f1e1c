/** The addon's histories, fitSurrogate and propose: what they refuse, and what they give. */
import { describe, expect, it } from 'vitest';
import { withAbort } from '../../dist/native/abort.js';
import { addon, type NativeHistoryOptions, type NativeLocalRequest, type NativeRows } from '../../dist/native/addon.js';

const cascade = addon.createCascade(Uint32Array.of(32768, 4, 10), [null, null, null]);

/** Six points of a coordinate of each kind; the value is least where x = 0.5 and the category is the second. */
const options: NativeHistoryOptions = { kinds: Uint8Array.of(0, 1, 0), localFrom: 4, batch: 2 };
const rows: NativeRows = {
  ids: Float64Array.of(0, 1, 2, 3, 4, 5),
  points: Float64Array.of(
    ...[0.1, 0.125, 0.05, 0.4, 0.375, 0.35, 0.5, 0.625, 0.55, 0.6, 0.375, 0.75, 0.8, 0.875, 0.95, 0.95, 0.125, 0.15],
  ),
  values: Float64Array.of(5, 1, 2, 1.5, 4, 6),
};
function historyOf(changed: Partial<NativeRows> = {}) {
  const history = addon.createHistory(options);
  addon.addTrials(history, { ...rows, ...changed });
  return history;
}
const history = historyOf();
const request: NativeLocalRequest = {
  history,
  continuous: Uint8Array.of(1, 0, 0),
  parameters: Float64Array.of(0.3, 1, 0.5, 1e-3),
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
    expect(await addon.fitSurrogate(historyOf({ values }))).toHaveLength(4);
  });

  it('knows the trials before its end alone, or all when there is none of them', async () => {
    const shorter = addon.createHistory(options);
    addon.addTrials(shorter, {
      ids: rows.ids.slice(0, 4),
      points: rows.points.slice(0, 12),
      values: rows.values.slice(0, 4),
    });
    expect(await addon.fitSurrogate(history, 4)).toEqual(await addon.fitSurrogate(shorter));
    expect(await addon.fitSurrogate(history, 4)).not.toEqual(await addon.fitSurrogate(history));
    expect(await addon.fitSurrogate(history, 0)).toEqual(await addon.fitSurrogate(history));
  });
});

describe('a history', () => {
  it('counts its trials, and does not keep the arrays', async () => {
    const expected = await addon.fitSurrogate(history);
    const own = { ids: rows.ids.slice(), points: rows.points.slice(), values: rows.values.slice() };
    const other = addon.createHistory(options);
    expect(addon.addTrials(other, own)).toBe(6);
    own.points.fill(0.5);
    own.values.fill(0);
    expect(await addon.fitSurrogate(other)).toEqual(expected);
  });

  it('gives the same in whatever order, and in how many parts, its trials come', async () => {
    const other = addon.createHistory(options);
    for (const id of [4, 1, 0, 5, 3, 2]) {
      const [points, values] = [rows.points.slice(3 * id, 3 * id + 3), rows.values.slice(id, id + 1)];
      addon.addTrials(other, { ids: numbers(id), points, values });
    }
    expect(await addon.fitSurrogate(other)).toEqual(await addon.fitSurrogate(history));
    expect(await addon.propose(cascade, { ...request, history: other })).toEqual(await addon.propose(cascade, request));
  });

  it('may grow while a job is under way, which knows what there was before', async () => {
    const growing = historyOf();
    const many = { ...request, history: growing, count: 40 };
    const expected = await addon.propose(cascade, { ...many, history });
    const running = addon.propose(cascade, many);
    const points = Float64Array.from({ length: 3000 }, (_, i) => ((i * 48271) % 1000) / 1000);
    addon.addTrials(growing, {
      ids: Float64Array.from({ length: 1000 }, (_, i) => 6 + i),
      points,
      values: new Float64Array(1000),
    });
    expect(await running).toEqual(expected);
    expect(await addon.propose(cascade, many)).not.toEqual(expected);
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

const badOptions: [string, Partial<Record<keyof NativeHistoryOptions, unknown>>, RegExp][] = [
  ['no list of kinds', { kinds: undefined }, /kinds must be a Uint8Array/],
  ['an array of kinds', { kinds: [0, 1, 0] }, /kinds must be a Uint8Array/],
  ['no coordinates', { kinds: new Uint8Array() }, /kinds must be whole numbers up to 2, one a coordinate/],
  ['a kind that is none', { kinds: Uint8Array.of(0, 3, 0) }, /kinds must be whole numbers up to 2/],
  ['a local phase before the beginning', { localFrom: -1 }, /localFrom is -1/],
  ['half a trial', { localFrom: 1.5 }, /localFrom must be a whole number/],
  ['an empty batch', { batch: 0 }, /batch is 0/],
  ['no batch', { batch: undefined }, /batch must be a number/],
];
const badRows: [string, Partial<Record<keyof NativeRows, unknown>>, RegExp][] = [
  ['values in other numbers', { values: new Float32Array(6) }, /values must be a Float64Array/],
  ['an infinite value', { values: numbers(1, 2, 3, 4, 5, Number.POSITIVE_INFINITY) }, /values holds inf/],
  ['a value of minus infinity', { values: numbers(1, 2, 3, 4, 5, Number.NEGATIVE_INFINITY) }, /values holds -inf/],
  ['points in other numbers', { points: new Uint16Array(18) }, /points must be a Float64Array/],
  ['a point that is no number', { points: rows.points.with(4, Number.NaN) }, /points holds nan/],
  ['a point below the cube', { points: rows.points.with(4, -1e-9) }, /points holds -0\.0/],
  ['a point further below', { points: rows.points.with(4, -0.5) }, /points holds -0\.5/],
  ['a point beyond the cube', { points: rows.points.with(4, 1) }, /points holds 1\.0/],
  ['half a point', { points: rows.points.slice(1) }, /points has 17 numbers.*rows of 3/],
  ['a point too few', { points: rows.points.slice(3) }, /must be of the same trials/],
  ['a value too few', { values: rows.values.slice(1) }, /must be of the same trials/],
  ['an id below 0', { ids: rows.ids.with(2, -1) }, /ids holds -1/],
  ['an id that is no number', { ids: rows.ids.with(2, Number.NaN) }, /ids holds nan/],
  ['an id too high', { ids: rows.ids.with(2, 2 ** 26) }, /ids holds 67108864/],
  ['an id twice', { ids: rows.ids.with(2, 1) }, /trial 1 is there already/],
];
const badRequests: [string, Partial<Record<keyof NativeLocalRequest, unknown>>, RegExp][] = [
  ['no history', { history: undefined }, /history must be a handle/],
  ['a cascade for a history', { history: cascade }, /history must be a handle/],
  ['a history without a trial', { history: addon.createHistory(options) }, /one trial at least/],
  [
    'a history of another space',
    { history: addon.createHistory({ ...options, kinds: Uint8Array.of(0, 0) }) },
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
  it.each(badOptions)('createHistory: %s', (_, change, message) => {
    const attempt = () => addon.createHistory({ ...options, ...change } as NativeHistoryOptions);
    expect(attempt).toThrow(refusal(message));
    expect(attempt).toThrow(TypeError);
  });

  it.each(badRows)('addTrials: %s', (_, change, message) => {
    const attempt = () => addon.addTrials(addon.createHistory(options), { ...rows, ...change } as NativeRows);
    expect(attempt).toThrow(refusal(message));
  });

  it.each(badRequests)('propose: %s', (_, change, message) => {
    const attempt = () => addon.propose(cascade, { ...request, ...change } as NativeLocalRequest);
    expect(attempt).toThrow(refusal(message));
    expect(attempt).toThrow(TypeError);
  });

  it.each([undefined, null, 5, 'x', () => 0])('that is %s', (wrong) => {
    expect(() => addon.createHistory(wrong as never)).toThrow(refusal(/options must be an object/));
    expect(() => addon.addTrials(history, wrong as never)).toThrow(refusal(/rows must be an object/));
    expect(() => addon.addTrials(wrong as never, rows)).toThrow(refusal(/history must be a handle/));
    expect(() => addon.fitSurrogate(wrong as never)).toThrow(refusal(/history must be a handle/));
    expect(() => addon.propose(cascade, wrong as never)).toThrow(refusal(/request must be an object/));
    expect(() => addon.propose(wrong as never, request)).toThrow(refusal(/./));
    if (wrong === undefined) return; // the token may be left out, and so may the end
    if (wrong !== 5) expect(() => addon.fitSurrogate(history, wrong as never)).toThrow(refusal(/end must be/));
    expect(() => addon.fitSurrogate(history, 3, wrong as never)).toThrow(refusal(/./));
    expect(() => addon.propose(cascade, request, wrong as never)).toThrow(refusal(/./));
  });
});

describe('an AbortSignal', () => {
  it('stops both before they begin', async () => {
    const token = addon.createToken();
    addon.cancel(token);
    await expect(addon.fitSurrogate(history, undefined, token)).rejects.toMatchObject({ code: 'ABORT_ERR' });
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
