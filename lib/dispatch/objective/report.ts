import { show } from '../../errors.js';

/**
 * Checks a report where the objective makes it, so that a wrong one fails the evaluation and nothing else.
 *
 * @throws TypeError
 */
export function checkReport(value: unknown, step: unknown): void {
  if (typeof value === 'number' && (typeof step === 'number' || step === undefined)) return;
  throw new TypeError(`report takes a value and a step, both numbers, got ${show(value)} and ${show(step)}`);
}
