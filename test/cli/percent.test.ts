import { expect, it } from 'vitest';
import { percent } from '../../dist/cli/percent.js';

it.each([
  [1, '100 %'],
  [0.9999, '99.9 %'],
  [0.993, '99.3 %'],
  [0.99, '99 %'],
  [0.2949, '29 %'],
  [0.121, '12 %'],
  [0.05, '5 %'],
  [0.0123, '1.2 %'],
  [0.000118, '0.012 %'],
  [0.000_000_02, '0.000002 %'],
])('a share of %d is %s', (share, text) => {
  expect(percent(share)).toBe(text);
});
