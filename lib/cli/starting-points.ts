import { readFile } from 'node:fs/promises';
import { ShacError, show } from '../errors.js';
import type { PartialParamsOf, SpaceDefinition } from '../space/index.js';

/**
 * Reads the file of `--enqueue`: params as a JSON object, or an array of them.
 *
 * @throws ERR_FILE when it cannot be read, or is something else.
 */
export async function readStartingPoints(file: string): Promise<PartialParamsOf<SpaceDefinition>[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new ShacError('ERR_FILE', `${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
  let params: unknown;
  try {
    params = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (cause) {
    throw new ShacError('ERR_FILE', `${file} is not JSON: ${(cause as Error).message}`, { cause });
  }
  if (typeof params === 'object' && params !== null)
    return (Array.isArray(params) ? params : [params]) as PartialParamsOf<SpaceDefinition>[];
  throw new ShacError(
    'ERR_FILE',
    `${file} must have params, as in { "x": 1 }, or an array of them, not ${show(params)}`,
  );
}
