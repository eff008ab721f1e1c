import { ProcessFailure } from '../failure.js';

/** How often a worker is started again that is killed while it loads. */
const MORE_STARTS = 2;

/**
 * Starts a worker; again when it is killed meanwhile, by the system's lack of memory or by a person: that says nothing of
 * the objective.
 *
 * @param start Rejects when it could not be started.
 * @param isOver Whether nobody needs it any more: then its own side killed it.
 */
export async function startWorker(start: () => Promise<void>, isOver: () => boolean): Promise<void> {
  for (let left = MORE_STARTS; ; left--) {
    try {
      return await start();
    } catch (reason) {
      if (!(reason instanceof ProcessFailure && reason.killed) || left === 0 || isOver()) throw reason;
      const [said] = reason.message.split('\n', 1);
      process.emitWarning(`a worker is started again: ${said}`, 'ShacWarning');
    }
  }
}
