import type { CallbackMethods } from '../observe/callback.js';

/** What `fit` and `fitDataset` were given, checked and complete. */
export interface ResolvedRunOptions {
  skipCvChecks: boolean;
  earlyStop: boolean;
  callbacks: readonly CallbackMethods[];
  signal: AbortSignal | undefined;
}

/** The same of `fit`. */
export interface ResolvedFitOptions extends ResolvedRunOptions {
  relaxChecks: boolean;
  timeoutMs: number;
  retries: number;
  onFailure: 'continue' | 'stop';
  batches: 'sync' | 'async';
}
