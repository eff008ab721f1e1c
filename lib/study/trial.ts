import { show } from '../errors.js';
import type { Row } from '../space/index.js';
import { copyOf, frozen } from './params.js';

/**
 * `WAITING`: drawn, to be evaluated; `RUNNING`: handed out; `COMPLETE`: has a finite value; `FAIL`: has a reason
 * instead.
 */
export type TrialState = 'WAITING' | 'RUNNING' | 'COMPLETE' | 'FAIL';

/** Why a trial failed. */
export interface TrialError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  /** Of an error that has one, such as `ERR_OUT_OF_MEMORY`. */
  readonly code?: string;
}

/** What a managed engine found of an evaluation's memory; of a trial that was tried again, of the last evaluation. */
export interface TrialMemory {
  /** Tensors and variables of TensorFlow.js that the objective left behind, and that were disposed of then. */
  readonly leakedTensors?: number;
  /** Bytes that the worker's process held at the most during this evaluation (resident set). */
  readonly peakBytes?: number;
  /** Bytes that the framework held at the most on its GPU, during this evaluation. */
  readonly peakDeviceBytes?: number;
}

/** An intermediate value that an objective reported. */
export interface Report {
  readonly trialId: number;
  readonly value: number;
  readonly step: number;
}

/** One candidate and what became of it. */
export interface Trial<P = Record<string, unknown>> {
  /** 0-based, in the order of drawing. */
  readonly id: number;
  /** 0-based number of the batch. */
  readonly stage: number;
  readonly params: P;
  readonly state: TrialState;
  /** Finite once COMPLETE, else null. */
  readonly value: number | null;
  /** Only on a FAIL. */
  readonly error?: TrialError;
  /** Which evaluator (0 .. numParallelEvaluators - 1) ran it last; undefined for a told trial. */
  readonly workerId?: number;
  /** The end of what the objective's own process (`command`, `python`) wrote to its standard error. */
  readonly stderr?: string;
  /** Of a trial that a managed engine evaluated. */
  readonly memory?: TrialMemory;
  /** Evaluations begun, retries included. */
  readonly attempts: number;
  /** Milliseconds of the last evaluation. */
  readonly duration?: number;
  /** When a finished trial was handed out, for its first evaluation; milliseconds since 1970. */
  readonly startedAt?: number;
  /** When it had its result; milliseconds since 1970. */
  readonly endedAt?: number;
  /** Classifiers that reject it: above 0 only with `relaxChecks`, in the local phase, and of a trial that was enqueued. */
  readonly rejections: number;
  /** Only of a trial that was enqueued: the params that were given then. The others were drawn. */
  readonly fixedParams?: Partial<P>;
}

/**
 * A trial as a study keeps it. It is never altered: what becomes of the trial is another record. All of them have the
 * same fields in the same order, which makes them cheap.
 */
export interface TrialRecord<P> {
  readonly id: number;
  readonly stage: number;
  /** Nobody else's; frozen once somebody has looked at it. */
  readonly params: P;
  readonly row: Row;
  readonly rejections: number;
  /** Of one that was enqueued: the params that were given. */
  readonly fixed: Partial<P> | undefined;
  readonly state: TrialState;
  /** Finite, one an objective, once COMPLETE; else null. */
  readonly values: readonly number[] | null;
  readonly attempts: number;
  readonly workerId: number | undefined;
  readonly duration: number | undefined;
  readonly startedAt: number | undefined;
  readonly endedAt: number | undefined;
  readonly error: TrialError | undefined;
  readonly stderr: string | undefined;
  readonly memory: TrialMemory | undefined;
}

/** The value that a search for one objective looks at; null for a trial without one. */
export function objectiveValue({ values }: Pick<TrialRecord<unknown>, 'values'>): number | null {
  return values?.[0] ?? null;
}

/** Views are made once a record: looking at them again costs nothing. */
const views = new WeakMap<object, Trial<unknown>>();

/** A trial as users see it, which nobody can alter. What it lacks is not there. */
export function publicTrial<P>(trial: TrialRecord<P>): Trial<P> {
  let view = views.get(trial) as Trial<P> | undefined;
  if (view === undefined) {
    view = viewOf(trial);
    views.set(trial, view);
  }
  return view;
}

function viewOf<P>(trial: TrialRecord<P>): Trial<P> {
  const { id, stage, state, attempts, rejections, workerId, duration, startedAt, endedAt, error, stderr, memory } =
    trial;
  const params = frozen(trial.params);
  const seen: { -readonly [K in keyof Trial<P>]: Trial<P>[K] } = {
    id,
    stage,
    params,
    state,
    value: objectiveValue(trial),
    attempts,
    rejections,
  };
  if (trial.fixed !== undefined) seen.fixedParams = frozen(trial.fixed);
  if (workerId !== undefined) seen.workerId = workerId;
  if (duration !== undefined) seen.duration = duration;
  if (startedAt !== undefined && isFinished(trial)) seen.startedAt = startedAt;
  if (endedAt !== undefined) seen.endedAt = endedAt;
  if (error !== undefined) seen.error = Object.freeze(error);
  if (stderr !== undefined) seen.stderr = stderr;
  if (memory !== undefined) seen.memory = Object.freeze(memory);
  return Object.freeze(seen);
}

/** A trial that is handed out to be evaluated: its params may be altered. */
export function askedTrial<P>(trial: TrialRecord<P>): Trial<P> {
  return { ...publicTrial(trial), params: copyOf(trial.params) };
}

export function isFinished({ state }: { readonly state: TrialState }): boolean {
  return state === 'COMPLETE' || state === 'FAIL';
}

/** Characters that are kept of a text that an objective gave: more of it helps nobody, and every trial may have one. */
const MOST_TEXT = 16 * 1024;

/** Both ends of a text that is too long. */
export function clipped(text: string): string {
  if (text.length <= MOST_TEXT) return text;
  const half = MOST_TEXT / 2;
  return `${text.slice(0, half)}\n… ${text.length - MOST_TEXT} characters are left out …\n${text.slice(-half)}`;
}

/**
 * A failure in the form that trials keep: from an Error or its likeness, or from whatever else was thrown. Nothing that
 * can be thrown makes it fail.
 */
export function toTrialError(reason: unknown): TrialError {
  const message = textOf(reason, 'message');
  if (message === undefined) {
    return { name: 'Error', message: typeof reason === 'string' ? clipped(reason) : show(reason) };
  }
  const [stack, code] = [textOf(reason, 'stack'), textOf(reason, 'code')];
  return {
    name: textOf(reason, 'name') ?? 'Error',
    message,
    ...(stack !== undefined && { stack }),
    ...(code !== undefined && { code }),
  };
}

/** A text of what was thrown; undefined when it has none, or does not let it be read. */
function textOf(reason: unknown, key: keyof TrialError): string | undefined {
  if (typeof reason !== 'object' || reason === null) return undefined;
  try {
    const value = (reason as Partial<Record<string, unknown>>)[key];
    return typeof value === 'string' ? clipped(value) : undefined;
  } catch {
    return undefined; // a getter that throws, a proxy
  }
}
