import { syntheticProblems } from './problems.mjs';
import { realProblems } from './real.mjs';

/** An evaluation that trains a model or packs a file takes a while: a run of everything has fewer of them. */
const REAL_LIMITS = { most: { budget: 200, seeds: 5 }, quick: { budget: 50, seeds: 1 } };

/** The synthetic problems and the real ones. */
export async function allProblems({ quick }) {
  const real = await realProblems({ quick });
  return [...syntheticProblems, ...real.map((problem) => ({ ...problem, ...REAL_LIMITS }))];
}
