import { existsSync } from 'node:fs';
import { syntheticProblems } from './problems.mjs';

/** The synthetic problems and the real ones. */
export async function allProblems({ quick }) {
  const real = new URL('real.mjs', import.meta.url);
  if (!existsSync(real)) return syntheticProblems;
  const { realProblems } = await import(real.href);
  return [...syntheticProblems, ...(await realProblems({ quick }))];
}
