import { ShacError } from '../errors.js';
import type { Database } from '../store/sqlite/driver/database.js';
import { bytesOf, textOf } from '../store/sqlite/text.js';
import { toUtc } from './datetime.js';
import { Distributions } from './external.js';
import { parsePythonJson } from './python-json.js';
import type { ExchangeParam, ExchangeState, ExchangeTrial } from './study.js';

const NOT_FINITE: Readonly<Record<string, number>> = {
  INF_POS: Number.POSITIVE_INFINITY,
  INF_NEG: Number.NEGATIVE_INFINITY,
  NAN: Number.NaN,
};

interface TrialRow {
  trial_id: number;
  number: number;
  state: ExchangeState;
  datetime_start: string | null;
  datetime_complete: string | null;
}

interface ParamRow {
  trial_id: number;
  param_name: Uint8Array;
  param_value: number | null;
  distribution_json: string;
}

interface ValueRow {
  trial_id: number;
  value: number | null;
  type: string;
}

interface StepRow extends ValueRow {
  step: number;
}

export interface AttributeRow {
  key: Uint8Array;
  value_json: string;
}

/** Some successive trials of a study. */
export interface TrialChunk {
  readonly trials: readonly ExchangeTrial[];
  /** Row id of the last one; undefined when there is none. */
  readonly last: number | undefined;
}

/** Reads trials from Optuna's tables. */
export class OptunaTrials {
  readonly #file: string;
  readonly #database: Database;
  readonly #distributions = new Distributions();

  constructor(database: Database, file: string) {
    this.#database = database;
    this.#file = file;
  }

  /**
   * The first `count` trials of a study after a row id. Its caller makes it a transaction, so that each trial is as it
   * was at one moment.
   *
   * @throws ERR_STORAGE for rows that are damaged.
   */
  read(studyId: number, after: number, count: number): TrialChunk {
    const rows = this.#database
      .prepare(
        `SELECT trial_id, number, state, datetime_start, datetime_complete FROM trials
          WHERE study_id = ? AND trial_id > ? ORDER BY trial_id LIMIT ?`,
      )
      .all(studyId, after, count) as TrialRow[];
    const last = rows.at(-1)?.trial_id;
    const details = <T extends { trial_id: number }>(table: string, columns: string, order: string) =>
      grouped(
        this.#database
          .prepare(
            `SELECT t.trial_id, ${columns} FROM trials t JOIN ${table} d ON d.trial_id = t.trial_id
              WHERE t.study_id = ? AND t.trial_id > ? AND t.trial_id <= ? ORDER BY t.trial_id, ${order}`,
          )
          .all(studyId, after, last ?? after) as T[],
      );
    const attributes = (kind: 'user' | 'system') =>
      details<AttributeRow & { trial_id: number }>(
        `trial_${kind}_attributes`,
        `${bytesOf('key')} AS key, value_json`,
        `trial_${kind}_attribute_id`,
      );
    const params = details<ParamRow>(
      'trial_params',
      `${bytesOf('param_name')} AS param_name, param_value, distribution_json`,
      'param_id',
    );
    const values = details<ValueRow>('trial_values', 'value, value_type AS type', 'objective');
    const stepColumns = 'step, intermediate_value AS value, intermediate_value_type AS type';
    const steps = details<StepRow>('trial_intermediate_values', stepColumns, 'step');
    const [user, system] = [attributes('user'), attributes('system')];
    const trials = rows.map(({ trial_id: id, number, state, datetime_start, datetime_complete }) => {
      const value = values(id)[0];
      return wholeOf(this.#file, `trial ${number}`, () => ({
        number,
        state,
        params: new Map(params(id).map((param) => [textOf(param.param_name), this.#param(param)])),
        value: value === undefined ? null : toNumber(value),
        intermediateValues: new Map(steps(id).map((step) => [step.step, toNumber(step)])),
        started: toUtc(datetime_start, 'UTC'),
        completed: toUtc(datetime_complete, 'UTC'),
        userAttributes: attributesOf(user(id)),
        systemAttributes: attributesOf(system(id)),
      }));
    });
    return { trials, last };
  }

  #param({ param_value, distribution_json: distribution }: ParamRow): ExchangeParam {
    const real = param_value ?? Number.NaN; // SQLite has no NaN
    return { value: this.#distributions.external(distribution, real), stored: { real, distribution } };
  }
}

export function attributesOf(rows: readonly AttributeRow[]): Record<string, unknown> {
  return Object.fromEntries(rows.map(({ key, value_json: json }) => [textOf(key), parsePythonJson(json)]));
}

/** @throws ERR_STORAGE when `what` cannot be made of the rows: JSON that is none, a number that stands for nothing. */
export function wholeOf<T>(file: string, what: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    throw new ShacError('ERR_STORAGE', `${file} is damaged: ${what}: ${(cause as Error).message}`, { cause });
  }
}

/** The rows of a trial, by its id. */
function grouped<T extends { trial_id: number }>(rows: readonly T[]): (id: number) => readonly T[] {
  const groups = new Map<number, T[]>();
  for (const row of rows) {
    const group = groups.get(row.trial_id);
    if (group === undefined) groups.set(row.trial_id, [row]);
    else group.push(row);
  }
  return (id) => groups.get(id) ?? [];
}

function toNumber({ value, type }: ValueRow): number {
  return NOT_FINITE[type] ?? (value as number);
}
