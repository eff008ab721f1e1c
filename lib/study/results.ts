import type { Evaluated, TrialFailed, TrialTold } from './events.js';
import { toTrialError } from './trial.js';

/** The event of a trial that ended: what is no finite number is a failure. */
export function resultOf(
  id: number,
  result: number | { readonly error: unknown },
  evaluated: Evaluated,
): TrialTold | TrialFailed {
  const at = Date.now();
  if (typeof result === 'number' && Number.isFinite(result)) {
    return { type: 'told', id, values: [result], at, ...evaluated };
  }
  const error = toTrialError(typeof result === 'number' ? `the value is ${result}` : result.error);
  return { type: 'failed', id, error, at, ...evaluated };
}
