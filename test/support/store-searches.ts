import { SHAC, type ShacOptions } from 'shac';
import { space, studyOptions } from './studies.js';

/** The search of `study`, in a store that may answer later. */
export const opened = (options: Partial<ShacOptions>) => SHAC.open(space, studyOptions(options));

/** What a store throws, or rejects with. */
export async function thrownBy(call: () => unknown): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}
