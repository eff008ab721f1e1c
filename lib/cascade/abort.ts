import { addon, type TokenHandle } from './addon.js';

/**
 * Runs a native job that `signal` can stop. When it is aborted the returned promise rejects with the signal's reason,
 * once the job's threads have really stopped (a few milliseconds later).
 */
export async function withAbort<T>(
  signal: AbortSignal | undefined,
  job: (token: TokenHandle) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const token = addon.createToken();
  const abort = () => addon.cancel(token);
  signal?.addEventListener('abort', abort, { once: true });
  try {
    return await job(token);
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}
