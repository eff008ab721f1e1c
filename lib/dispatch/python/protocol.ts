/** What is said to python/worker.py and back: lines of JSON. What comes back is checked here. */
import * as v from 'valibot';
import { ShacError, show } from '../../errors.js';
import { count, memorySchema } from '../../study/schemas.js';
import type { TrialMemory } from '../../study/trial.js';
import type { Framework } from '../dispatch-run.js';
import type { Told } from '../dispatcher.js';
import { ProcessFailure } from '../failure.js';

/** What a worker is told first. */
export interface PythonTask {
  readonly module: string;
  readonly function: string;
  readonly workerId: number;
  /** What a managed engine asks beside. */
  readonly managed?: {
    /** The engine's class, for messages. */
    readonly engine: string;
    readonly framework: Framework;
    /** For what is drawn when the module is loaded. */
    readonly seed: number;
  };
}

/** An exception, or an objective that cannot be used. */
export interface Raised {
  readonly type: 'failed';
  readonly name: string;
  readonly message: string;
  readonly traceback: string;
  readonly outOfMemory: boolean;
}

/** A package that the interpreter `python` does not have. */
export interface Missing {
  readonly type: 'missing';
  readonly package: string;
  readonly python: string;
}

/** What comes with the end of an evaluation in a framework. */
interface Aftermath {
  readonly memory?: TrialMemory;
  /** The process cannot evaluate any more: its framework could not be put in order again. */
  readonly last?: boolean;
}

/** How an evaluation ended. */
export type Evaluated = ({ readonly type: 'value'; readonly value: number } | Raised) & Aftermath;
/** What ends a request. */
export type Final = { readonly type: 'ready' } | Missing | Evaluated;

/** Names the evaluation that a reply is of; both are null while the objective is loaded. */
export interface ReplyKey {
  readonly trialId: number | null;
  readonly attempt: number | null;
}

export type Reply = ReplyKey &
  (Final | { readonly type: 'report'; readonly value: number | keyof typeof NOT_FINITE; readonly step: number | null });

/** Python's words for what JSON has no word for. */
const NOT_FINITE = { nan: Number.NaN, inf: Number.POSITIVE_INFINITY, '-inf': Number.NEGATIVE_INFINITY };

const key = { trialId: v.nullable(count), attempt: v.nullable(count) };
/** What may come with the end of an evaluation. */
const beside = { memory: v.exactOptional(memorySchema), last: v.exactOptional(v.boolean()) };
const anyNumber = v.union([v.number(), v.picklist(Object.keys(NOT_FINITE) as (keyof typeof NOT_FINITE)[])]);

const REPLIES = v.variant('type', [
  v.object({ type: v.literal('ready'), ...key }),
  v.object({ type: v.literal('missing'), package: v.string(), python: v.string(), ...key }),
  v.object({ type: v.literal('value'), value: v.pipe(v.number(), v.finite()), ...key, ...beside }),
  v.object({
    ...{ type: v.literal('failed'), name: v.string(), message: v.string(), traceback: v.string() },
    ...{ outOfMemory: v.optional(v.boolean(), false), ...key, ...beside },
  }),
  v.object({ type: v.literal('report'), value: anyNumber, step: v.nullable(count), ...key }),
]);

/**
 * The reply in a line.
 *
 * @throws ERR_OBJECTIVE_FAILED for a line that is none: what follows cannot be told from it.
 */
export function replyIn(line: string): Reply {
  try {
    return v.parse(REPLIES, JSON.parse(line));
  } catch {
    // no JSON, or no reply
  }
  const message = `the Python worker was ended: something else wrote ${show(line.slice(0, 200))} to its channel`;
  throw new ShacError('ERR_OBJECTIVE_FAILED', message);
}

/** The number of a report. */
export function reportedValue(value: number | keyof typeof NOT_FINITE): number {
  return typeof value === 'number' ? value : NOT_FINITE[value];
}

/** The answer for an evaluation, from the reply that told it and what was printed meanwhile; throws what made it fail. */
export function answerOf(evaluated: Evaluated, printed: string, trialId: number): Told {
  const { memory } = evaluated;
  const beside = { ...(printed !== '' && { stderr: printed }), ...(memory && { memory }) };
  if (evaluated.type === 'value') return { type: 'told', values: [evaluated.value], ...beside };
  const { name, message, traceback: stack, outOfMemory } = evaluated;
  const code = outOfMemory ? 'ERR_OUT_OF_MEMORY' : 'ERR_OBJECTIVE_FAILED';
  throw new ProcessFailure(message || `trial ${trialId} raised ${name}`, { code, name, stack, ...beside });
}
