import { ShacTypeError, show } from '../errors.js';
import { frozen } from '../study/params.js';
import type { DispatchRun } from './dispatch-run.js';
import type { Dispatcher, DispatcherSource } from './dispatcher.js';

/** Whether `value` makes dispatchers of the user's own. */
export function isDispatcherSource(value: unknown): value is DispatcherSource<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as Partial<DispatcherSource>).createDispatcher === 'function'
  );
}

/** @throws ERR_INVALID_OBJECTIVE for what is no dispatcher; what `createDispatcher` throws. */
export function createOwnDispatcher(source: DispatcherSource<unknown>, run: DispatchRun): Dispatcher<unknown> {
  const made: unknown = source.createDispatcher(run);
  const methods = Object(made) as Record<string, unknown>;
  const missing = ['prepare', 'submit', 'close'].filter((name) => typeof methods[name] !== 'function');
  if (missing.length === 0) return withFrozenParams(made as Dispatcher<unknown>);
  throw new ShacTypeError(
    'ERR_INVALID_OBJECTIVE',
    `createDispatcher() must return an object with prepare, submit and close, but ${show(made)} has no ${missing.join(', no ')}`,
  );
}

/** They are the trial's own, and the dispatcher is not ours. */
function withFrozenParams(made: Dispatcher<unknown>): Dispatcher<unknown> {
  return {
    prepare: (workerId) => made.prepare(workerId),
    submit: (lease) => made.submit({ ...lease, params: frozen(lease.params) }),
    close: (now) => made.close(now),
  };
}
