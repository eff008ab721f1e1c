import { ShacError, show } from '../errors.js';
import { toUtc } from './datetime.js';
import { areCompatible, Distributions } from './external.js';
import { DIRECTIONS, OPERATION, STATES } from './journal-operations.js';
import {
  type ExchangeParam,
  type ExchangeState,
  type ExchangeStudy,
  type ExchangeTrial,
  requireOneObjective,
} from './study.js';

type Attributes = Record<string, unknown>;

/** An operation: a line of the journal. */
type Entry = Record<string, unknown>;

interface TrialDraft {
  readonly study: StudyDraft;
  readonly number: number;
  state: ExchangeState;
  readonly params: Map<string, ExchangeParam>;
  value: number | null;
  readonly intermediateValues: Map<number, number>;
  started: string | null;
  completed: string | null;
  userAttributes: Attributes;
  systemAttributes: Attributes;
}

interface StudyDraft {
  readonly name: string;
  readonly directions: readonly number[];
  userAttributes: Attributes;
  systemAttributes: Attributes;
  readonly trials: TrialDraft[];
  /** By column: the earliest trial that has it. Optuna refuses a distribution that is not compatible with its one. */
  readonly first: Map<string, TrialDraft>;
}

/** What an operation lacks; its caller adds where it stands. */
class Malformed extends Error {}

/** The studies of a journal, built operation by operation as Optuna does: what it refuses is passed over here as well. */
export class Replay {
  /** By id; ids are not used again. */
  readonly #studies = new Map<number, StudyDraft>();
  #studyCount = 0;
  /** Of all studies, by id, those of deleted ones included. */
  readonly #trials: TrialDraft[] = [];
  readonly #distributions = new Distributions();

  /**
   * @param place Where the operation stands, for messages.
   * @throws ERR_STORAGE for what is no operation, ERR_STORAGE_VERSION for one that is not known.
   */
  apply(entry: unknown, place: string): void {
    try {
      this.#apply(entry as Entry);
    } catch (cause) {
      if (cause instanceof ShacError && cause.code === 'ERR_STORAGE_VERSION') {
        throw new ShacError(cause.code, `${place}: ${cause.message}`);
      }
      if (!(cause instanceof Malformed) && !(cause instanceof ShacError)) throw cause;
      const message = `${place} is no operation of an Optuna journal: ${cause.message}`;
      throw new ShacError('ERR_STORAGE', message, { cause });
    }
  }

  studyNames(): string[] {
    return [...this.#studies.values()].map(({ name }) => name);
  }

  /**
   * @param name One of {@link Replay.studyNames}.
   * @throws ERR_DATASET_MISMATCH for more than one objective.
   */
  study(name: string): ExchangeStudy {
    const study = [...this.#studies.values()].find((candidate) => candidate.name === name) as StudyDraft;
    const { directions, userAttributes, systemAttributes, trials } = study;
    requireOneObjective(name, directions.length);
    return {
      name,
      objective: DIRECTIONS[directions[0] as number],
      userAttributes,
      systemAttributes,
      trials: async function* () {
        for (const { study: _, ...trial } of trials) yield trial satisfies ExchangeTrial;
      },
    };
  }

  #apply(entry: Entry): void {
    if (typeof entry !== 'object' || entry === null) throw new Malformed(`it is ${show(entry)}`);
    const operation = numberIn(entry, 'op_code');
    if (operation === OPERATION.createStudy) this.#createStudy(entry);
    else if (operation === OPERATION.deleteStudy) this.#studies.delete(numberIn(entry, 'study_id'));
    else if (operation === OPERATION.setStudyUserAttribute || operation === OPERATION.setStudySystemAttribute) {
      const study = this.#studies.get(numberIn(entry, 'study_id'));
      if (study !== undefined) setAttribute(study, entry, operation === OPERATION.setStudyUserAttribute);
    } else if (operation === OPERATION.createTrial) this.#createTrial(entry);
    else if (operation !== OPERATION.discardTrials) this.#changeTrial(entry, operation);
  }

  #createStudy(entry: Entry): void {
    const { study_name: name, directions } = entry;
    if (typeof name !== 'string' || !Array.isArray(directions)) throw new Malformed('no study_name or no directions');
    if (this.studyNames().includes(name)) return;
    const study = { name, directions, userAttributes: {}, systemAttributes: {}, trials: [], first: new Map() };
    this.#studies.set(this.#studyCount++, study);
  }

