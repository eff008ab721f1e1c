import { ShacRangeError, show } from '../errors.js';
import type { ParamsOf, SearchSpace, SpaceDefinition } from '../space/index.js';
import type { Direction } from '../study/direction.js';
import type { DatasetRow } from './csv.js';
import { readLines } from './files.js';
import { valueAt } from './study-rows.js';

/** An object of a line; only `params` and `value` have to be there. */
interface JsonlRow {
  readonly params: Record<string, unknown>;
  readonly value?: unknown;
  readonly state?: unknown;
  readonly objective?: unknown;
  readonly places?: Record<string, unknown>;
}

/** How numbers are written that JSON does not have. */
const SPECIAL = ['Infinity', '-Infinity', 'NaN'];

/** A finished trial of a line; a value of null is a failed evaluation. */
interface JsonlTrial {
  readonly row: JsonlRow;
  readonly value: number | null;
  /** An error that names the line. */
  readonly mismatch: (message: string, cause?: unknown) => ShacRangeError;
}

/**
 * Reads rows of a JSONL file, in the form that is exported or as `{ "params": { … }, "value": 1 }`: a `multi` is an array
 * or its columns, a `choice` an object or its columns. Lines of trials that are not finished are left out, and so are
 * failed ones that do not fit the space.
 *
 * @throws ERR_DATASET_MISMATCH, naming the line.
 */
export async function readJsonlRows<D extends SpaceDefinition>(
  space: SearchSpace<D>,
  file: string,
  objective: Direction,
): Promise<DatasetRow<ParamsOf<D>>[]> {
  const rows: DatasetRow<ParamsOf<D>>[] = [];
  for await (const { row, value, mismatch } of jsonlTrials(file, objective)) {
    try {
      rows.push({ params: paramsOf(space, row), value });
    } catch (cause) {
      // A trial may have failed before it had all its params; what was written without a state is meant to fit.
      if (value !== null || row.state === undefined) throw mismatch((cause as Error).message, cause);
    }
  }
  return rows;
}

/**
 * The finished trials of a JSONL file, whatever their params are.
 *
 * @throws ERR_DATASET_MISMATCH, naming the line.
 */
export async function* jsonlTrials(file: string, objective: Direction): AsyncGenerator<JsonlTrial> {
  for await (const { number, text } of readLines(file)) {
    if (text.trim() === '') continue;
    const mismatch = (message: string, cause?: unknown) =>
      new ShacRangeError('ERR_DATASET_MISMATCH', `line ${number} of ${file}: ${message}`, { cause });
    let row: JsonlRow;
    try {
      row = JSON.parse(text) as JsonlRow;
    } catch (cause) {
      throw mismatch(`it is not JSON: ${(cause as Error).message}`, cause);
    }
    if (typeof row?.params !== 'object' || row.params === null || Array.isArray(row.params)) {
      throw mismatch(`it must be an object with params and value, got ${show(row)}`);
    }
    if (row.objective !== undefined && row.objective !== objective) {
      throw mismatch(`its objective is ${show(row.objective)}, that of this study ${show(objective)}`);
    }
    if (row.state === 'RUNNING' || row.state === 'WAITING') continue;
    const failed = row.state === 'FAIL' || row.state === 'PRUNED';
    const given = row.value === undefined && failed ? null : row.value;
    if (given !== null && typeof given !== 'number' && !SPECIAL.includes(given as string)) {
      throw mismatch(`value must be a number, or null for a failed evaluation, got ${show(given)}`);
    }
    yield { row, value: !failed && Number.isFinite(given) ? (given as number) : null, mismatch };
  }
}

/** @throws when they are not in the space. */
function paramsOf<D extends SpaceDefinition>(
  space: SearchSpace<D>,
  { params: given, places = {} }: JsonlRow,
): ParamsOf<D> {
  const params = structuredClone(given);
  space.coordinates.forEach(({ column, name, index, parameter }, i) => {
    const path = space.pathOf(i);
    const place = places[column];
    if (parameter.kind === 'custom' && typeof place === 'number') put(params, path, index, valueAt(parameter, place));
    else if (!Object.hasOwn(given, column) || isWhole(given, name, index, path)) return;
    else put(params, path, index, given[column]);
    if (path[0] !== column) delete params[column];
  });
  space.encode(params);
  return params as ParamsOf<D>;
}

/** Whether a parameter is given in one piece, not in columns: the array of a `multi`, the object of a choice. */
function isWhole(
  given: Record<string, unknown>,
  name: string,
  index: number | undefined,
  path: readonly string[],
): boolean {
  const whole: unknown = Object.hasOwn(given, name) ? given[name] : undefined;
  if (index !== undefined) return Array.isArray(whole);
  return path.length > 1 && path.at(-1) === 'kind' && typeof whole === 'object';
}

/** Puts a value where it belongs; what is there and is no object or array becomes one. */
function put(
  params: Record<string, unknown>,
  path: readonly string[],
  index: number | undefined,
  value: unknown,
): void {
  const [key = '', ...rest] = path;
  if (rest.length > 0) {
    const inner = Object.hasOwn(params, key) ? params[key] : undefined;
    params[key] = typeof inner === 'object' && inner !== null ? inner : {};
    put(params[key] as Record<string, unknown>, rest, index, value);
  } else if (index === undefined) params[key] = value;
  else {
    const list: unknown = Object.hasOwn(params, key) ? params[key] : undefined;
    params[key] = Object.assign(Array.isArray(list) ? list : [], { [index]: value });
  }
}
