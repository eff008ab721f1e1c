import { ShacError, type ShacErrorCode } from '../errors.js';
import { clipped, type TrialMemory, toTrialError } from '../study/trial.js';
import type { Failed } from './dispatcher.js';

export interface FailureDetails {
  readonly code?: ShacErrorCode;
  /** Instead of `ShacError`: the class of an error that was raised in another language. */
  readonly name?: string;
  /** Instead of the JavaScript one. */
  readonly stack?: string;
  /** The end of what the objective's process wrote to its standard error. */
  readonly stderr?: string;
  /** What a managed engine found of the evaluation's memory. */
  readonly memory?: TrialMemory;
  /** A signal ended its process. */
  readonly killed?: boolean;
}

/** An objective that failed in a process of its own. */
export class ProcessFailure extends ShacError {
  override readonly name: string;
  readonly stderr?: string;
  readonly memory?: TrialMemory;
  readonly killed: boolean;

  constructor(message: string, details: FailureDetails) {
    const { code = 'ERR_OBJECTIVE_FAILED', name = 'ShacError', stack, stderr, memory, killed = false } = details;
    super(code, message);
    this.name = name;
    if (stack) this.stack = stack;
    if (stderr) this.stderr = stderr;
    if (memory) this.memory = memory;
    this.killed = killed;
  }
}

/** The answer for an evaluation that ended by `reason`. Errors of child processes, the objective's own too, bring a `stderr`. */
export function failedBy(reason: unknown): Failed {
  return { type: 'failed', error: toTrialError(reason), ...besideOf(reason) };
}

function besideOf(reason: unknown): Pick<Failed, 'stderr' | 'memory'> {
  try {
    const { stderr } = Object(reason) as { stderr?: unknown };
    const memory = reason instanceof ProcessFailure ? reason.memory : undefined;
    return { ...(typeof stderr === 'string' && { stderr: clipped(stderr) }), ...(memory && { memory }) };
  } catch {
    return {}; // a getter that throws, a proxy
  }
}

/** The end of an output, short enough for a message: whole lines, on lines of their own. */
export function ending(label: string, output: string): string {
  const text = output.trimEnd();
  if (text === '') return '';
  const end = text.slice(-1000);
  const from = end.length < text.length ? end.indexOf('\n') + 1 : 0;
  return `\n${label}:\n${end.slice(from)}`;
}
