/**
 * What is sent to a worker and back. All of it is data that can be cloned. What comes back is checked in opened.ts:
 * objectives can send messages as well.
 */
import type { TrialError } from '../../study/trial.js';
import type { Failed, Told } from '../dispatcher.js';
import type { ModuleFile } from '../objective/module.js';
import type { RuntimeTask } from '../objective/runtime.js';

/** Names an evaluation: an answer, a report or an abort of another one is nobody's. */
export interface EvaluationKey {
  readonly trialId: number;
  readonly attempt: number;
}

export interface PrepareTask {
  readonly type: 'prepare';
  readonly module: ModuleFile;
  readonly workerId: number;
  /** The framework that the objective is called with, if any. */
  readonly runtime: RuntimeTask | undefined;
}

export interface EvaluateTask extends EvaluationKey {
  readonly type: 'evaluate';
  readonly params: unknown;
  readonly workerId: number;
}

/** The evaluation is given up, and its worker will be ended. */
export interface AbortTask extends EvaluationKey {
  readonly type: 'abort';
  readonly reason: TrialError;
}

export interface TeardownTask {
  readonly type: 'teardown';
  readonly workerId: number;
}

export type Task = PrepareTask | EvaluateTask | AbortTask | TeardownTask;

/** Undefined for an objective that is loaded and set up. Errors are plain objects: a clone of an Error has lost its class's name. */
export interface Prepared {
  readonly type: 'prepared';
  readonly failed: Failed | undefined;
}

/** The objective took its signal: it is told of an abort before the worker is ended. */
export interface Listening extends EvaluationKey {
  readonly type: 'listening';
}

export interface Reported extends EvaluationKey {
  readonly type: 'reported';
  readonly value: number;
  /** Undefined when it counts by itself. */
  readonly step: number | undefined;
}

export interface Ended extends EvaluationKey {
  readonly type: 'ended';
  /** Checked by the run, as of any dispatcher. */
  readonly answer: Told | Failed;
}

export interface TornDown {
  readonly type: 'tornDown';
}

export type Message = Prepared | Listening | Reported | Ended | TornDown;

/** Tells our messages from those that an objective sends for itself. */
export const CHANNEL = 'shac';

export function sealed(message: Message): object {
  return { ...message, channel: CHANNEL };
}
