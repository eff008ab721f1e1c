import type { Dispatcher } from '../dispatch/dispatcher.js';
import type { ParamsOf, SpaceDefinition } from '../space/index.js';
import { AsyncBatches } from './async-batches.js';
import type { Run } from './run.js';
import type { ResolvedFitOptions } from './run-options.js';
import { fitBatches } from './sync-batches.js';

/** Evaluates batches until the budget is spent, or a stage gave no classifier and `earlyStop` is set. */
export async function fitObjective<D extends SpaceDefinition>(
  run: Run<D>,
  dispatcher: Dispatcher<ParamsOf<D>>,
  options: ResolvedFitOptions,
): Promise<void> {
  await run.between(async () => {
    run.study.requeue(); // handed out by ask and never told: evaluated now
    await run.train(options); // one is due when a run was stopped between a batch and its training
    if (run.stoppedEarly || run.isSpent) return;
    await run.prepare(dispatcher, options.signal);
    if (options.batches === 'async') await new AsyncBatches(run, options).fit(dispatcher);
    else await fitBatches(run, dispatcher, options);
  });
}
