import { ShacError, show } from '../../errors.js';

/** @throws ERR_OBJECTIVE_FAILED for anything but a finite number. */
export function finite(value: unknown, trialId: number): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new ShacError(
    'ERR_OBJECTIVE_FAILED',
    `the objective must return a finite number, trial ${trialId} gave ${show(value)}`,
  );
}
