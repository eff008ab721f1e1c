import { ShacError, show } from '../errors.js';
import type { ParamsOf, SearchSpace, SpaceDefinition } from '../space/index.js';
import type { Direction } from '../study/direction.js';
import { isBetter } from '../study/direction.js';
import { identityOf, requireSameStudy, type StudyIdentity } from '../study/identity.js';
import type { StudySettings } from '../study/settings.js';
import { type BatchRecord, type ClassifierRecord, StudyState } from '../study/study-state.js';
import type { TrialRecord } from '../study/trial.js';
import { text } from '../validate.js';
import type { Storage, StudyStore, StudySummary } from './storage.js';
import { Unsaved } from './unsaved.js';

/** A study as it was last saved. */
interface MemoryStudy {
  readonly identity: StudyIdentity;
  readonly objective: Direction;
  readonly totalBudget: number;
  seed: number;
  predictions: number;
  datasetIndex: number;
  trialCount: number;
  /** By id: the trials that were handed out as they are, behind them those that wait to be. */
  trials: TrialRecord<unknown>[];
  batches: BatchRecord[];
  classifiers: ClassifierRecord[];
  /** The store that writes; `busy` while a call of its search is under way. */
  owner?: object | undefined;
  busy: boolean;
  revision: number;
}

/** Studies in the memory of this thread: for searches that go on from each other, and for tests. */
export function memory(): Storage {
  return new MemoryStorage();
}

class MemoryStorage implements Storage {
  readonly place = 'memory';
  readonly #studies = new Map<string, MemoryStudy>();

