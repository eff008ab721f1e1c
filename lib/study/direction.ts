/** Whether larger or smaller values are better. */
export type Direction = 'max' | 'min';

/** Whether value `a` is strictly better than `b`. */
export function isBetter(a: number, b: number, direction: Direction): boolean {
  return direction === 'max' ? a > b : a < b;
}
