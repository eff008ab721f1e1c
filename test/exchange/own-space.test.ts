import { expect, it } from 'vitest';
import { OwnSpace } from '../../dist/exchange/own-space.js';

const spaceOf = (sampleCount: unknown) => {
  const uniform = { kind: 'uniform', low: 0, high: 1, log: false };
  const shac = { space: { m: { kind: 'multi', sampleCount, of: uniform } } };
  return new OwnSpace({ userAttributes: { shac } } as never);
};

it('a space that is read from a file knows the elements of a multi', () => {
  expect(spaceOf(3).multi.get('m_2')).toEqual({ name: 'm', columns: ['m_1', 'm_2', 'm_3'] });
});

it.each([4e9, 1_000_001, 0, -1, 2.5, '3', null])('and makes none of a count of %s', (sampleCount) => {
  expect(spaceOf(sampleCount).multi.size).toBe(0);
});
