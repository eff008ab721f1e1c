/** `propose` with `rankedFrom`: all points that the first one is chosen from. */
import { describe, expect, it } from 'vitest';
import { addon, type NativeLocalRequest } from '../../dist/native/addon.js';

const cascade = addon.createCascade(Uint32Array.of(32768, 32768), [null, null], null);
const history = addon.createHistory({ kinds: Uint8Array.of(0, 0), localFrom: 4, batch: 1 });
addon.addTrials(history, {
  ids: Float64Array.of(0, 1, 2, 3),
  points: Float64Array.of(0.1, 0.2, 0.5, 0.6, 0.9, 0.4, 0.3, 0.8),
  values: Float64Array.of(3, 1, 4, 2),
});
const request: NativeLocalRequest = {
  history,
  continuous: Uint8Array.of(1, 1),
  parameters: Float64Array.of(0.3, 0.5, 1e-3),
  pending: new Float64Array(),
  candidates: Float64Array.of(0.2, 0.7, 0.6, 0.1),
  count: 1,
  explore: 0,
  seed: 7n,
  stream: 2,
};

describe('propose with rankedFrom', () => {
  it.each([0, 1])('begins with the point that would be proposed, of %i explored', async (explore) => {
    const proposed = await addon.propose(cascade, { ...request, explore });
    const ranked = await addon.propose(cascade, { ...request, explore, rankedFrom: 0 });
    expect(ranked.slice(0, 2)).toEqual(proposed);
    expect(ranked.length).toBeGreaterThan(explore === 0 ? 400 : 4);
    expect(ranked.every((place) => place >= 0 && place < 1)).toBe(true);
  });

  it('has other points from other random numbers', async () => {
    const first = new Set(await addon.propose(cascade, { ...request, rankedFrom: 2 ** 47 }));
    const second = await addon.propose(cascade, { ...request, rankedFrom: 2 ** 47 + 2 ** 28 });
    const common = [...second].filter((place) => first.has(place)).length;
    expect(common).toBeLessThan(second.length / 2); // coordinates of the best trial, which were not moved
  });

  it.each([-1, 0.5, 2 ** 53 + 2, Number.NaN, '1', null])('refuses %s', (rankedFrom) => {
    expect(() => addon.propose(cascade, { ...request, rankedFrom: rankedFrom as number })).toThrow(/rankedFrom/);
  });
});
