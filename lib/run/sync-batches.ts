import type { Dispatcher } from '../dispatch/dispatcher.js';
import type { ParamsOf, SpaceDefinition } from '../space/index.js';
import { evaluate } from './evaluation.js';
import type { Run } from './run.js';
import type { ResolvedFitOptions } from './run-options.js';

/** One batch after the other until the budget is spent: drawn, evaluated, learned from. */
export async function fitBatches<D extends SpaceDefinition>(
  run: Run<D>,
  dispatcher: Dispatcher<ParamsOf<D>>,
  options: ResolvedFitOptions,
): Promise<void> {
  while (!run.isSpent && !run.stoppedEarly) {
    options.signal?.throwIfAborted();
    await fitBatch(run, dispatcher, options);
  }
}

async function fitBatch<D extends SpaceDefinition>(
  run: Run<D>,
  dispatcher: Dispatcher<ParamsOf<D>>,
  options: ResolvedFitOptions,
): Promise<void> {
  const { study, settings } = run;
  const { signal } = options;
  const batch = study.nextBatch;
  const logs = run.newLogs();
  await settings.watchers.tell({ type: 'batchBegan', batch, logs });

  const missing = study.settings.budget.batchSize - run.finishedOf(batch);
  const trials = await run.take(missing, options, { signal });
  await run.beginEvaluation(batch, logs);

  const started = performance.now();
  let taken = 0;
  await evaluate(run, dispatcher, options, { signal, next: () => trials[taken++] });
  logs.evaluationTime = performance.now() - started;

  await run.endBatch(batch, logs, options);
  run.refuseAllFailed(batch);
}
