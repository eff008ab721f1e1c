import { LEVELS, type Parameter } from './parameter.js';

/**
 * The codes of a coordinate that may be inactive: 0 where it is, else the code of its parameter and one. There are no
 * more than {@link LEVELS} codes, so of a parameter with so many the last two share the last code: the lower half of its
 * cell is the first of them, the upper half the other one.
 */
export const INACTIVE = 0;

/** How many codes a coordinate has that may be inactive. */
export function ownLevels({ levels }: Pick<Parameter<unknown>, 'levels'>): number {
  return Math.min(levels + 1, LEVELS);
}

/** The coordinate's code for a code of its parameter. */
export function ownCode(code: number): number {
  return Math.min(code, LEVELS - 2) + 1;
}

/** The offset in the coordinate's code for one in a code of its parameter. */
export function ownOffset({ levels }: Pick<Parameter<unknown>, 'levels'>, code: number, offset: number): number {
  return levels === LEVELS && code >= LEVELS - 2 ? (code - (LEVELS - 2) + offset) / 2 : offset;
}

/** The parameter's code and offset for those of an active coordinate: {@link ownCode} and {@link ownOffset}, undone. */
export function parameterCell(
  { levels, snap }: Pick<Parameter<unknown>, 'levels' | 'snap'>,
  code: number,
  offset: number,
): readonly [code: number, offset: number] {
  if (code < LEVELS - 1 || levels < LEVELS) return [code - 1, offset];
  const upper = offset < 0.5 ? 0 : 1;
  const [chosen, other] = [LEVELS - 2 + upper, LEVELS - 1 - upper];
  const isReachable = (one: number) => snap === undefined || snap[one] === one;
  return [!isReachable(chosen) && isReachable(other) ? other : chosen, 2 * offset - upper];
}
