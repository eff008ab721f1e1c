import { ShacError, show } from '../errors.js';
import { clipped, type TrialMemory, toTrialError } from '../study/trial.js';
import type { Failed, Told } from './dispatcher.js';

/**
 * What a dispatcher answered, with nothing in it that trials cannot keep. A dispatcher may be the user's own, and what it
 * answers may come from another machine.
 *
 * @throws ERR_OBJECTIVE_FAILED for an answer that is not as `Dispatcher` says.
 */
export function checkAnswer(answer: unknown, trialId: number): Told | Failed {
  const { type, values, error, stderr, memory } = Object(answer) as Record<string, unknown>;
  const plain = stderr === undefined && memory === undefined;
  if (type === 'told' && Array.isArray(values) && values.length === 1 && Number.isFinite(values[0])) {
    return plain ? (answer as Told) : { type, values, ...beside(stderr, memory) };
  }
  if (type === 'failed' && error !== undefined && error !== null) {
    return { type, error: toTrialError(error), ...(!plain && beside(stderr, memory)) };
  }
  const wrong = type === 'told' ? `values ${show(values)}` : show(answer);
  throw new ShacError(
    'ERR_OBJECTIVE_FAILED',
    "a dispatcher must answer { type: 'told', values: [a finite number] } or { type: 'failed', error }, " +
      `trial ${trialId} got ${wrong}`,
  );
}

const MEMORY = ['leakedTensors', 'peakBytes', 'peakDeviceBytes'] as const satisfies readonly (keyof TrialMemory)[];

function beside(stderr: unknown, memory: unknown): Pick<Told, 'stderr' | 'memory'> {
  const found = Object(memory) as Record<string, unknown>;
  const counted = MEMORY.filter((name) => Number.isFinite(found[name])).map((name) => [name, found[name]] as const);
  return {
    ...(typeof stderr === 'string' && { stderr: clipped(stderr) }),
    ...(counted.length > 0 && { memory: Object.fromEntries(counted) as TrialMemory }),
  };
}
