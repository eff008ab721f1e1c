import { existsSync, rmSync } from 'node:fs';
import type Database from 'better-sqlite3';
import { ShacError } from '../../errors.js';
import type { Direction } from '../../options.js';
import type { StudyIdentity } from '../identity.js';
import { Distributions } from '../optuna/external.js';
import { naming, openDatabase, openForReading } from '../sqlite/database.js';
import { checkSchema } from '../sqlite/schema.js';
import { toUtc } from './datetime.js';
import { parsePythonJson } from './python-json.js';
import {
  chooseStudy,
  type ExchangeParam,
  type ExchangeState,
  type ExchangeStudy,
  type ExchangeTrial,
  requireOneObjective,
} from './study.js';

/** Trials that are read at once: so few that neither the event loop nor a program that writes waits for long. */
const CHUNK = 500;

const DIRECTIONS: Readonly<Record<string, Direction>> = { MINIMIZE: 'min', MAXIMIZE: 'max' };
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
  param_name: string;
  param_value: number | null;
  distribution_json: string;
}

interface ValueRow {
  value: number | null;
  type: string;
}

interface StepRow extends ValueRow {
  step: number;
}

interface AttributeRow {
  key: string;
  value_json: string;
}

/** A database with Optuna's tables, made by Optuna or by us, open for reading. Others may write to it meanwhile. */
export class OptunaTables {
  readonly #file: string;
  readonly #database: Database.Database;
  /** Which tables there are. */
  readonly #schema: ReturnType<typeof checkSchema>;
  readonly #distributions = new Distributions();

  /**
   * @throws ERR_STORAGE when there is none, or it is no such database; ERR_STORAGE_VERSION when its tables are of
   *   another version of Optuna.
   */
  constructor(file: string) {
    this.#file = file;
    this.#database = openForReading(file);
    try {
      this.#schema = this.#read(() => checkSchema(this.#database, file));
    } catch (error) {
      this.close();
      throw error;
    }
  }

  close(): void {
    this.#database.close();
  }

  studyNames(): string[] {
    if (this.#schema === 'empty') return [];
    return this.#read(
      () => this.#database.prepare('SELECT study_name FROM studies ORDER BY study_id').pluck().all() as string[],
    );
  }

