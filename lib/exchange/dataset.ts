import { readFile } from 'node:fs/promises';
import { ShacRangeError, ShacTypeError, show } from '../errors.js';
import type { ParamsOf, SearchSpace, SpaceDefinition } from '../space/index.js';
import type { Direction } from '../study/direction.js';
import { isBetter } from '../study/direction.js';
import { copyOf } from '../study/params.js';
import { type DatasetRow, parseDataset } from './csv.js';
import { readJournal } from './journal-reader.js';
import { readJsonlRows } from './jsonl-reader.js';
import { OptunaTables } from './optuna-tables.js';
import { recognise } from './source.js';
import { studyRows } from './study-rows.js';

/** Where a data set comes from, and what it is for. */
export interface DatasetOf {
  /** The direction of the study that learns from it. */
  readonly objective: Direction;
  /** Which study of an Optuna file; undefined: its only one. */
  readonly studyName: string | undefined;
}

/**
 * A data set for `fitDataset`: rows, or a file that is recognised by its content (a CSV file in PySHAC's form, JSONL, an
 * SQLite file or a journal of Optuna). Params are checked against the space.
 *
 * @throws ERR_FILE for a file that cannot be read, ERR_DATASET_MISMATCH for rows that do not fit the space, and what the
 *   readers of studies throw.
 */
export async function loadDataset<D extends SpaceDefinition>(
  space: SearchSpace<D>,
  source: unknown,
  { objective, studyName }: DatasetOf,
): Promise<DatasetRow<ParamsOf<D>>[]> {
  const format = typeof source === 'string' ? await recognise(source) : 'rows';
  if (studyName !== undefined && format !== 'sqlite' && format !== 'journal') {
    throw new ShacTypeError(
      'ERR_INVALID_ARGUMENT',
      `studyName ${show(studyName)} is for a file with studies, but the data set is ${format}; leave it out`,
    );
  }
  if (format === 'rows') return checkedRows(space, source);
  const file = source as string;
  if (format === 'csv') return parseDataset(space, await readFile(file, 'utf8'), file);
  if (format === 'jsonl') return readJsonlRows(space, file, objective);
  if (format === 'journal') return studyRows(space, await readJournal(file, studyName), objective, file);
  const tables = new OptunaTables(file);
  try {
    return await studyRows(space, tables.study(studyName), objective, file);
  } finally {
    tables.close();
  }
}

function checkedRows<D extends SpaceDefinition>(space: SearchSpace<D>, source: unknown): DatasetRow<ParamsOf<D>>[] {
  if (!Array.isArray(source)) {
    throw new ShacTypeError(
      'ERR_INVALID_ARGUMENT',
      `a data set is the path of a file or an array of { params, value }, got ${show(source)}`,
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
    return {
      params: copyOf(withoutInactive(space, params as ParamsOf<D>)),
      value: Number.isFinite(value) ? value : null,
    };
  });
}

/** An inactive parameter may be given as undefined: it is left out, as in what is drawn. */
function withoutInactive<D extends SpaceDefinition>(space: SearchSpace<D>, params: ParamsOf<D>): ParamsOf<D> {
  const isFlat = space.conditions.every((conditions) => conditions === null);
  return isFlat ? params : space.fromValues(space.valuesOf(params));
}

function mismatch(index: number, message: string, cause?: unknown): ShacRangeError {
  return new ShacRangeError('ERR_DATASET_MISMATCH', `row ${index} of the data set: ${message}`, { cause });
}

/**
 * The rows of a data set as they are learned from.
 *
 * @param most So many rows at the most.
 * @throws ERR_DATASET_MISMATCH when there are more, or none.
 */
export function inOrder<T extends { value: number | null }>(
  rows: readonly T[],
  { presort, objective, most }: { presort: boolean; objective: Direction; most: number },
): readonly T[] {
  if (rows.length > 0 && rows.length <= most) return presort ? worstFirst(rows, objective) : rows;
  throw new ShacRangeError(
    'ERR_DATASET_MISMATCH',
    `the data set has ${rows.length} rows, expected 1 to totalBudget ${most}`,
  );
}

/** Worst value first, failures before all: each stage of a data set is then better than the one before. */
export function worstFirst<T extends { value: number | null }>(rows: readonly T[], direction: Direction): T[] {
  return [...rows].sort((a, b) => {
    if (a.value === null || b.value === null) return (a.value === null ? 0 : 1) - (b.value === null ? 0 : 1);
    return isBetter(a.value, b.value, direction) ? 1 : isBetter(b.value, a.value, direction) ? -1 : 0;
  });
}