  #createTrial(entry: Entry): void {
    const study = this.#studies.get(numberIn(entry, 'study_id'));
    if (study === undefined) return;
    const { values, value } = entry;
    const trial: TrialDraft = {
      study,
      number: study.trials.length,
      state: entry.state === undefined ? 'RUNNING' : stateIn(entry),
      params: new Map(),
      value: valueIn(values ?? [value ?? null]),
      intermediateValues: new Map(
        Object.entries(objectIn(entry, 'intermediate_values')).map(([step, one]) => [Number(step), one as number]),
      ),
      started: toUtc(entry.datetime_start, 'local'),
      completed: toUtc(entry.datetime_complete, 'local'),
      userAttributes: objectIn(entry, 'user_attrs'),
      systemAttributes: objectIn(entry, 'system_attrs'),
    };
    const distributions = objectIn(entry, 'distributions');
    for (const [column, real] of Object.entries(objectIn(entry, 'params'))) {
      this.#setParam(trial, column, real, distributions[column]);
    }
    study.trials.push(trial);
    this.#trials.push(trial);
  }

  #changeTrial(entry: Entry, operation: number): void {
    if (!Object.values<number>(OPERATION).includes(operation)) {
      throw new ShacError('ERR_STORAGE_VERSION', `operation ${operation} is not known; a newer Optuna wrote it`);
    }
    const trial = this.#trials[numberIn(entry, 'trial_id')];
    if (trial === undefined || (trial.state !== 'RUNNING' && trial.state !== 'WAITING')) return;
    if (operation === OPERATION.setTrialParam) this.#changeParam(trial, entry);
    else if (operation === OPERATION.setTrialStateValues) setState(trial, entry);
    else if (operation === OPERATION.setTrialIntermediateValue) {
      trial.intermediateValues.set(numberIn(entry, 'step'), numberIn(entry, 'intermediate_value'));
    } else setAttribute(trial, entry, operation === OPERATION.setTrialUserAttribute);
  }

  #changeParam(trial: TrialDraft, entry: Entry): void {
    const { param_name: column, param_value_internal: real, distribution } = entry;
    if (typeof column !== 'string') throw new Malformed('no param_name');
    const first = trial.study.first.get(column)?.params.get(column)?.stored.distribution;
    if (first !== undefined && typeof distribution === 'string') {
      const [old, fresh] = [this.#distributions.parse(first), this.#distributions.parse(distribution)];
      if (!areCompatible(old, fresh)) return;
    }
    this.#setParam(trial, column, real, distribution);
  }

  #setParam(trial: TrialDraft, column: string, real: unknown, distribution: unknown): void {
    if (typeof real !== 'number' || typeof distribution !== 'string') {
      throw new Malformed(`the param ${show(column)} has no number or no distribution`);
    }
    const value = this.#distributions.external(distribution, real);
    trial.params.set(column, { value, stored: { real, distribution } });
    const { first } = trial.study;
    const known = first.get(column);
    if (known === undefined || trial.number < known.number) first.set(column, trial);
  }
}

function setState(trial: TrialDraft, entry: Entry): void {
  const state = stateIn(entry);
  if (state === 'RUNNING' && trial.state === 'RUNNING') return; // another worker has it
  if (state === 'RUNNING') trial.started = toUtc(entry.datetime_start, 'local');
  else if (state !== 'WAITING') trial.completed = toUtc(entry.datetime_complete, 'local');
  trial.state = state;
  if (entry.values !== null && entry.values !== undefined) trial.value = valueIn(entry.values);
}

function setAttribute(
  owner: { userAttributes: Attributes; systemAttributes: Attributes },
  entry: Entry,
  isUser: boolean,
): void {
  const added = objectIn(entry, isUser ? 'user_attr' : 'system_attr');
  if (isUser) owner.userAttributes = { ...owner.userAttributes, ...added };
  else owner.systemAttributes = { ...owner.systemAttributes, ...added };
}

function numberIn(entry: Entry, key: string): number {
  const value = entry[key];
  if (typeof value !== 'number') throw new Malformed(`${key} is ${show(value)}`);
  return value;
}

/** Missing is empty. */
function objectIn(entry: Entry, key: string): Attributes {
  const value = entry[key] ?? {};
  if (typeof value !== 'object' || Array.isArray(value)) throw new Malformed(`${key} is ${show(value)}`);
  return value as Attributes;
}

function stateIn(entry: Entry): ExchangeState {
  const state = STATES[numberIn(entry, 'state')];
  if (state === undefined) throw new Malformed(`state is ${show(entry.state)}`);
  return state;
}

/** The first of the objectives' values: studies with more than one objective are refused as a whole. */
function valueIn(values: unknown): number | null {
  const value: unknown = Array.isArray(values) ? values[0] : undefined;
  if (typeof value !== 'number' && value !== null) throw new Malformed(`values is ${show(values)}`);
  return value;
}
