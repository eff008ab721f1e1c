import { ShacError, show } from '../errors.js';
import type { ParamsOf, SpaceDefinition } from '../space/index.js';
import type { StudyEvent } from '../study/events.js';
import type { StudyIdentity } from '../study/identity.js';
import { text } from '../validate.js';
import { requireStudy } from './require-study.js';
import type { Page, Storage, StudyKey, StudyLog, StudySummary } from './store.js';
import { summaryOf } from './summary.js';

/** A study as it was last saved: its events. */
interface MemoryStudy {
  key: StudyKey;
  events: StudyEvent<never>[];
  /** Events that were there before a `restored` took their place. */
  replaced: number;
  /** The log that writes. */
  owner: object | undefined;
}

/** Studies in the memory of this thread: for searches that go on from each other, and for tests. */
export function memory(): Storage {
  return new MemoryStorage();
}

class MemoryStorage implements Storage {
  readonly place = 'memory';
  readonly #studies = new Map<string, MemoryStudy>();

  openStudy<D extends SpaceDefinition>(key: StudyKey<D>): StudyLog<D> {
    return new MemoryLog(this.#studies, key);
  }

  studies(): StudySummary[] {
    return [...this.#studies]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, { key, events, owner }]) => summaryOf(name, key.identity, events, owner && 'this process'));
  }

  identity(name: string): StudyIdentity | undefined {
    return this.#studies.get(name)?.key.identity;
  }

  copyStudy(from: string, to: string): void {
    const { key, events, replaced } = this.#find(from);
    this.#requireFree(to);
    this.#studies.set(to, { key, events: [...events], replaced, owner: undefined });
  }

  renameStudy(from: string, to: string): void {
    const study = this.#find(from);
    this.#requireFree(to);
    this.#studies.delete(from);
    this.#studies.set(to, study);
  }

  deleteStudy(name: string): void {
    if (this.#find(name).owner !== undefined) {
      throw new ShacError('ERR_STUDY_LOCKED', `the study ${show(name)} is being searched; end that first`);
    }
    this.#studies.delete(name);
  }

  unlockStudy(name: string): string | undefined {
    const study = this.#find(name);
    const owner = study.owner && 'this process';
    study.owner = undefined;
    return owner;
  }

  close(): void {}

  #find(name: string): MemoryStudy {
    const study = this.#studies.get(text('name', name));
    if (study !== undefined) return study;
    const names = [...this.#studies.keys()].sort();
    throw new ShacError(
      'ERR_STUDY_NOT_FOUND',
      `there is no study ${show(name)} in memory; it has ${names.length === 0 ? 'none' : names.map(show).join(', ')}`,
    );
  }

  #requireFree(name: string): void {
    if (!this.#studies.has(text('name', name))) return;
    throw new ShacError('ERR_STUDY_EXISTS', `there is a study ${show(name)} in memory already; choose another name`);
  }
}

/** The revision of a study is how many events it has had. */
const revisionOf = ({ events, replaced }: MemoryStudy): number => replaced + events.length;

class MemoryLog<D extends SpaceDefinition> implements StudyLog<D> {
  readonly #studies: Map<string, MemoryStudy>;
  readonly #key: StudyKey<D>;
  /** Undefined while it is not there. */
  #study: MemoryStudy | undefined;

  constructor(studies: Map<string, MemoryStudy>, key: StudyKey<D>) {
    this.#studies = studies;
    this.#key = key;
  }

  read(after: number): Page<ParamsOf<D>> | undefined {
    const study = this.#study ?? this.#studies.get(this.#key.name);
    if (study === undefined) return undefined;
    requireStudy(study.key.identity, this.#key, 'memory');
    this.#study = study;
    const { events, replaced } = study;
    const known = after >= replaced ? after - replaced : 0;
    return { revision: revisionOf(study), after: known === 0 ? 0 : after, events: events.slice(known) };
  }

  acquire(): number {
    const { name } = this.#key;
    let study = this.#study ?? this.#studies.get(name);
    if (study === undefined) {
      study = { key: this.#key as unknown as StudyKey, events: [], replaced: 0, owner: undefined };
      this.#studies.set(name, study);
    }
    this.#requireThere(study);
    if (study.owner !== undefined && study.owner !== this) throw this.#locked('is being searched by another search');
    this.#study = Object.assign(study, { owner: this });
    return revisionOf(study);
  }

  append(events: readonly StudyEvent<ParamsOf<D>>[], expected: number): number {
    const study = this.#study as MemoryStudy;
    this.#requireThere(study);
    if (study.owner !== this || revisionOf(study) !== expected) {
      throw this.#locked('was taken over by another search');
    }
    if (events[0]?.type === 'restored') Object.assign(study, { replaced: revisionOf(study), events: [] });
    if (this.#key.before !== undefined) study.key = this.#key as unknown as StudyKey;
    for (const event of events) study.events.push(event as unknown as StudyEvent<never>);
    return revisionOf(study);
  }

  release(busy: boolean): void {
    if (!busy) this.close();
  }

  close(): void {
    if (this.#study?.owner === this) this.#study.owner = undefined;
  }

  #requireThere(study: MemoryStudy): void {
    if ([...this.#studies.values()].includes(study)) return;
    throw new ShacError('ERR_STUDY_NOT_FOUND', `the study ${show(this.#key.name)} was deleted from memory`);
  }

  #locked(what: string): ShacError {
    const name = show(this.#key.name);
    return new ShacError(
      'ERR_STUDY_LOCKED',
      `the study ${name} in memory ${what}; end that one, or close() it, or choose another studyName`,
    );
  }
}
