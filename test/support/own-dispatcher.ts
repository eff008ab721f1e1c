import type { Dispatcher, DispatcherSource, EvaluationContext } from 'shac';
import { fixture } from './backends.js';

type Evaluate = (params: unknown, context: EvaluationContext) => unknown;

/** The least that a user's own dispatcher may be: it calls a fixture in this thread. */
export function ownDispatcher(name: string): DispatcherSource<unknown> {
  const createDispatcher = (): Dispatcher<unknown> => {
    let evaluate: Evaluate | undefined;
    return {
      async prepare() {
        evaluate ??= (await import(fixture(name).href)).default as Evaluate;
      },
      async submit({ params, ...lease }) {
        try {
          lease.signal.throwIfAborted();
          const value = await evaluate?.(structuredClone(params), lease);
          if (!Number.isFinite(value)) throw new RangeError(`no finite number: ${value}`);
          return { type: 'told', values: [value as number] };
        } catch (reason) {
          const { message } = Object(reason) as Partial<Error>;
          return { type: 'failed', error: { name: 'Error', message: message ?? String(reason) } };
        }
      },
      async close() {},
    };
  };
  return { createDispatcher };
}
