import { ShacError, show } from '../errors.js';
import type { Budget } from './budget.js';
import { type Direction, isBetter } from './direction.js';
import type { Candidate, StudyEvent, TrialFailed, TrialTold } from './events.js';
import type { BatchRecord, ClassifierRecord } from './records.js';
import { isFinished, objectiveValue, type TrialRecord } from './trial.js';

/** What the events of a study have made of it. Only {@link apply} alters it. */
export interface StudyState<P> {
  seed: number;
  /** The seed that it was begun with. */
  firstSeed: number;
  /** Calls of `predict` since the seed was set. */
  predictions: number;
  /** Trials of the stages that have been learned from (or refused): the next stage begins here. */
  datasetIndex: number;
  /** By id. */
  trials: TrialRecord<P>[];
  /** Ids of those that have no result, in order. */
  unfinished: Set<number>;
  /** Candidates that were not issued: the trials with the next ids, all WAITING, the next one last. */
  drawn: TrialRecord<P>[];
  /** Params that were enqueued and of which there is no candidate yet, the next ones first. */
  queue: readonly Partial<P>[];
  batches: BatchRecord[];
  classifiers: ClassifierRecord[];
  /** The complete trial with the best value, the earliest of equals. */
  best: TrialRecord<P> | undefined;
}

/** What has to be known of a study to understand its events. */
export interface Rules {
  readonly direction: Direction;
  readonly budget: Pick<Budget, 'batchSize'>;
}

export function emptyState<P>(): StudyState<P> {
  const lists = { trials: [], drawn: [], queue: [], batches: [], classifiers: [] };
  return { seed: 0, firstSeed: 0, predictions: 0, datasetIndex: 0, ...lists, unfinished: new Set(), best: undefined };
}

/**
 * Makes of the state what it is after `event`. The same events in the same order make the same state.
 *
 * @throws ERR_STORAGE for an event of a trial or of candidates that are not there.
 */
export function apply<P>(state: StudyState<P>, event: StudyEvent<P>, rules: Rules): void {
  switch (event.type) {
    case 'created':
      Object.assign(state, emptyState<P>(), { seed: event.seed, firstSeed: event.seed });
      break;
    case 'restored': {
      const { trials, issued, batches, classifiers, queue = [], ...counters } = event.snapshot;
      const lists = { batches: [...batches], classifiers: [...classifiers], trials: trials.slice(0, issued) };
      Object.assign(state, { firstSeed: counters.seed }, counters, lists, {
        drawn: trials.slice(issued).reverse(),
        queue,
        unfinished: new Set(lists.trials.filter((trial) => !isFinished(trial)).map(({ id }) => id)),
        best: undefined,
      });
      for (const trial of state.trials) noteBest(state, trial, rules.direction);
      break;
    }
    case 'enqueued':
      state.queue = [...state.queue, ...event.params];
      break;
    case 'drawn': {
      const first = state.trials.length + state.drawn.length;
      const trials = event.candidates.map((candidate, i) => waiting(first + i, candidate, rules));
      state.drawn = [...trials.reverse(), ...state.drawn];
      state.queue = state.queue.slice(ofQueue(event.candidates));
      if (event.batch !== undefined) state.batches.push(event.batch);
      break;
    }
    case 'dropped': {
      state.drawn = state.drawn.slice(event.count);
      const { usedUp: _, ...last } = state.batches.pop() as BatchRecord;
      state.batches.push({ ...last, count: last.count - event.count });
      break;
    }
    case 'issued':
      if (event.count > state.drawn.length)
        throw unfit(event.type, `${event.count} of ${state.drawn.length} candidates`);
      for (let i = 0; i < event.count; i++) {
        state.unfinished.add(state.trials.length);
        state.trials.push(state.drawn.pop() as TrialRecord<P>);
      }
      break;
    case 'started': {
      const trial = trialOf(state, event);
      state.trials[event.id] = {
        ...trial,
        state: 'RUNNING',
        workerId: event.workerId ?? trial.workerId,
        startedAt: event.at,
      };
      break;
    }
    case 'requeued':
      for (const id of event.ids) {
        state.trials[id] = { ...trialOf(state, { type: event.type, id }), state: 'WAITING', startedAt: undefined };
      }
      break;
    case 'told':
    case 'failed': {
      const trial = finished(trialOf(state, event), event);
      state.trials[event.id] = trial;
      state.unfinished.delete(event.id);
      noteBest(state, trial, rules.direction);
      break;
    }
    case 'trained':
      state.datasetIndex += event.trials;
      if (event.classifier !== null) state.classifiers.push(event.classifier);
      break;
    case 'seeded':
      state.seed = event.seed;
      state.predictions = event.predictions;
      break;
    case 'reported': // kept by the storage alone
      break;
  }
}

function trialOf<P>({ trials }: StudyState<P>, { type, id }: { readonly type: string; readonly id: number }) {
  const trial = trials[id];
  if (trial === undefined) throw unfit(type, `trial ${id} of ${trials.length}`);
  return trial;
}

/** Of events that came from outside, and are not in order. */
function unfit(type: string, what: string): ShacError {
  return new ShacError('ERR_STORAGE', `the events of the study do not fit together: ${show(type)} is of ${what}`);
}

/** How many candidates are made of params that were enqueued. */
export function ofQueue(candidates: readonly Pick<Candidate<unknown>, 'fixed'>[]): number {
  let count = 0;
  for (const { fixed } of candidates) if (fixed !== undefined) count++;
  return count;
}

/** A candidate as the trial with this id. */
export function waiting<P>(
  id: number,
  { params, row, rejections, fixed }: Candidate<P>,
  { budget }: Pick<Rules, 'budget'>,
): TrialRecord<P> {
  return {
    id,
    stage: Math.floor(id / budget.batchSize),
    params,
    row,
    rejections,
    fixed,
    state: 'WAITING',
    values: null,
    attempts: 0,
    workerId: undefined,
    duration: undefined,
    startedAt: undefined,
    endedAt: undefined,
    error: undefined,
    stderr: undefined,
    memory: undefined,
  };
}

function finished<P>(trial: TrialRecord<P>, event: TrialTold | TrialFailed): TrialRecord<P> {
  const { id, stage, params, row, rejections, fixed } = trial;
  return {
    id,
    stage,
    params,
    row,
    rejections,
    fixed,
    state: event.type === 'told' ? 'COMPLETE' : 'FAIL',
    values: event.type === 'told' ? event.values : null,
    attempts: event.attempts,
    workerId: event.workerId ?? trial.workerId,
    duration: event.duration,
    startedAt: trial.startedAt ?? event.at - (event.duration ?? 0),
    endedAt: event.at,
    error: event.type === 'told' ? undefined : event.error,
    stderr: event.stderr,
    memory: event.memory,
  };
}

function noteBest<P>(state: StudyState<P>, trial: TrialRecord<P>, direction: Direction): void {
  const value = objectiveValue(trial);
  if (value === null) return;
  const { best } = state;
  const bestValue = best && (objectiveValue(best) as number);
  const earlier = best !== undefined && bestValue === value && trial.id < best.id;
  if (bestValue === undefined || earlier || isBetter(value, bestValue, direction)) state.best = trial;
}
