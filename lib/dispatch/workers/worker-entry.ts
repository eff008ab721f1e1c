/** Runs inside a worker, a thread or a process, and does what it is sent. */
import { writeSync } from 'node:fs';
import { isMainThread, type MessagePort, parentPort } from 'node:worker_threads';
import { toTrialError } from '../../study/trial.js';
import type { Failed, Told } from '../dispatcher.js';
import { TidyHeap } from '../objective/garbage.js';
import { type ReadyObjective, setUpObjective } from '../objective/ready.js';
import { Reports } from '../objective/report.js';
import { PRINTS } from '../process/child.js';
import { HAS_GROUPS } from '../process/tree.js';
import {
  type AbortTask,
  type EvaluateTask,
  type EvaluationKey,
  type Message,
  type PrepareTask,
  sealed,
  type Task,
  type TeardownTask,
} from './messages.js';

let objective: ReadyObjective;
/** Of a worker that has a framework: tensors are given back after each evaluation, and so is what held them. */
let heap: TidyHeap | undefined;
let running: Evaluation | undefined;

/** To the search. Of a process it is its own: an objective may replace that. */
let toParent: ((message: object) => void) | undefined = process.send?.bind(process);

function send(message: Message): void {
  toParent?.(sealed(message));
}

/** What an objective is told about its evaluation, and what it says of it. */
class Evaluation {
  readonly key: EvaluationKey;
  readonly reports: Reports;
  #controller: AbortController | undefined;

  constructor(key: EvaluationKey) {
    this.key = key;
    this.reports = new Reports((value, step) => send({ type: 'reported', ...key, value, step }));
  }

  /** Made when it is asked for, since it is not cheap; from then on an abort waits a little for the objective. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      send({ type: 'listening', ...this.key });
    }
    return this.#controller.signal;
  }

  abort({ message, ...rest }: AbortTask['reason']): void {
    this.#controller?.abort(Object.assign(new Error(message), rest));
  }
}

async function prepare({ module, workerId, runtime }: PrepareTask): Promise<void> {
  const failed = await orFailed(async () => {
    objective = await setUpObjective(module, workerId, runtime);
    if (runtime !== undefined) heap = new TidyHeap();
    return undefined;
  });
  send({ type: 'prepared', failed });
}

async function evaluate({ params, trialId, attempt, workerId }: EvaluateTask): Promise<void> {
  const evaluation = new Evaluation({ trialId, attempt });
  running = evaluation;
  const { report } = evaluation.reports;
  const context = {
    trialId,
    workerId,
    report,
    get signal() {
      return evaluation.signal;
    },
  };
  const answer = await orFailed<Told | Failed>(() => objective.evaluate(params, context));
  evaluation.reports.flush();
  running = undefined;
  heap?.tidy();
  send({ type: 'ended', trialId, attempt, answer });
}

async function teardown({ workerId }: TeardownTask): Promise<void> {
  await orFailed(async () => void (await objective?.teardown?.({ workerId }))); // it has nobody to tell
  send({ type: 'tornDown' });
}

function abort({ trialId, attempt, reason }: AbortTask): void {
  if (running?.key.trialId === trialId && running.key.attempt === attempt) running.abort(reason);
}

async function orFailed<T>(action: () => Promise<T>): Promise<T | Failed> {
  try {
    return await action();
  } catch (reason) {
    return { type: 'failed', error: toTrialError(reason) };
  }
}

/** What an objective prints is shown; what its native parts write to the descriptor itself, a crash dump say, is kept. */
function showPrints(): void {
  process.stderr.write = (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
    const encoding = typeof rest[0] === 'string' ? (rest[0] as BufferEncoding) : undefined;
    const done = rest.find((argument) => typeof argument === 'function');
    writeSync(PRINTS, typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk);
    if (done !== undefined) process.nextTick(done as () => void);
    return true;
  };
}

function onTask(task: Task): void {
  if (task.type === 'prepare') void prepare(task);
  else if (task.type === 'evaluate') void evaluate(task);
  else if (task.type === 'abort') abort(task);
  else if (task.type === 'teardown') void teardown(task);
}

/** What tinypool calls in a thread, by name: it ends with the thread. */
export function serve({ port }: { port: MessagePort }): Promise<never> {
  toParent = port.postMessage.bind(port);
  // tinypool ends a thread that sends it anything else; what an objective sends for itself comes the same way.
  if (parentPort !== null) parentPort.postMessage = toParent as typeof port.postMessage;
  port.on('message', onTask);
  return new Promise(() => {});
}

if (isMainThread) {
  showPrints();
  if (!HAS_GROUPS) process.on('SIGINT', () => {}); // a Ctrl-C at the terminal arrives here, too: the search decides
  process.on('message', onTask);
  process.on('disconnect', () => process.exit()); // the search is gone
}
