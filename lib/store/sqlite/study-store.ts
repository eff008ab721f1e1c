import { randomInt } from 'node:crypto';
import type Database from 'better-sqlite3';
import { ShacError, show } from '../../errors.js';
import type { ParamsOf, SearchSpace, SpaceDefinition } from '../../space/index.js';
import { identityOf, parseIdentity, requireSameStudy, type StudyIdentity } from '../../study/identity.js';
import type { StudySettings } from '../../study/settings.js';
import { StudyState } from '../../study/study-state.js';
import { isFinished, type TrialRecord } from '../../study/trial.js';
import type { StudyStore } from '../storage.js';
import { Unsaved } from '../unsaved.js';
import { CandidatePacker, checksum } from './candidates.js';
import { isSqliteError, naming } from './database.js';
import { describeOwner, forget, HEARTBEAT, isAlive, newOwner, type Owner, parseOwner, setBusy } from './owner.js';
import { checkSchema, prepareSchema } from './schema.js';
import { readStudyRows, type StudyRow } from './study-reader.js';
import { TrialRows } from './trial-rows.js';

/** The file that a store works on. */
export interface StoreFile {
  readonly file: string;
  /** Whether there is a database yet. */
  exists(): boolean;
  /** The connection for writing, made when it is first asked for. */
  database(): Database.Database;
}

/** One search's hold on one study of an SQLite file. */
export class SqliteStudyStore<D extends SpaceDefinition> implements StudyStore<D> {
  readonly #file: StoreFile;
  readonly #space: SearchSpace<D>;
  readonly #options: StudySettings;
  readonly #packer: CandidatePacker<D>;
  readonly #identity: StudyIdentity;
  readonly #owner: Owner = newOwner();
  #rows: TrialRows<D> | undefined;
  #statements: Statements | undefined;
  /** Undefined while the study is not in the file. */
  #studyId: number | undefined;
  /** Candidates that the file holds. */
  #candidates = 0;
  /** Counts the writes of all searches: that of the newest one we know. */
  #revision = 0;
  #heartbeat: NodeJS.Timeout | undefined;

  constructor(file: StoreFile, space: SearchSpace<D>, options: StudySettings) {
    this.#file = file;
    this.#space = space;
    this.#options = options;
    this.#packer = new CandidatePacker(space);
    this.#identity = identityOf(space, options);
  }

  read(): StudyState<D> | undefined {
    if (!this.#file.exists()) return undefined;
    return this.#naming((database) => {
      // One snapshot, whoever writes meanwhile.
      return database.transaction(() => this.#read(database))();
    });
  }

  acquire(state: StudyState<D>): StudyState<D> {
    const { studyName } = this.#options;
    const known = this.#studyId;
    let current: StudyState<D>;
    try {
      current = this.#naming((database) => {
        prepareSchema(database, this.#file.file);
        return database
          .transaction(() => {
            if (known === undefined && studyIdOf(database, studyName) === undefined) this.#insertStudy(database, state);
            const newest = this.#readIfNewer(database, state);
            this.#takeOver(database);
            return newest;
          })
          .immediate();
      });
    } catch (error) {
      this.#studyId = known;
      throw error;
    }
    setBusy(this.#owner, true);
    this.#heartbeat ??= setInterval(() => this.#beat(), HEARTBEAT).unref();
    return current;
  }

