import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { labelByMedian, median } from '../../dist/training/labels.js';

const value = fc.double({ noNaN: true, noDefaultInfinity: true });
const few = fc.integer({ min: -3, max: 3 });
const values = fc.array(fc.option(fc.oneof(value, few), { freq: 4 }), { maxLength: 40 });
const direction = fc.constantFrom('max' as const, 'min' as const);

const better = (one: number, other: number, toward: 'max' | 'min') => (toward === 'max' ? one > other : one < other);

describe('labels', () => {
  it('are 1 for what is strictly better than the median, 0 for ties and failures', () => {
    fc.assert(
      fc.property(values, direction, (list, toward) => {
        const finished = list.filter((item) => item !== null);
        const { labels, positives } = labelByMedian(list, toward);
        const middle = median(finished) as number;
        list.forEach((item, i) => {
          expect(labels[i]).toBe(item !== null && better(item, middle, toward) ? 1 : 0);
        });
        expect(positives).toBe(labels.filter((label) => label === 1).length);
        expect(positives).toBeLessThanOrEqual(finished.length / 2);
      }),
      { seed: 3, numRuns: 500 },
    );
  });

  it('split distinct values in half, for odd counts with the median below', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer(), { minLength: 1, maxLength: 50 }), direction, (list, toward) => {
        expect(labelByMedian(list, toward).positives).toBe(list.length >> 1);
      }),
      { seed: 4 },
    );
  });

  it('of one objective are those of the negated values for the other', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { maxLength: 30 }), (list) => {
        const negated = list.map((item) => -item);
        expect(labelByMedian(list, 'max')).toEqual(labelByMedian(negated, 'min'));
      }),
      { seed: 5 },
    );
  });

  it('do not change when failures are added', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1, maxLength: 30 }), fc.nat(20), direction, (list, n, toward) => {
        const { labels } = labelByMedian(list, toward);
        const failures = Array.from({ length: n }, () => null);
        expect([...labelByMedian([...failures, ...list], toward).labels]).toEqual([
          ...failures.map(() => 0),
          ...labels,
        ]);
      }),
      { seed: 6 },
    );
  });

  it.each([
    ['max', [1, 2, 3, 4], [0, 0, 1, 1]],
    ['min', [1, 2, 3, 4], [1, 1, 0, 0]],
    ['max', [1, 2, 3], [0, 0, 1]],
    ['max', [5, 5, 5, 5], [0, 0, 0, 0]],
    ['max', [1, 2, 2, 2], [0, 0, 0, 0]],
    ['min', [1, 2, 2, 2], [1, 0, 0, 0]],
    ['min', [null, 9, null, 1], [0, 0, 0, 1]],
    ['min', [null, null], [0, 0]],
    ['max', [], []],
  ] as const)('for %s of %j are %j', (toward, list, labels) => {
    expect([...labelByMedian(list, toward).labels]).toEqual(labels);
  });
});

describe('the median', () => {
  it.each([
    [[3, 1, 2], 2],
    [[4, 1, 3, 2], 2.5],
    [[10, 9, 8], 9], // sorted as text, 10 would come first
    [[Number.MAX_VALUE, Number.MAX_VALUE], Number.MAX_VALUE],
    [[Number.MAX_VALUE, Number.MAX_VALUE / 2], Number.MAX_VALUE * 0.75],
    [[5e-324, 5e-324], 5e-324],
    [[], undefined],
  ])('of %j is %d', (list, expected) => {
    expect(median(list)).toBe(expected);
  });

  it('leaves its argument alone', () => {
    const list = Object.freeze([3, 1, 2]);
    expect(median(list)).toBe(2);
  });
});
