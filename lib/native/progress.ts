import { addon, type NativeProgress, type ProgressHandle } from './addon.js';
import { LinkedAbort } from './linked-abort.js';

/** Told how far a native job is. The job is stopped when it throws. */
export type ProgressListener = (progress: NativeProgress) => void | Promise<void>;

const INTERVAL_MS = 100;

/**
 * Runs a native job, and tells `listener` ten times a second how far it is: not again before the last telling is over,
 * and not any more once this has returned. The numbers are read from here, so that no other thread has to wake this
 * one, and a process that only waits for the next telling may end.
 *
 * @throws what the job throws, the signal's reason, or what `listener` threw.
 */
export async function withProgress<T>(
  signal: AbortSignal | undefined,
  listener: ProgressListener | undefined,
  job: (signal: AbortSignal | undefined, progress?: ProgressHandle) => Promise<T>,
): Promise<T> {
  if (listener === undefined) return job(signal);
  signal?.throwIfAborted();
  const stop = new LinkedAbort(signal);
  const progress = addon.createProgress();
  let telling: Promise<void> | undefined;
  const tell = async () => {
    try {
      await listener(addon.readProgress(progress));
      telling = undefined;
    } catch (error) {
      stop.abort(error); // and it is never told again
    }
  };
  const timer = setInterval(() => {
    telling ??= tell();
  }, INTERVAL_MS).unref();
  try {
    const result = await job(stop.signal, progress).finally(() => clearInterval(timer));
    await telling;
    stop.signal.throwIfAborted();
    return result;
  } finally {
    stop.unlink();
  }
}
