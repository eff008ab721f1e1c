import { readFile } from 'node:fs/promises';
import type { SHAC } from '../api/shac.js';
import { ShacError, ShacRangeError, ShacTypeError, show } from '../errors.js';
import type { PartialParamsOf, SpaceDefinition } from '../space/index.js';

type StartingPoints = PartialParamsOf<SpaceDefinition> | readonly PartialParamsOf<SpaceDefinition>[];

/**
 * Enqueues what {@link readStartingPoints} has read, but for what the study has: the same command line may come again.
 *
 * @throws what `enqueue` throws; where it is of the params, the message names the file.
 */
export async function enqueuePoints(
  search: Pick<SHAC<SpaceDefinition>, 'enqueue'>,
  file: string,
  points: StartingPoints,
): Promise<void> {
  try {
    await search.enqueue(points, { skipIfExists: true });
  } catch (cause) {
    if (cause instanceof ShacRangeError) throw new ShacRangeError(cause.code, `${file}: ${cause.message}`, { cause });
    if (cause instanceof ShacTypeError) throw new ShacTypeError(cause.code, `${file}: ${cause.message}`, { cause });
    throw cause;
  }
}

/**
 * Reads the file of `--enqueue`: params as a JSON object, or an array of them.
 *
 * @throws ERR_FILE when it cannot be read, or is something else.
 */
export async function readStartingPoints(file: string): Promise<StartingPoints> {
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
  if (typeof params === 'object' && params !== null) return params as StartingPoints;
  throw new ShacError(
    'ERR_FILE',
    `${file} must have params, as in { "x": 1 }, or an array of them, not ${show(params)}`,
  );
}
