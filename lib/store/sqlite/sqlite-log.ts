import { randomInt } from 'node:crypto';
import { ShacError, show } from '../../errors.js';
import type { ParamsOf, SpaceDefinition } from '../../space/index.js';
import type { StudyEvent } from '../../study/events.js';
import { parseIdentity } from '../../study/identity.js';
import type { StudyView } from '../../study/study.js';
import { StoreBusyError } from '../busy.js';
import { requireStudy } from '../require-study.js';
import type { Page, StudyKey, StudyLog } from '../store.js';
import { CandidatePacker } from './candidates.js';
import { changesOf, type Held, heldOf } from './changes.js';
import { sealOf } from './checksums.js';
import { isSqliteError, naming, patiently, requireSound } from './database.js';
import type { Database } from './driver/database.js';
import { shortenLists } from './long-lists.js';
import { describeOwner, forget, HEARTBEAT, isAlive, newOwner, type Owner, parseOwner, setHolding } from './owner.js';
import { checkSchema, prepareSchema } from './schema.js';
import { beginningOf, DIRECTIONS, readSnapshot, type StudyRow } from './study-reader.js';
import { StudyWriter, writeGrowth } from './study-writer.js';

/** The file that a log is in. */
export interface LogFile {
  readonly file: string;
  /** See {@link SqliteOptions}. */
  readonly busyTimeoutMs: number;
  /** Whether there is a database yet. */
  exists(): boolean;
  /** The connection for writing, which may be another one each time. */
  database(): Database;
}

const NOTHING: Held = { candidates: 0, batches: 0, classifiers: 0, queued: 0 };

/**
 * One search's hold on one study of an SQLite file. The events themselves are not kept: the tables, which are Optuna's
 * and our own, show what they have made of the study, and it is read back as one `restored`.
 */
export class SqliteLog<D extends SpaceDefinition> implements StudyLog<D> {
  readonly #file: LogFile;
  readonly #key: StudyKey<D>;
  readonly #packer: CandidatePacker<D>;
  readonly #owner: Owner = newOwner();
  #writer: StudyWriter<D> | undefined;
  /** Undefined while the study is not in the file. */
  #studyId: number | undefined;
  /** What the tables have. */
  #held = NOTHING;
  /** Of a study that this log has put there and that nobody has written to yet: its revision. */
  #begun: number | undefined;
  /** At which the study was last read or written here. */
  #revision: number | undefined;
  /** The first one of the study that is known; undefined where its file does not tell. */
  #firstRevision: number | undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  #isSound = false;
  /** Whether what the key says of a study that grows is in the file. */
  #hasGrown = false;

  constructor(file: LogFile, key: StudyKey<D>) {
    this.#file = file;
    this.#key = key;
    this.#packer = new CandidatePacker(key.space);
  }

