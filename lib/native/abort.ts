import { addon, type TokenHandle } from './addon.js';

/**
 * Runs a native job that `signal` can stop. When it is aborted the returned promise rejects at once with the signal's
 * reason. The job's threads are told as well; they stop between two chunks of draws or two boosting rounds (XGBoost
 * cannot be stopped inside one), nobody waits for them, and what they still find is dropped.
 */
export async function withAbort<T>(
  signal: AbortSignal | undefined,
  job: (token: TokenHandle) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const token = addon.createToken();
  const running = job(token);
  if (signal === undefined) return running;
  let abort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => {
      addon.cancel(token);
      reject(signal.reason);
    };
  });
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([running, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
