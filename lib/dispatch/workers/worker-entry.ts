/** Runs inside a worker (a thread or a process): what tinypool calls there by name. */
import { isMainThread, type MessagePort } from 'node:worker_threads';
import { toTrialError } from '../../study/trial.js';
import type { Evaluation, FailedEvaluation } from '../evaluator.js';
import type { TensorTask } from '../managed/frameworks.js';
import { TidyHeap } from '../objective/garbage.js';
import { type ModuleFile, type ReadyObjective, setUpObjective } from '../objective/module.js';
import { checkReport } from '../objective/report.js';

export interface PrepareTask {
  readonly module: ModuleFile;
  readonly workerId: number;
  /** The framework that the objective is called with, if any. */
  readonly managed: TensorTask | undefined;
  /** Where a thread sends its reports; a process has its own channel. */
  readonly reports: MessagePort | undefined;
}

export interface EvaluateTask {
  readonly params: unknown;
  readonly trialId: number;
  readonly workerId: number;
}

/** What an objective reported on the way. */
export interface ReportMessage {
  readonly trialId: number;
  readonly value: number;
  readonly step: number | undefined;
}

/** Errors go back as plain objects: a clone of an Error has lost its class's name. */
export type WorkerResult = Evaluation | FailedEvaluation;

// Ctrl-C in a terminal reaches every process; the one that started this decides what is to end.
if (isMainThread) process.on('SIGINT', () => {});

let objective: ReadyObjective;
/** Of a worker that has a framework: tensors are given back after each evaluation, and so is what held them. */
let heap: TidyHeap | undefined;
let send: (message: ReportMessage) => void;

export async function prepare({ module, workerId, managed, reports }: PrepareTask): Promise<WorkerResult> {
  send = isMainThread ? (message) => process.send?.(message) : (message) => reports?.postMessage(message);
  return outcomeOf(async () => {
    objective = await setUpObjective(module, workerId, managed);
    if (managed !== undefined) heap = new TidyHeap();
    return { value: 0 };
  });
}

export async function evaluate({ params, trialId, workerId }: EvaluateTask): Promise<WorkerResult> {
  const outcome = await outcomeOf(async () => {
    const report = (value: number, step?: number) => {
      checkReport(value, step);
      send({ trialId, value, step });
    };
    let signal: AbortSignal | undefined;
    const context = {
      trialId,
      workerId,
      report,
      /** Never aborted: an aborted evaluation ends with its worker. Made when it is asked for, since it is not cheap. */
      get signal() {
        signal ??= new AbortController().signal;
        return signal;
      },
    };
    return objective.evaluate(params, context);
  });
  heap?.tidy();
  return outcome;
}

export async function teardown({ workerId }: Pick<EvaluateTask, 'workerId'>): Promise<void> {
  await objective?.teardown?.({ workerId });
}

async function outcomeOf(action: () => Promise<WorkerResult>): Promise<WorkerResult> {
  try {
    return await action();
  } catch (reason) {
    return { error: toTrialError(reason) };
  }
}