  /** The tables do not tell when what happened: all of it is read. */
  read(): Page<ParamsOf<D>> | undefined {
    if (!this.#file.exists()) return undefined;
    // One snapshot, whoever writes meanwhile.
    const read = (database: Database) => database.transaction(() => this.#read(database))();
    // Who does not hold the study yet opens it, and cannot come again.
    return this.#naming((database) => (this.#heartbeat === undefined ? patiently(database, read) : read(database)));
  }

  acquire(): number {
    const known = this.#studyId;
    let revision: number;
    try {
      revision = this.#naming((database) => {
        if (!this.#isSound) requireSound(database, this.#file.file);
        this.#isSound = true;
        prepareSchema(database, this.#file.file);
        return database.transaction(() => this.#acquire(database)).immediate();
      });
    } catch (error) {
      this.#studyId = known;
      throw error;
    }
    setHolding(this.#owner, true);
    this.#heartbeat ??= setInterval(() => this.#beat(), HEARTBEAT).unref();
    return revision === this.#begun ? 0 : revision;
  }

  append(events: readonly StudyEvent<ParamsOf<D>>[], expected: number, study: StudyView<D>): number {
    const revision = expected === 0 ? (this.#begun ?? 0) : expected;
    this.#naming((database) => database.transaction(() => this.#write(database, events, revision, study)).immediate());
    this.#held = heldOf(study);
    this.#begun = undefined;
    this.#hasGrown = true;
    this.#revision = revision + 1;
    return this.#revision;
  }

  release(busy: boolean): void {
    if (!busy) this.close();
  }

  close(): void {
    setHolding(this.#owner, false);
    if (this.#letGo()) forget(this.#owner); // else the file still names it: known to have let go, it is taken over
  }

  #naming<T>(action: (database: Database) => T): T {
    return naming(this.#file.file, () => action(this.#file.database()), this.#file.busyTimeoutMs);
  }

  #damaged(what: string): ShacError {
    return new ShacError('ERR_STORAGE', `${this.#file.file}: the study ${show(this.#key.name)} is damaged: ${what}`);
  }

  #read(database: Database): Page<ParamsOf<D>> | undefined {
    const schema = checkSchema(database, this.#file.file);
    const studyId = schema === 'empty' ? undefined : studyIdOf(database, this.#key.name);
    if (studyId === undefined) {
      if (this.#studyId !== undefined) throw this.#deleted();
      return undefined;
    }
    const row = typeof schema === 'number' ? rowOf(database, studyId) : undefined;
    if (typeof schema !== 'number' || row === undefined) throw this.#anotherProgram();
    this.#requireSame(row.identity);
    const damaged = (what: string) => this.#damaged(what);
    try {
      const snapshot = readSnapshot(database, studyId, row, {
        ...this.#key,
        ...{ packer: this.#packer, damaged, format: schema },
      });
      this.#held = heldOf({ queue: [], ...snapshot, drawn: [] });
      this.#studyId = studyId;
      this.#firstRevision = beginningOf(database, studyId, 'firstRevision');
      this.#begun = undefined;
      this.#revision = row.revision;
      return { revision: row.revision, after: 0, events: [{ type: 'restored', snapshot }] };
    } catch (error) {
      // What is read was written as JSON, and of this space: whatever else goes wrong with it is damage.
      if (error instanceof ShacError || isSqliteError(error)) throw error;
      throw damaged((error as Error).message);
    }
  }

  #anotherProgram(): ShacError {
    return new ShacError(
      'ERR_STUDY_EXISTS',
      `the study ${show(this.#key.name)} in ${this.#file.file} is another program's; choose another studyName, or learn ` +
        'from it: fitDataset reads it',
    );
  }

  #requireSame(identity: string): void {
    const stored = parseIdentity(identity);
    if (stored === undefined) throw this.#damaged('what it searches is not readable');
    requireStudy(stored, this.#key, this.#file.file);
  }

  /** @returns the revision. */
  #acquire(database: Database): number {
    const isKnown = this.#studyId !== undefined;
    this.#studyId ??= studyIdOf(database, this.#key.name) ?? this.#insertStudy(database);
    const row = rowOf(database, this.#studyId);
    if (isKnown && (row === undefined || this.#isAnother(database, row))) throw this.#deleted();
    if (row === undefined) throw this.#anotherProgram();
    const holder = row.owner === null ? undefined : parseOwner(row.owner);
    if (holder !== undefined && holder.token !== this.#owner.token && isAlive(holder, row.heartbeat ?? 0)) {
      throw this.#locked(holder, 'is being searched by');
    }
    shortenLists(database, this.#studyId, this.#packer.columns);
    database
      .prepare('UPDATE shac_studies SET owner = ?, heartbeat = ? WHERE study_id = ?')
      .run(JSON.stringify(this.#owner), Date.now(), this.#studyId);
    return row.revision;
  }

  /** Whether another study has the id of the one that is known: at the same revision it would be by a rare chance. */
  #isAnother(database: Database, { study_id, revision }: StudyRow): boolean {
    if (revision === this.#revision || this.#firstRevision === undefined) return false;
    const first = beginningOf(database, study_id, 'firstRevision');
    return first !== undefined && first !== this.#firstRevision;
  }

  #insertStudy(database: Database): number {
    const { name, identity, settings } = this.#key;
    // Counted from a random number: a study that is deleted may leave its id to another one.
    const firstRevision = randomInt(1, 2 ** 47);
    this.#begun = firstRevision;
    this.#firstRevision = firstRevision;
    const insert = database.prepare('INSERT INTO studies (study_name) VALUES (?)');
    const studyId = Number(insert.run(name).lastInsertRowid);
    database
      .prepare('INSERT INTO study_directions (direction, study_id, objective) VALUES (?, ?, 0)')
      .run(DIRECTIONS[settings.direction], studyId);
    database
      .prepare("INSERT INTO study_user_attributes (study_id, key, value_json) VALUES (?, 'shac', ?)")
      .run(studyId, JSON.stringify({ ...settings.budget, seed: settings.seed, firstRevision, space: identity.space }));
    const nothing = { ...NOTHING, predictions: 0, datasetIndex: 0, trials: 0, sum: 0 };
    const seal = sealOf({ ...nothing, seed: settings.seed, revision: this.#begun });
    database
      .prepare('INSERT INTO shac_studies VALUES (?, ?, ?, 0, 0, 0, ?, NULL, NULL, 0, ?)')
      .run(studyId, JSON.stringify(identity), settings.seed, this.#begun, seal);
    this.#held = NOTHING;
    return studyId;
  }

  #deleted(): ShacError {
    return new ShacError(
      'ERR_STUDY_NOT_FOUND',
      `the study ${show(this.#key.name)} was deleted from ${this.#file.file}, or replaced by another one; saveData(dir) saves what is in memory elsewhere`,
    );
  }

  #locked(owner: Owner | undefined, what: string): ShacError {
    const who = owner === undefined ? 'another search' : describeOwner(owner);
    const end = owner?.pid === process.pid ? 'end that one, or close() it' : 'end that one';
    return new ShacError(
      'ERR_STUDY_LOCKED',
      `the study ${show(this.#key.name)} in ${this.#file.file} ${what} ${who}; ${end}, or choose another studyName`,
    );
  }

  /** A sign of life. What fails here fails again at the next append, where somebody hears of it. */
  #beat(): void {
    try {
      const update = 'UPDATE shac_studies SET heartbeat = ? WHERE study_id = ? AND owner = ?';
      this.#file
        .database()
        .prepare(update)
        .run(Date.now(), this.#studyId as number, JSON.stringify(this.#owner));
    } catch {}
  }

  /** @returns whether the file names this owner no more. */
  #letGo(): boolean {
    if (this.#heartbeat === undefined) return true;
    let isTold = true;
    try {
      const update = 'UPDATE shac_studies SET owner = NULL, heartbeat = NULL WHERE study_id = ? AND owner = ?';
      this.#naming((database) => database.prepare(update).run(this.#studyId as number, JSON.stringify(this.#owner)));
    } catch (error) {
      if (error instanceof StoreBusyError) throw error; // it comes again
      isTold = false; // an owner that cannot say so is taken over once its thread has ended
    }
    clearInterval(this.#heartbeat);
    this.#heartbeat = undefined;
    return isTold;
  }

  #write(database: Database, events: readonly StudyEvent<ParamsOf<D>>[], expected: number, study: StudyView<D>): void {
    const studyId = this.#studyId as number;
    if (this.#writer?.database !== database) this.#writer = new StudyWriter(database, this.#packer);
    if (!this.#writer.claim(studyId, JSON.stringify(this.#owner), expected)) {
      const row = rowOf(database, studyId);
      if (row === undefined) throw this.#deleted();
      throw this.#locked(row.owner === null ? undefined : parseOwner(row.owner), 'was taken over by');
    }
    if (this.#key.before !== undefined && !this.#hasGrown) writeGrowth(database, studyId, this.#key);
    const changes = changesOf(events, this.#held);
    this.#writer.write(studyId, study, changes, { held: this.#held, revision: expected + 1 });
  }
}

/** Without its index: one that is damaged would make a study that is there seem new. */
function studyIdOf(database: Database, name: string): number | undefined {
  return database.prepare('SELECT study_id FROM studies NOT INDEXED WHERE study_name = ?').pluck().get(name) as
    | number
    | undefined;
}

function rowOf(database: Database, studyId: number): StudyRow | undefined {
  return database.prepare('SELECT * FROM shac_studies WHERE study_id = ?').get(studyId) as StudyRow | undefined;
}