  /**
   * @param wanted The name; undefined: the only one.
   * @throws ERR_STUDY_NOT_FOUND, naming what is there; ERR_DATASET_MISMATCH for more than one objective.
   */
  study(wanted?: string): ExchangeStudy {
    const name = chooseStudy(this.studyNames(), wanted, this.#file);
    return this.#read(() => {
      const id = this.#database
        .prepare('SELECT study_id FROM studies WHERE study_name = ?')
        .pluck()
        .get(name) as number;
      const directions = this.#database
        .prepare('SELECT direction FROM study_directions WHERE study_id = ?')
        .pluck()
        .all(id) as string[];
      requireOneObjective(name, directions.length);
      return {
        name,
        objective: DIRECTIONS[directions[0] as string],
        userAttributes: this.#studyAttributes('user', id),
        systemAttributes: this.#studyAttributes('system', id),
        trials: () => this.#trials(id),
      };
    });
  }

  /** What a search of ours is; undefined for a study that another program made. */
  identity(name: string): StudyIdentity | undefined {
    if (this.#schema !== 'ready') return undefined;
    return this.#read(() => {
      const identity = this.#database
        .prepare('SELECT identity FROM shac_studies JOIN studies USING (study_id) WHERE study_name = ?')
        .pluck()
        .get(name) as string | undefined;
      return identity === undefined ? undefined : (JSON.parse(identity) as StudyIdentity);
    });
  }

  /**
   * Writes all studies to a new database, which needs no other file beside it: a reader that cannot follow a write-ahead
   * log opens it.
   *
   * @throws ERR_FILE when `out` is there already, ERR_STORAGE when it cannot be written.
   */
  snapshot(out: string): void {
    if (existsSync(out)) throw new ShacError('ERR_FILE', `${out} is there already; remove it, or choose another name`);
    try {
      naming(out, () => this.#database.prepare('VACUUM INTO ?').run(out));
      if (this.#schema === 'ready') disown(out);
    } catch (error) {
      rmSync(out, { force: true }); // what is there is not whole
      throw error;
    }
  }

  #studyAttributes(kind: 'user' | 'system', id: number): Record<string, unknown> {
    const key = `study_${kind}_attribute`;
    const rows = this.#database
      .prepare(`SELECT key, value_json FROM ${key}s WHERE study_id = ? ORDER BY ${key}_id`)
      .all(id) as AttributeRow[];
    return this.#whole(`the ${kind} attributes of the study`, () => attributesOf(rows));
  }

  async *#trials(studyId: number): AsyncGenerator<ExchangeTrial> {
    // A transaction a chunk, so that each trial is what it was at one moment.
    const read = this.#database.transaction((after: number) => this.#chunk(studyId, after));
    for (let after = -1; ; ) {
      const chunk = this.#read(() => read(after));
      for (const { trial } of chunk) yield trial;
      if (chunk.length < CHUNK) return;
      after = (chunk.at(-1) as { id: number }).id;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #chunk(studyId: number, after: number): { id: number; trial: ExchangeTrial }[] {
    const rows = this.#database
      .prepare(
        `SELECT trial_id, number, state, datetime_start, datetime_complete FROM trials
         WHERE study_id = ? AND trial_id > ? ORDER BY trial_id LIMIT ${CHUNK}`,
      )
      .all(studyId, after) as TrialRow[];
    const last = rows.at(-1)?.trial_id ?? after;
    const details = <T>(table: string, columns: string, order: string) =>
      grouped(
        this.#database
          .prepare(
            `SELECT t.trial_id, ${columns} FROM trials t JOIN ${table} d ON d.trial_id = t.trial_id
             WHERE t.study_id = ? AND t.trial_id > ? AND t.trial_id <= ? ORDER BY t.trial_id, ${order}`,
          )
          .all(studyId, after, last) as (T & { trial_id: number })[],
      );
    const params = details<ParamRow>('trial_params', 'param_name, param_value, distribution_json', 'param_id');
    const values = details<ValueRow>('trial_values', 'value, value_type AS type', 'objective');
    const steps = details<StepRow>(
      'trial_intermediate_values',
      'step, intermediate_value AS value, intermediate_value_type AS type',
      'step',
    );
    const attributes = (kind: 'user' | 'system') =>
      details<AttributeRow>(`trial_${kind}_attributes`, 'key, value_json', `trial_${kind}_attribute_id`);
    const [user, system] = [attributes('user'), attributes('system')];
    return rows.map((row) => {
      const { trial_id: id } = row;
      const value = values.get(id)?.[0];
      const trial = this.#whole(
        `trial ${row.number}`,
        (): ExchangeTrial => ({
          number: row.number,
          state: row.state,
          params: new Map((params.get(id) ?? []).map((param) => [param.param_name, this.#param(param)])),
          value: value === undefined ? null : toNumber(value),
          intermediateValues: new Map((steps.get(id) ?? []).map((step) => [step.step, toNumber(step)])),
          started: toUtc(row.datetime_start, 'UTC'),
          completed: toUtc(row.datetime_complete, 'UTC'),
          userAttributes: attributesOf(user.get(id)),
          systemAttributes: attributesOf(system.get(id)),
        }),
      );
      return { id, trial };
    });
  }

  #param({ param_value, distribution_json: distribution }: ParamRow): ExchangeParam {
    const real = param_value ?? Number.NaN; // SQLite has no NaN
    return { value: this.#distributions.external(distribution, real), stored: { real, distribution } };
  }

  /** @throws ERR_STORAGE when `what` cannot be made of the rows: JSON that is none, a number that stands for nothing. */
  #whole<T>(what: string, action: () => T): T {
    try {
      return action();
    } catch (cause) {
      const message = `${this.#file} is damaged: ${what}: ${(cause as Error).message}`;
      throw new ShacError('ERR_STORAGE', message, { cause });
    }
  }

  #read<T>(action: () => T): T {
    return naming(this.#file, action);
  }
}

/** The searches that write to the studies do not write to a copy of them. */
function disown(copy: string): void {
  const database = openDatabase(copy, 'FULL');
  try {
    naming(copy, () => database.prepare('UPDATE shac_studies SET owner = NULL, heartbeat = NULL').run());
  } finally {
    database.close();
  }
}

function grouped<T extends { trial_id: number }>(rows: readonly T[]): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const row of rows) {
    const group = groups.get(row.trial_id);
    if (group === undefined) groups.set(row.trial_id, [row]);
    else group.push(row);
  }
  return groups;
}

function toNumber({ value, type }: ValueRow): number {
  return NOT_FINITE[type] ?? (value as number);
}

function attributesOf(rows: readonly AttributeRow[] = []): Record<string, unknown> {
  return Object.fromEntries(rows.map(({ key, value_json: json }) => [key, parsePythonJson(json)]));
}
