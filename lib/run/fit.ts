import type { Dispatcher } from '../dispatch/dispatcher.js';
import type { ParamsOf, SpaceDefinition } from '../space/index.js';
import { AsyncBatches } from './async-batches.js';
import type { Run } from './run.js';
import type { ResolvedFitOptions } from './run-options.js';
import { fitBatches } from './sync-batches.js';

/**
 * Evaluates batches until the budget is spent, or the space used up, or a stage gave no classifier and `earlyStop` is set.
 * Where there was nothing to do from the beginning, the run's history says so.
 */
export async function fitObjective<D extends SpaceDefinition>(
  run: Run<D>,
  dispatcher: Dispatcher<ParamsOf<D>>,
  options: ResolvedFitOptions,
): Promise<void> {
  await run.between(async () => {
    run.study.requeue(); // handed out by ask and never told: evaluated now
    const training = await run.train(options); // one is due when a run was stopped between a batch and its training
    if (run.stoppedEarly || run.isSpent) return training === undefined ? 'nothing-to-do' : 'budget';
    await run.prepare(dispatcher, options.signal);
    if (options.batches === 'async') await new AsyncBatches(run, options).fit(dispatcher);
    else await fitBatches(run, dispatcher, options);
    return run.isUsedUp ? 'space-used-up' : 'budget';
  });
}
