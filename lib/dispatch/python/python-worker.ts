import { show } from '../../errors.js';
import { ownFile } from '../../package/own-files.js';
import type { Failed, Lease, Told } from '../dispatcher.js';
import { ending, failedBy, ProcessFailure } from '../failure.js';
import { Notes } from '../notes.js';
import { Child } from '../process/child.js';
import type { Place } from '../process/program.js';
import type { Supervised } from '../process/supervisor.js';
import { death, notInstalled, notLoaded, notStarted } from './load-failure.js';
import {
  answerOf,
  type Evaluated,
  type Final,
  type PythonTask,
  type ReplyKey,
  replyIn,
  reportedValue,
} from './protocol.js';

const SCRIPT = ownFile('dispatch/python/worker.py');
/** How long `teardown` may take. */
const TEARDOWN_MS = 5000;

/** The request under way, one at a time. */
interface Waiting extends ReplyKey {
  readonly settle: (final: Final) => void;
  readonly fail: (error: unknown) => void;
  readonly report?: Lease['report'];
}

/** Of what is asked while the objective is loaded. */
const NO_EVALUATION: ReplyKey = { trialId: null, attempt: null };

/** One Python process that has the objective loaded (worker.py), asked by JSON lines. */
export class PythonWorker {
  /** Fulfilled when the objective is loaded; rejects with `ERR_INVALID_OBJECTIVE`, and the worker is then ended. */
  readonly ready: Promise<void>;
  readonly #child: Child;
  readonly #task: PythonTask;
  #waiting: Waiting | undefined;
  /** Of the evaluation under way, or the last one. */
  #notes = new Notes();
  #incomplete = '';
  #usable = true;

  constructor(python: string, task: PythonTask, place: Place, supervised: Supervised, inheritStderr: boolean) {
    this.#task = task;
    this.#child = new Child([python, '-u', SCRIPT], place, supervised);
    if (inheritStderr) this.#child.onStderr((chunk) => process.stderr.write(chunk));
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => this.#read(text));
    this.#child.ended.then(
      (end) => this.#over(death(end, this.#child.stderr.text())),
      (error: Error) => this.#over(new ProcessFailure(`${show(python)} could not be started: ${error.message}`, {})),
    );
    this.ready = this.#load();
    this.ready.catch(() => {}); // whoever prepares the worker is told
  }

  /** False once it is ended, or is being ended. */
  get usable(): boolean {
    return this.#usable;
  }

  /**
   * Runs the objective.
   *
   * @param params As pairs: they come in this order.
   * @param seed For the framework of a managed engine.
   */
  async evaluate(
    params: readonly (readonly [string, unknown])[],
    { signal, report, trialId, attempt }: Lease<unknown>,
    seed: number | undefined,
  ): Promise<Told | Failed> {
    signal.throwIfAborted();
    const notes = new Notes();
    this.#notes = notes;
    const kill = () => this.kill();
    signal.addEventListener('abort', kill);
    this.#child.stderr.clear();
    try {
      const request = { type: 'evaluate', params, seed };
      const evaluated = (await this.#ask(request, { trialId, attempt }, report)) as Evaluated;
      if (evaluated.last) this.#usable = false;
      return notes.on(answerOf(evaluated, await this.#stderr(), trialId));
    } catch (error) {
      signal.throwIfAborted(); // rather than that it was killed
      return notes.on(failedBy(error));
    } finally {
      signal.removeEventListener('abort', kill);
    }
  }

  /** Ends the worker: by its `teardown` when it is idle. Resolves when the process is gone. */
  async close(): Promise<void> {
    if (!this.#usable || this.#waiting) return await this.kill();
    this.#usable = false;
    this.#child.stderr.clear();
    this.#send({ type: 'close' });
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.#child.kill();
    }, TEARDOWN_MS);
    const end = await this.#child.ended;
    clearTimeout(timer);
    if (end.code === 0) return;
    const how = late ? `took more than ${TEARDOWN_MS / 1000} s and was killed` : 'failed';
    const stderr = ending('its standard error ends with', this.#child.stderr.text());
    process.emitWarning(`the teardown of ${this.#task.module} ${how}${stderr}`, 'ShacWarning');
  }

  /** Kills the worker and all that it has started, at once. Resolves when the process is gone. */
  async kill(): Promise<void> {
    this.#usable = false;
    this.#child.kill();
    await Promise.allSettled([this.#child.ended]);
  }

  async #load(): Promise<void> {
    const { managed, ...task } = this.#task;
    try {
      const final = await this.#ask({ ...task, ...managed });
      if (final.type === 'missing') throw notInstalled(this.#task, final);
      if (final.type === 'failed') throw notLoaded(this.#task, final);
    } catch (error) {
      await this.kill();
      throw error instanceof ProcessFailure ? notStarted(this.#task, error) : error;
    }
  }

  #ask(request: object, key = NO_EVALUATION, report?: Lease['report']): Promise<Final> {
    return new Promise((settle, fail) => {
      this.#waiting = { ...key, settle, fail, ...(report && { report }) };
      this.#send({ ...request, ...key });
    });
  }

  #send(request: object): void {
    this.#child.stdin.write(`${JSON.stringify(request)}\n`);
  }

  #read(text: string): void {
    const lines = (this.#incomplete + text).split('\n');
    this.#incomplete = lines.pop() as string;
    for (const line of lines) {
      try {
        this.#hear(line);
      } catch (error) {
        this.#over(error);
        void this.kill();
        return;
      }
    }
  }

  #hear(line: string): void {
    const reply = replyIn(line);
    const waiting = this.#waiting;
    if (waiting?.trialId !== reply.trialId || waiting.attempt !== reply.attempt) {
      this.#notes.drop(`'${reply.type}' of trial ${reply.trialId}, attempt ${reply.attempt}`);
    } else if (reply.type !== 'report') {
      this.#waiting = undefined;
      waiting.settle(reply);
    } else if (reply.step === null) waiting.report?.(reportedValue(reply.value));
    else waiting.report?.(reportedValue(reply.value), reply.step);
  }

  #over(error: unknown): void {
    this.#usable = false;
    this.#waiting?.fail(error);
    this.#waiting = undefined;
  }

  /** Its standard error so far. A reply may overtake what was written before it: one round of reading catches up. */
  async #stderr(): Promise<string> {
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    return this.#child.stderr.text();
  }
}
