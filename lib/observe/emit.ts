import type { CallbackMethods } from './callback.js';

type Event = Exclude<keyof CallbackMethods, 'setEngine'>;

/** Calls one method of every callback that has it, in order, each after the one before has settled. */
export type Emit = <K extends Event>(event: K, ...args: Parameters<NonNullable<CallbackMethods[K]>>) => Promise<void>;

export function emitterTo(callbacks: readonly CallbackMethods[]): Emit {
  return async (event, ...args) => {
    for (const callback of callbacks) {
      const method = callback[event] as ((...args: unknown[]) => unknown) | undefined;
      await method?.apply(callback, args);
    }
  };
}
