import type { Dispatcher } from '../dispatch/dispatcher.js';
import { LinkedAbort } from '../native/linked-abort.js';
import type { EpochLogs } from '../observe/callback.js';
import type { ParamsOf, SpaceDefinition } from '../space/index.js';
import { isFinished, type TrialRecord } from '../study/trial.js';
import { logDrawing, logParameters } from './batch-logs.js';
import { evaluate } from './evaluation.js';
import type { Run } from './run.js';
import type { ResolvedFitOptions } from './run-options.js';
import { Chain, Serial } from './serial.js';

/**
 * All batches at once: a free evaluator is given the next candidate, from the classifiers that there are. Batches are
 * still ended in order, each once all its results are in, while later ones are evaluated. Trials are taken one after the
 * other, and batches ended one after the other, both beside the evaluations; what one of the three throws stops them all.
 */
export class AsyncBatches<D extends SpaceDefinition> {
  readonly #run: Run<D>;
  readonly #options: ResolvedFitOptions;
  readonly #stop: LinkedAbort;
  readonly #taking = new Serial();
  readonly #ending = new Chain();
  readonly #begun = new Map<number, { logs: EpochLogs; started: number }>();
  /** Results of the batches that are not ended yet. */
  readonly #finished = new Map<number, number>();
  /** The batch that ends next. */
  #batch: number;

  constructor(run: Run<D>, options: ResolvedFitOptions) {
    this.#run = run;
    this.#options = options;
    this.#stop = new LinkedAbort(options.signal);
    const { study } = run;
    this.#batch = study.nextBatch;
    for (const trial of study.trials.slice(this.#batch * study.settings.budget.batchSize)) {
      if (isFinished(trial)) this.#count(trial);
    }
  }

  async fit(dispatcher: Dispatcher<ParamsOf<D>>): Promise<void> {
    const { signal } = this.#stop;
    const next = () => this.#taking.run(() => this.#take());
    const onFinished = (trial: TrialRecord<ParamsOf<D>>) => this.#onFinished(trial);
    try {
      await evaluate(this.#run, dispatcher, this.#options, { signal, next, onFinished });
      if (this.#run.isUsedUp) this.#end(); // the last batch is a part of one
      await this.#ending.over;
    } catch (error) {
      this.#stop.abort(error);
      throw error;
    } finally {
      // What is being drawn or trained is told, and waited for: nobody else changes the study once the run has ended.
      await Promise.allSettled([this.#taking.idle, this.#ending.over]);
      this.#stop.unlink();
      this.#run.study.requeue();
    }
  }

  async #take(): Promise<TrialRecord<ParamsOf<D>> | undefined> {
    const run = this.#run;
    if (run.stoppedEarly) return undefined;
    run.settings.kept.candidates.dropStale();
    const [trial] = await run.take(1, this.#options, { signal: this.#stop.signal, fresh: true });
    if (trial === undefined) return undefined;
    run.study.record({ type: 'started', id: trial.id, at: Date.now() }); // nobody else gets it
    const { stage: batch } = trial;
    if (!this.#begun.has(batch)) {
      const logs = run.newLogs();
      this.#begun.set(batch, { logs, started: performance.now() });
      await run.settings.watchers.tell({ type: 'batchBegan', batch, logs });
      await run.beginEvaluation(batch, logs);
    }
    return trial;
  }

  #onFinished(trial: TrialRecord<ParamsOf<D>>): void {
    const isWhole = this.#count(trial) === this.#run.study.settings.budget.batchSize;
    if (isWhole && !this.#stop.signal.aborted) this.#end();
  }

  #end(): void {
    this.#ending.run(
      () => this.#endBatches(),
      (reason) => this.#stop.abort(reason),
    );
  }

  async #endBatches(): Promise<void> {
    const run = this.#run;
    for (; this.#finished.get(this.#batch) === run.sizeOf(this.#batch) && !run.stoppedEarly; this.#batch++) {
      const batch = this.#batch;
      const { logs, started } = this.#begun.get(batch) ?? { logs: run.newLogs(), started: performance.now() };
      logs.evaluationTime = performance.now() - started;
      logParameters(run.study, batch, logs);
      logDrawing(run.study, batch, logs);
      await run.endBatch(batch, logs, { ...this.#options, signal: this.#stop.signal });
      run.refuseAllFailed(batch);
      this.#finished.delete(batch);
    }
  }

  /** @returns how many results its batch has. */
  #count({ stage }: TrialRecord<ParamsOf<D>>): number {
    const count = (this.#finished.get(stage) ?? 0) + 1;
    this.#finished.set(stage, count);
    return count;
  }
}