  openStudy<D extends SpaceDefinition>(space: SearchSpace<D>, options: StudySettings): StudyStore<D> {
    return new MemoryStudyStore(this.#studies, space, options);
  }

  studies(): StudySummary[] {
    return [...this.#studies].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, study]) => summaryOf(name, study));
  }

  copyStudy(from: string, to: string): void {
    const study = this.#find(from);
    this.#requireFree(to);
    const { trials, batches, classifiers } = study;
    const lists = { trials: [...trials], batches: [...batches], classifiers: [...classifiers] };
    this.#studies.set(to, { ...study, ...lists, owner: undefined, busy: false });
  }

  renameStudy(from: string, to: string): void {
    const study = this.#find(from);
    this.#requireFree(to);
    this.#studies.delete(from);
    this.#studies.set(to, study);
  }

  deleteStudy(name: string): void {
    if (this.#find(name).busy) {
      throw new ShacError('ERR_STUDY_LOCKED', `the study ${show(name)} is being searched; end that first`);
    }
    this.#studies.delete(name);
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

function summaryOf(name: string, { trials, trialCount, ...study }: MemoryStudy): StudySummary {
  const counts = { WAITING: 0, RUNNING: 0, COMPLETE: 0, FAIL: 0, PRUNED: 0 };
  let best: number | undefined;
  for (const { state, value } of trials.slice(0, trialCount)) {
    counts[state]++;
    if (value !== null && (best === undefined || isBetter(value, best, study.objective))) best = value;
  }
  const { objective, totalBudget, classifiers, busy } = study;
  const owner = busy ? 'this process' : undefined;
  const finished = counts.COMPLETE + counts.FAIL;
  return { name, objective, totalBudget, finished, trials: counts, classifiers: classifiers.length, best, owner };
}

class MemoryStudyStore<D extends SpaceDefinition> implements StudyStore<D> {
  readonly #studies: Map<string, MemoryStudy>;
  readonly #space: SearchSpace<D>;
  readonly #options: StudySettings;
  #study: MemoryStudy | undefined;
  #revision = 0;

  constructor(studies: Map<string, MemoryStudy>, space: SearchSpace<D>, options: StudySettings) {
    this.#studies = studies;
    this.#space = space;
    this.#options = options;
  }

  read(): StudyState<D> | undefined {
    const study = this.#studies.get(this.#options.studyName);
    if (study === undefined) return undefined;
    requireSameStudy(study.identity, this.#identity(), 'memory');
    const state = new StudyState(this.#space, this.#options);
    state.seed = study.seed;
    state.predictions = study.predictions;
    state.datasetIndex = study.datasetIndex;
    state.batches.push(...study.batches);
    for (const classifier of study.classifiers) state.addClassifier(classifier);
    for (const trial of study.trials.slice(0, study.trialCount) as TrialRecord<ParamsOf<D>>[]) {
      state.trials.push(trial);
      if (trial.state === 'COMPLETE') state.noteBest(trial);
    }
    state.drawn = (study.trials.slice(study.trialCount) as TrialRecord<ParamsOf<D>>[]).reverse();
    state.unsaved = Unsaved.nothingOf(state);
    state.requeue();
    this.#study = study;
    this.#revision = study.revision;
    return state;
  }

  acquire(state: StudyState<D>): StudyState<D> {
    const { studyName, objective, budget } = this.#options;
    if (this.#study === undefined && !this.#studies.has(studyName)) {
      const counters = { seed: state.seed, predictions: 0, datasetIndex: 0, trialCount: 0, revision: 0 };
      const lists = { trials: [], batches: [], classifiers: [] };
      const { totalBudget } = budget;
      this.#study = { identity: this.#identity(), objective, totalBudget, ...counters, ...lists, busy: false };
      this.#studies.set(studyName, this.#study);
    }
    const current = this.#study?.revision === this.#revision ? state : this.read();
    const study = this.#study;
    if (current === undefined || study === undefined || ![...this.#studies.values()].includes(study)) {
      throw this.#deleted();
    }
    if (study.owner !== this && study.busy) throw this.#locked('is being searched by another search');
    study.owner = this;
    study.busy = true;
    return current;
  }

  release(state: StudyState<D>): void {
    const study = this.#study;
    if (study?.owner !== this) return;
    study.busy = false;
    if (state.idsIn('RUNNING').length === 0) study.owner = undefined;
  }

  save(state: StudyState<D>): void {
    const study = this.#study as MemoryStudy;
    if (![...this.#studies.values()].includes(study)) throw this.#deleted();
    if (study.owner !== this) throw this.#locked('was taken over by another search');
    const { seed, predictions, datasetIndex, trials, drawn, batches, classifiers } = state;
    const unsaved = state.unsaved ?? new Unsaved(trials.keys());
    Object.assign(study, { seed, predictions, datasetIndex, trialCount: trials.length });
    study.trials.length = Math.min(study.trials.length, unsaved.candidates);
    study.trials.push(...trials.slice(unsaved.candidates));
    const handedOut = Math.max(0, unsaved.candidates - trials.length);
    study.trials.push(...drawn.toReversed().slice(handedOut));
    for (const id of unsaved.trials) study.trials[id] = trials[id] as TrialRecord<unknown>;
    study.batches.splice(unsaved.batches, Number.POSITIVE_INFINITY, ...batches.slice(unsaved.batches));
    study.classifiers.splice(unsaved.classifiers, Number.POSITIVE_INFINITY, ...classifiers.slice(unsaved.classifiers));
    this.#revision = ++study.revision;
    state.unsaved = Unsaved.nothingOf(state);
  }

  close(): void {
    if (this.#study?.owner === this) Object.assign(this.#study, { owner: undefined, busy: false });
  }

  #identity(): StudyIdentity {
    return identityOf(this.#space, this.#options);
  }

  #deleted(): ShacError {
    return new ShacError('ERR_STUDY_NOT_FOUND', `the study ${show(this.#options.studyName)} was deleted from memory`);
  }

  #locked(what: string): ShacError {
    const name = show(this.#options.studyName);
    return new ShacError(
      'ERR_STUDY_LOCKED',
      `the study ${name} in memory ${what}; end that one, or choose another studyName`,
    );
  }
}
