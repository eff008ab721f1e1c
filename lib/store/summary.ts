import type { Budget } from '../study/budget.js';
import type { Direction } from '../study/direction.js';
import type { StudyEvent } from '../study/events.js';
import type { StudyIdentity } from '../study/identity.js';
import { apply, emptyState } from '../study/state.js';
import { objectiveValue } from '../study/trial.js';
import type { StudySummary } from './store.js';

/**
 * A study in numbers, for stores that keep events.
 *
 * @param identity That of its key.
 * @param events All of them. What a codec makes of params and models is not looked at: they need not be decoded.
 * @param owner Which search writes to it now, in words.
 */
export function summaryOf(
  name: string,
  identity: StudyIdentity,
  events: Iterable<StudyEvent<unknown>>,
  owner: string | undefined,
): StudySummary {
  const { objective: direction, budget } = identity as { objective: Direction; budget: Budget };
  const state = emptyState<unknown>();
  for (const event of events) apply(state, event, { direction, budget });
  const trials = { WAITING: 0, RUNNING: 0, COMPLETE: 0, FAIL: 0, PRUNED: 0 };
  for (const { state: of } of state.trials) trials[of]++;
  const isOver = state.unfinished.size === 0 && state.drawn.length === 0 && state.queue.length === 0;
  return {
    name,
    objective: direction,
    totalBudget: budget.totalBudget,
    batchSize: budget.batchSize,
    finished: trials.COMPLETE + trials.FAIL,
    ...(isOver && state.batches.at(-1)?.usedUp && { spaceUsedUp: true }),
    trials,
    classifiers: state.classifiers.length,
    best: (state.best && objectiveValue(state.best)) ?? undefined,
    owner,
  };
}