  release(state: StudyState<D>): void {
    setBusy(this.#owner, false);
    if (state.idsIn('RUNNING').length === 0) this.#letGo();
  }

  save(state: StudyState<D>): void {
    // One that was not read from here, nor begun here, takes the place of what is here.
    const replaces = state.unsaved === undefined;
    const unsaved = state.unsaved ?? new Unsaved(state.trials.keys());
    try {
      this.#naming((database) =>
        database.transaction(() => this.#write(database, state, unsaved, replaces)).immediate(),
      );
    } catch (error) {
      throw this.#withWhatIsKept(error, state, unsaved);
    }
    this.#revision++;
    state.unsaved = Unsaved.nothingOf(state);
    this.#candidates = state.unsaved.candidates;
  }

  close(): void {
    setBusy(this.#owner, false);
    if (this.#letGo()) forget(this.#owner); // else the file still names it: known to be idle, it is taken over
  }

  #naming<T>(action: (database: Database.Database) => T): T {
    return naming(this.#file.file, () => action(this.#file.database()));
  }

  #damaged(what: string): ShacError {
    const { studyName } = this.#options;
    return new ShacError('ERR_STORAGE', `${this.#file.file}: the study ${show(studyName)} is damaged: ${what}`);
  }

  #read(database: Database.Database): StudyState<D> | undefined {
    const { studyName } = this.#options;
    const schema = checkSchema(database, this.#file.file);
    const studyId = schema === 'empty' ? undefined : studyIdOf(database, studyName);
    if (studyId === undefined) return undefined;
    const row = schema === 'ready' ? this.#rowOf(database, studyId) : undefined;
    if (row === undefined) {
      throw new ShacError(
        'ERR_STUDY_EXISTS',
        `the study ${show(studyName)} in ${this.#file.file} is another program's; choose another studyName, or learn ` +
          'from it: fitDataset reads it',
      );
    }
    this.#requireSame(row.identity);
    const state = new StudyState(this.#space, this.#options);
    const damaged = (what: string) => this.#damaged(what);
    try {
      readStudyRows(database, studyId, row, { state, packer: this.#packer, damaged });
    } catch (error) {
      // What is read was written as JSON, and of this space: whatever else goes wrong with it is damage.
      if (error instanceof ShacError || isSqliteError(error)) throw error;
      throw damaged((error as Error).message);
    }
    this.#candidates = state.trials.length + state.drawn.length;
    this.#studyId = studyId;
    this.#revision = row.revision;
    return state;
  }

  #requireSame(identity: string): void {
    const stored = parseIdentity(identity);
    if (stored === undefined) throw this.#damaged('what it searches is not readable');
    requireSameStudy(stored, this.#identity, this.#file.file);
  }

  /** What is in memory, unless another search has written since: then what is in the file. */
  #readIfNewer(database: Database.Database, state: StudyState<D>): StudyState<D> {
    const revision = this.#studyId === undefined ? undefined : this.#rowOf(database, this.#studyId)?.revision;
    if (revision === this.#revision) return state;
    const fresh = this.#read(database);
    if (fresh === undefined) throw this.#deleted();
    addUnsaved(fresh, state);
    return fresh;
  }

  #rowOf(database: Database.Database, studyId: number): StudyRow | undefined {
    return database.prepare('SELECT * FROM shac_studies WHERE study_id = ?').get(studyId) as StudyRow | undefined;
  }

  #deleted(): ShacError {
    const { studyName } = this.#options;
    return new ShacError(
      'ERR_STUDY_NOT_FOUND',
      `the study ${show(studyName)} was deleted from ${this.#file.file}; saveData(dir) saves what is in memory elsewhere`,
    );
  }

  #locked(owner: Owner | undefined, what: string): ShacError {
    const { studyName } = this.#options;
    const who = owner === undefined ? 'another search' : describeOwner(owner);
    return new ShacError(
      'ERR_STUDY_LOCKED',
      `the study ${show(studyName)} in ${this.#file.file} ${what} ${who}; end that one, or choose another studyName`,
    );
  }

  #insertStudy(database: Database.Database, state: StudyState<D>): void {
    const { studyName, objective, budget } = this.#options;
    const insert = database.prepare('INSERT INTO studies (study_name) VALUES (?)');
    const studyId = Number(insert.run(studyName).lastInsertRowid);
    database
      .prepare('INSERT INTO study_directions (direction, study_id, objective) VALUES (?, ?, 0)')
      .run(objective === 'max' ? 'MAXIMIZE' : 'MINIMIZE', studyId);
    database
      .prepare("INSERT INTO study_user_attributes (study_id, key, value_json) VALUES (?, 'shac', ?)")
      .run(studyId, JSON.stringify({ ...budget, seed: state.seed, space: this.#identity.space }));
    // Counted from a random number: a study that is deleted may leave its id to another one.
    const revision = randomInt(2 ** 47);
    database
      .prepare('INSERT INTO shac_studies VALUES (?, ?, ?, 0, 0, 0, ?, NULL, NULL)')
      .run(studyId, JSON.stringify(this.#identity), state.seed, revision);
    this.#studyId = studyId;
    this.#revision = revision;
    this.#candidates = 0;
  }

  #takeOver(database: Database.Database): void {
    const { owner, heartbeat } = this.#rowOf(database, this.#studyId as number) as StudyRow;
    const holder = owner === null ? undefined : parseOwner(owner);
    if (holder !== undefined && holder.token !== this.#owner.token && isAlive(holder, heartbeat ?? 0)) {
      throw this.#locked(holder, 'is being searched by');
    }
    database
      .prepare('UPDATE shac_studies SET owner = ?, heartbeat = ? WHERE study_id = ?')
      .run(JSON.stringify(this.#owner), Date.now(), this.#studyId);
  }

  /** A sign of life. What fails here fails again at the next save, where somebody hears of it. */
  #beat(): void {
    try {
      const update = 'UPDATE shac_studies SET heartbeat = ? WHERE study_id = ? AND owner = ?';
      this.#file.database().prepare(update).run(Date.now(), this.#studyId, JSON.stringify(this.#owner));
    } catch {}
  }

  /** @returns whether the file names this owner no more. */
  #letGo(): boolean {
    if (this.#heartbeat === undefined) return true;
    clearInterval(this.#heartbeat);
    this.#heartbeat = undefined;
    try {
      const update = 'UPDATE shac_studies SET owner = NULL, heartbeat = NULL WHERE study_id = ? AND owner = ?';
      this.#file.database().prepare(update).run(this.#studyId, JSON.stringify(this.#owner));
      return true;
    } catch {
      return false; // an owner that cannot say so is taken over once its thread has ended
    }
  }

  #write(database: Database.Database, state: StudyState<D>, unsaved: Unsaved, replaces: boolean): void {
    const studyId = this.#studyId as number;
    this.#statements ??= prepareStatements(database);
    const { removeRows, batch, classifier } = this.#statements;
    this.#writeCounters(database, studyId, state);
    if (replaces) for (const statement of removeRows) statement.run(studyId);
    this.#writeCandidates(studyId, state, unsaved.candidates);
    for (let n = unsaved.batches; n < state.batches.length; n++)
      batch.run(studyId, n, JSON.stringify(state.batches[n]));
    for (let n = unsaved.classifiers; n < state.classifiers.length; n++) {
      const { stage, cvAccuracy, attempts, model } = state.classifiers[n] as (typeof state.classifiers)[number];
      classifier.run(studyId, n, stage, cvAccuracy, attempts, model, checksum(model));
    }
    this.#rows ??= new TrialRows(database, this.#packer);
    // In order, so that Optuna's numbers are the ids.
    for (const id of [...unsaved.trials].sort((a, b) => a - b)) {
      this.#rows.write(studyId, state.trials[id] as TrialRecord<ParamsOf<D>>);
    }
    for (const report of unsaved.reports) this.#rows.report(studyId, report);
  }

  /** Also makes sure that the study is still ours. */
  #writeCounters(database: Database.Database, studyId: number, state: StudyState<D>): void {
    const { seed, predictions, datasetIndex, trials } = state;
    const counters = [seed, predictions, datasetIndex, trials.length, this.#revision + 1, Date.now()];
    const owner = JSON.stringify(this.#owner);
    if ((this.#statements as Statements).counters.run(...counters, studyId, owner).changes > 0) return;
    const row = this.#rowOf(database, studyId);
    if (row === undefined) throw this.#deleted();
    throw this.#locked(row.owner === null ? undefined : parseOwner(row.owner), 'was taken over by');
  }

  /** Candidates from id `from` on replace those that the file has. */
  #writeCandidates(studyId: number, state: StudyState<D>, from: number): void {
    const end = state.trials.length + state.drawn.length;
    if (from === end && end === this.#candidates) return;
    const { removeCandidates, cutCandidates, candidates } = this.#statements as Statements;
    removeCandidates.run(studyId, from);
    cutCandidates.run(from, studyId, from);
    if (from === end) return;
    const packed = this.#packer.pack(from, [...state.trials.slice(from), ...state.drawn.toReversed()]);
    const { first, count, codes, reals, texts, rejections } = packed;
    candidates.run(studyId, first, count, codes, reals, texts, rejections, packed.checksum);
  }

  /** Says what a failed save leaves in memory. */
  #withWhatIsKept(error: unknown, state: StudyState<D>, unsaved: Unsaved): unknown {
    if (!(error instanceof ShacError) || !isSqliteError(error.cause)) return error;
    const kept = [...unsaved.trials].filter((id) => isFinished(state.trials[id] as TrialRecord<unknown>)).length;
    const message = `${error.message}. ${kept} finished trials are in memory only: fit saves them first when it goes on, saveData(dir) saves all of them elsewhere`;
    return new ShacError('ERR_STORAGE', message, { cause: error.cause });
  }
}

/** Results that could not be written before another search went on: those that it has not got come with it. */
function addUnsaved<D extends SpaceDefinition>(fresh: StudyState<D>, { unsaved, trials }: StudyState<D>): void {
  for (const id of unsaved?.trials ?? []) {
    const [trial, other] = [trials[id], fresh.trials[id]];
    if (trial === undefined || other === undefined || !isFinished(trial) || isFinished(other)) continue;
    if (Buffer.compare(bytesOf(trial.codes), bytesOf(other.codes)) !== 0) continue;
    const { params: _, codes: __, ...result } = trial;
    const added = fresh.update(id, result);
    if (added.state === 'COMPLETE') fresh.noteBest(added);
  }
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Uint16Array) => new Uint8Array(buffer, byteOffset, byteLength);

function studyIdOf(database: Database.Database, name: string): number | undefined {
  return database.prepare('SELECT study_id FROM studies WHERE study_name = ?').pluck().get(name) as number | undefined;
}

type Statements = ReturnType<typeof prepareStatements>;

function prepareStatements(database: Database.Database) {
  // Trials go with the rows that refer to them.
  const ofTrials = 'trial_id IN (SELECT trial_id FROM shac_trials WHERE study_id = ?)';
  const referring = ['params', 'values', 'intermediate_values', 'user_attributes', 'system_attributes', 'heartbeats'];
  const removals = [
    ...referring.map((what) => `trial_${what} WHERE ${ofTrials}`),
    `trials WHERE ${ofTrials}`,
    ...['candidates', 'batches', 'classifiers'].map((what) => `shac_${what} WHERE study_id = ?`),
  ];
  return {
    removeRows: removals.map((what) => database.prepare(`DELETE FROM ${what}`)),
    counters: database.prepare(
      `UPDATE shac_studies SET seed = ?, predictions = ?, dataset_index = ?, trial_count = ?, revision = ?, heartbeat = ?
        WHERE study_id = ? AND owner = ?`,
    ),
    batch: database.prepare('INSERT OR REPLACE INTO shac_batches (study_id, n, batch) VALUES (?, ?, ?)'),
    classifier: database.prepare('INSERT INTO shac_classifiers VALUES (?, ?, ?, ?, ?, ?, ?)'),
    removeCandidates: database.prepare('DELETE FROM shac_candidates WHERE study_id = ? AND first >= ?'),
    cutCandidates: database.prepare(
      'UPDATE shac_candidates SET count = ? - first WHERE study_id = ? AND first + count > ?',
    ),
    candidates: database.prepare('INSERT INTO shac_candidates VALUES (?, ?, ?, ?, ?, ?, ?, ?)'),
  };
}
