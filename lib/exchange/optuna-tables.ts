import { rmSync, writeFileSync } from 'node:fs';
import { ShacError, show } from '../errors.js';
import { naming, openDatabase, openForReading } from '../store/sqlite/database.js';
import type { Database } from '../store/sqlite/driver/database.js';
import { CHECKED_FORMAT } from '../store/sqlite/formats.js';
import { checkSchema, type Schema } from '../store/sqlite/schema.js';
import { bytesOf, textOf } from '../store/sqlite/text.js';
import { damageOf } from '../store/sqlite/whole.js';
import type { Direction } from '../study/direction.js';
import { completed, type StudyIdentity } from '../study/identity.js';
import type { BatchRecord } from '../study/records.js';
import { batchSchema, parsed } from '../study/schemas.js';
import { cannotWrite } from './files.js';
import { type AttributeRow, attributesOf, OptunaTrials, type TrialChunk, wholeOf } from './optuna-trials.js';
import { chooseStudy, type ExchangeStudy, type ExchangeTrial, requireOneObjective } from './study.js';

/** Trials that are read at once: so few that neither the event loop nor a program that writes waits for long. */
const CHUNK = 500;

const DIRECTIONS: Readonly<Record<string, Direction>> = { MINIMIZE: 'min', MAXIMIZE: 'max' };

/** A database with Optuna's tables, made by Optuna or by us, open for reading. Others may write to it meanwhile. */
export class OptunaTables {
  readonly #file: string;
  readonly #database: Database;
  /** Which tables there are. */
  readonly #schema: Schema;

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

  /** Of our tables; 0 where there are none. */
  get #format(): number {
    return typeof this.#schema === 'number' ? this.#schema : 0;
  }

  studyNames(): string[] {
    if (this.#schema === 'empty') return [];
    const names = `SELECT ${bytesOf('study_name')} FROM studies ORDER BY study_id`;
    return this.#read((database) => (database.prepare(names).pluck().all() as Uint8Array[]).map(textOf));
  }

  /**
   * @param wanted The name; undefined: the only one.
   * @throws ERR_STUDY_NOT_FOUND, naming what is there; ERR_DATASET_MISMATCH for more than one objective.
   */
  study(wanted?: string): ExchangeStudy {
    return this.#read((database) => {
      const name = chooseStudy(this.studyNames(), wanted, this.#file);
      const column = (query: string, of: string | number) => database.prepare(query).pluck().all(of);
      const [id] = column('SELECT study_id FROM studies WHERE study_name = ?', name) as [number];
      const directions = column('SELECT direction FROM study_directions WHERE study_id = ?', id) as string[];
      requireOneObjective(name, directions.length);
      const tables = { direction: directions[0] as string, format: this.#format };
      const damage = this.#format >= CHECKED_FORMAT ? damageOf(database, id, tables) : undefined;
      if (damage !== undefined) {
        throw new ShacError('ERR_STORAGE', `${this.#file}: the study ${show(name)} is damaged: ${damage}`);
      }
      return {
        name,
        objective: DIRECTIONS[directions[0] as string],
        userAttributes: this.#attributes('user', id),
        systemAttributes: this.#attributes('system', id),
        trials: () => this.#trials(id),
      };
    });
  }

  /** What a search of ours is; undefined for a study that another program made. */
  identity(name: string): StudyIdentity | undefined {
    if (this.#schema === 'optuna' || this.#schema === 'empty') return undefined;
    const query = 'SELECT identity FROM shac_studies JOIN studies USING (study_id) WHERE study_name = ?';
    const identity = this.#read((database) => database.prepare(query).pluck().get(name)) as string | undefined;
    return identity === undefined ? undefined : completed(JSON.parse(identity) as StudyIdentity);
  }

  /** How the first batch of a search of ours was drawn; undefined before there is one. */
  firstBatch(name: string): BatchRecord | undefined {
    const query = 'SELECT batch FROM shac_batches JOIN studies USING (study_id) WHERE study_name = ? AND n = 0';
    const batch = this.#read((database) => database.prepare(query).pluck().get(name)) as string | undefined;
    return batch === undefined ? undefined : parsed(batchSchema, JSON.parse(batch));
  }

  /**
   * Writes all studies to a new database, which needs no other file beside it: a reader that cannot follow a write-ahead
   * log opens it.
   *
   * @throws ERR_FILE when `out` is there already or cannot be made, ERR_STORAGE when it cannot be filled.
   */
  snapshot(out: string): void {
    try {
      writeFileSync(out, '', { flag: 'wx' }); // SQLite fills a file that is empty
    } catch (cause) {
      throw cannotWrite(out, cause);
    }
    try {
      naming(out, () => this.#database.prepare('VACUUM INTO ?').run(out));
      if (this.#format > 0) disown(out);
    } catch (error) {
      rmSync(out, { force: true }); // what is there is not whole
      throw error;
    }
  }

  #attributes(kind: 'user' | 'system', studyId: number): Record<string, unknown> {
    const key = `study_${kind}_attribute`;
    const query = `SELECT ${bytesOf('key')} AS key, value_json FROM ${key}s WHERE study_id = ? ORDER BY ${key}_id`;
    const rows = this.#database.prepare(query).all(studyId) as AttributeRow[];
    return wholeOf(this.#file, `the ${kind} attributes of the study`, () => attributesOf(rows));
  }

  async *#trials(studyId: number): AsyncGenerator<ExchangeTrial> {
    const reader = new OptunaTrials(this.#database, this.#file);
    for (let after: number | undefined = -1; after !== undefined; ) {
      const from: number = after;
      const chunk: TrialChunk = this.#read(() => reader.read(studyId, from, CHUNK));
      yield* chunk.trials;
      after = chunk.last;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** In one transaction: what is read is as it was at one moment, whoever writes. */
  #read<T>(action: (database: Database) => T): T {
    return naming(this.#file, () => this.#database.transaction(() => action(this.#database))());
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
