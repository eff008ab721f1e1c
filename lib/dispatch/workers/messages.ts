/** What is sent to a worker and back. All of it is data that can be cloned. */
import type { MessagePort } from 'node:worker_threads';
import type { Failed, Told } from '../dispatcher.js';
import type { ModuleFile } from '../objective/module.js';
import type { RuntimeTask } from '../objective/runtime.js';

export interface PrepareTask {
  readonly module: ModuleFile;
  readonly workerId: number;
  /** The framework that the objective is called with, if any. */
  readonly runtime: RuntimeTask | undefined;
  /** Where a thread sends its reports; a process has its own channel. */
  readonly reports: MessagePort | undefined;
}

export interface EvaluateTask {
  readonly params: unknown;
  readonly trialId: number;
  readonly workerId: number;
}

export type TeardownTask = Pick<EvaluateTask, 'workerId'>;

/** What an objective reported on the way. */
export interface ReportMessage {
  readonly trialId: number;
  readonly value: number;
  readonly step: number | undefined;
}

export function isReport(message: unknown): message is ReportMessage {
  const { trialId, value } = Object(message) as Partial<ReportMessage>;
  return typeof trialId === 'number' && typeof value === 'number';
}

/** How a task ended: undefined for a `prepare` that succeeded. Errors are plain objects: a clone of an Error has lost its class's name. */
export type WorkerResult = Told | Failed;
export type PrepareResult = Failed | undefined;
