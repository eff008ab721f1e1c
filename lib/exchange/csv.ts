import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import { ShacError, ShacRangeError, show } from '../errors.js';
import type { ParamsOf, SearchSpace, SpaceDefinition } from '../space/index.js';

/** One row of a data set: a candidate and its value, null where the evaluation failed. */
export interface DatasetRow<P> {
  params: P;
  value: number | null;
}

/** A row as it stands in the file, with its `id`. */
export interface DatasetRecord<P> extends DatasetRow<P> {
  id: string;
}

/** PySHAC's data set: `id`, one column a coordinate, `scores`. A failed trial's score is empty. */
export function formatDataset<D extends SpaceDefinition>(
  space: SearchSpace<D>,
  rows: Iterable<{ id: number; params: ParamsOf<D>; value: number | null }>,
): string {
  const lines: string[][] = [['id', ...space.columns, 'scores']];
  for (const { id, params, value } of rows) {
    lines.push([String(id), ...space.toText(params), value === null ? '' : String(value)]);
  }
  return csvText(lines);
}

/** Lines of CSV. Whatever a reader could take for the end of a line is quoted. */
export function csvText(lines: readonly string[][]): string {
  return stringify([...lines], { quoted_match: /\r/ });
}

/**
 * Reads a data set: the columns of the space in any order, `scores`, and perhaps `id`.
 *
 * @throws ERR_DATASET_MISMATCH naming the columns or the line that do not fit the space.
 */
export function parseDataset<D extends SpaceDefinition>(
  space: SearchSpace<D>,
  csv: string,
  file: string,
): DatasetRecord<ParamsOf<D>>[] {
  let lines: string[][];
  try {
    lines = parse(csv, { bom: true, skip_empty_lines: true });
  } catch (cause) {
    throw new ShacError('ERR_DATASET_MISMATCH', `${file} is not a CSV file: ${(cause as Error).message}`, { cause });
  }
  const [header = [], ...body] = lines;
  const expected = [...space.columns, 'scores'];
  const missing = expected.filter((column) => !header.includes(column));
  const unknown = header.filter((column) => column !== 'id' && !expected.includes(column));
  if (missing.length > 0 || unknown.length > 0 || new Set(header).size !== header.length) {
    const problems = [
      missing.length > 0 ? `missing: ${missing.join(', ')}` : '',
      unknown.length > 0 ? `not in the space: ${unknown.map((column) => show(column)).join(', ')}` : '',
    ].filter(Boolean);
    throw new ShacRangeError(
      'ERR_DATASET_MISMATCH',
      `the columns of ${file} do not match the search space (${problems.join('; ') || 'a column is there twice'}); ` +
        `expected id, ${expected.join(', ')}`,
    );
  }
  const places = space.columns.map((column) => header.lastIndexOf(column));
  const scores = header.lastIndexOf('scores');
  const ids = header[0] === 'id' ? 0 : -1;
  return body.map((fields, row) => {
    try {
      return {
        id: ids === 0 ? (fields[0] as string) : String(row),
        params: space.fromText(places.map((place) => fields[place] as string)),
        value: parseScore(fields[scores] as string),
      };
    } catch (cause) {
      throw new ShacRangeError('ERR_DATASET_MISMATCH', `row ${row + 1} of ${file}: ${(cause as Error).message}`, {
        cause,
      });
    }
  });
}

function parseScore(field: string): number | null {
  const trimmed = field.trim();
  if (trimmed === '' || /^[+-]?(nan|inf(inity)?)$/i.test(trimmed)) return null;
  const value = Number(trimmed);
  if (!Number.isFinite(value)) throw new RangeError(`the score ${show(field)} is not a number`);
  return value;
}
