import { readFileSync } from 'node:fs';
import { ShacError, ShacRangeError, ShacTypeError, show } from '../errors.js';
import type { Direction } from '../options.js';
import type { ParamsOf, SearchSpace, SpaceDefinition } from '../space/index.js';
import { copyOf, isBetter } from '../trial.js';
import { type DatasetRow, parseDataset } from './csv.js';

/**
 * A data set for `fitDataset`: a CSV file in PySHAC's form, or rows. Params are checked against the space.
 *
 * @throws ERR_FILE for a file that cannot be read, ERR_DATASET_MISMATCH for rows that do not fit the space.
 */
export function loadDataset<D extends SpaceDefinition>(
  space: SearchSpace<D>,
  source: unknown,
): DatasetRow<ParamsOf<D>>[] {
  if (typeof source === 'string') {
    let csv: string;
    try {
      csv = readFileSync(source, 'utf8');
    } catch (cause) {
      throw new ShacError('ERR_FILE', `the data set ${source} cannot be read: ${(cause as Error).message}`, { cause });
    }
    return parseDataset(space, csv, source);
  }
  if (!Array.isArray(source)) {
    throw new ShacTypeError(
      'ERR_INVALID_ARGUMENT',
      `a data set is the path of a CSV file or an array of { params, value }, got ${show(source)}`,
    );
  }
  return source.map((row: Partial<DatasetRow<ParamsOf<D>>> | null, index) => {
    const { params, value } = row ?? {};
    if (value !== null && typeof value !== 'number') {
      throw mismatch(index, `value must be a number, or null for a failed evaluation, got ${show(value)}`);
    }
    try {
      space.encode(params);
    } catch (cause) {
      throw mismatch(index, (cause as Error).message, cause);
    }
    return { params: copyOf(params as ParamsOf<D>), value: Number.isFinite(value) ? value : null };
  });
}

function mismatch(index: number, message: string, cause?: unknown): ShacRangeError {
  return new ShacRangeError('ERR_DATASET_MISMATCH', `row ${index} of the data set: ${message}`, { cause });
}

/** Worst value first, failures before all: each stage of a data set is then better than the one before. */
export function worstFirst<T extends { value: number | null }>(rows: readonly T[], direction: Direction): T[] {
  return [...rows].sort((a, b) => {
    if (a.value === null || b.value === null) return (a.value === null ? 0 : 1) - (b.value === null ? 0 : 1);
    return isBetter(a.value, b.value, direction) ? 1 : isBetter(b.value, a.value, direction) ? -1 : 0;
  });
}
