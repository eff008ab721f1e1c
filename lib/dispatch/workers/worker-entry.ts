/** Runs inside a worker (a thread or a process): what tinypool calls there by name. */
import { isMainThread } from 'node:worker_threads';
import { toTrialError } from '../../study/trial.js';
import type { Failed } from '../dispatcher.js';
import { TidyHeap } from '../objective/garbage.js';
import { type ReadyObjective, setUpObjective } from '../objective/ready.js';
import { checkReport } from '../objective/report.js';
import type {
  EvaluateTask,
  PrepareResult,
  PrepareTask,
  ReportMessage,
  TeardownTask,
  WorkerResult,
} from './messages.js';

// Ctrl-C in a terminal reaches every process; the one that started this decides what is to end.
if (isMainThread) process.on('SIGINT', () => {});

let objective: ReadyObjective;
/** Of a worker that has a framework: tensors are given back after each evaluation, and so is what held them. */
let heap: TidyHeap | undefined;
let send: (message: ReportMessage) => void;

export function prepare({ module, workerId, runtime, reports }: PrepareTask): Promise<PrepareResult> {
  send = isMainThread ? (message) => process.send?.(message) : (message) => reports?.postMessage(message);
  return orFailed(async () => {
    objective = await setUpObjective(module, workerId, runtime);
    if (runtime !== undefined) heap = new TidyHeap();
    return undefined;
  });
}

export async function evaluate({ params, trialId, workerId }: EvaluateTask): Promise<WorkerResult> {
  const result = await orFailed(() => {
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
  return result;
}

export async function teardown({ workerId }: TeardownTask): Promise<void> {
  await objective?.teardown?.({ workerId });
}

async function orFailed<T>(action: () => Promise<T>): Promise<T | Failed> {
  try {
    return await action();
  } catch (reason) {
    return { type: 'failed', error: toTrialError(reason) };
  }
}
