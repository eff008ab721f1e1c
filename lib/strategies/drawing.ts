import { setImmediate as nextTurn } from 'node:timers/promises';
import type { NativeProgress, NativeSampleResult } from '../native/addon.js';
import type { SampleOptions } from '../native/cascade.js';
import type { ProgressListener } from '../native/progress.js';
import type { SamplingProgress } from '../observe/callback.js';
import type { ParamsOf, SpaceDefinition } from '../space/index.js';
import type { BatchRecord, StudyState } from '../study/study-state.js';
import type { TrialRecord } from '../study/trial.js';

export interface DrawOptions {
  relax: boolean;
  threads: number;
  /** In the local phase, draw one trial, not the rest of its batch: the next one is to know the results until then. */
  fresh?: boolean;
  signal?: AbortSignal | undefined;
}

/** Told how far the drawing of a batch is. */
export type WatchDrawing = (progress: SamplingProgress) => Promise<void>;

/** Predictions draw from streams of their own, far from those of the batches; so do the rest of a batch, and the local phase. */
const PREDICTION_STREAMS = 2 ** 30;
const REST_STREAMS = 2 ** 29;
const LOCAL_STREAMS = 2 ** 28;
/** In the local phase, one trial of so many is chosen from so many candidates that the cascade accepts. */
const EXPLORE_EVERY = 10;
const CANDIDATES = 100;
/** It looks no longer for one of these: a choice from many does not need all classifiers to accept. */
const MAX_EXPLORING_DRAWS = 2 ** 20;
/** Coordinates that are decoded before the event loop gets a turn: one or two milliseconds. */
const SLICE = 10_000;

/**
 * The next `count` trials to evaluate, by id: first those that wait, then new ones, with their batches drawn as needed.
 * Fewer when the budget ends.
 */
export async function takeTrials<D extends SpaceDefinition>(
  state: StudyState<D>,
  count: number,
  options: DrawOptions,
  watch?: WatchDrawing,
): Promise<TrialRecord<ParamsOf<D>>[]> {
  const ids = state.idsIn('WAITING').slice(0, count);
  while (ids.length < count) {
    if (state.drawn.length === 0) {
      if (state.trials.length >= state.options.budget.totalBudget) break;
      await drawBatch(state, options, watch);
    }
    while (ids.length < count && state.drawn.length > 0) {
      const trial = state.drawn.pop() as TrialRecord<ParamsOf<D>>;
      state.trials.push(trial);
      ids.push(trial.id);
    }
  }
  return ids.map((id) => state.trials[id] as TrialRecord<ParamsOf<D>>);
}

/** Takes back the candidates that were not handed out, when there are classifiers now that they have not passed. */
export function dropStale<D extends SpaceDefinition>(state: StudyState<D>): void {
  const last = state.batches.at(-1);
  if (last === undefined || state.drawn.length === 0 || last.classifiers === state.cascade.size) return;
  state.batches[state.batches.length - 1] = { ...last, count: last.count - state.drawn.length };
  state.drawn = [];
  const { unsaved } = state;
  if (unsaved === undefined) return;
  unsaved.candidates = Math.min(unsaved.candidates, state.trials.length);
  unsaved.batches = Math.min(unsaved.batches, state.batches.length - 1);
}

/** What a batch is to be: the trials with ids from `first`, all of one stage. */
interface Wanted {
  readonly stage: number;
  readonly first: number;
  readonly count: number;
}

/** Rows of codes, and how they were found. */
type Drawn = Omit<NativeSampleResult, 'boxes'> & Pick<BatchRecord, 'classifiers'>;

/**
 * Draws the next batch (or the rest of one that was begun) whole: a batch is the same however its trials are asked for.
 * The state changes only once all of them are there.
 */
async function drawBatch<D extends SpaceDefinition>(
  state: StudyState<D>,
  options: DrawOptions,
  watch: WatchDrawing | undefined,
): Promise<void> {
  const { batchSize, totalBudget } = state.options.budget;
  const first = state.trials.length;
  const stage = Math.floor(first / batchSize);
  const rest = Math.min((stage + 1) * batchSize, totalBudget) - first;
  const isLocal = first >= state.options.localFrom;
  const count = isLocal && options.fresh === true ? 1 : rest;
  const tell = watch && ((progress: NativeProgress) => watch({ stage, phase: 'sampling', wanted: count, ...progress }));
  const started = performance.now();
  const wanted = { stage, first, count };
  const near = isLocal ? await drawNear(state, wanted, options) : undefined;
  const drawn = near ?? (await drawAccepted(state, wanted, options, tell));
  const samplingTime = performance.now() - started;
  const { codes, rejections, draws, acceptance, liveMass, classifiers } = drawn;
  const d = state.space.dimensions;
  const trials = await decoded(state, drawn, options.signal, (params, i) =>
    state.newTrial(first + i, codes.slice(i * d, (i + 1) * d), params, rejections[i]),
  );
  state.batches.push({ stage, classifiers, count, draws, acceptance, liveMass, samplingTime });
  state.drawn = trials.reverse();
  await tell?.({ accepted: count, draws, acceptance, liveMass });
}

/**
 * Candidates that the cascade accepts as it is now. Where classifiers learn from all results, the newest ones may leave
 * next to nothing: then they are relaxed, rather than ending the search.
 */
async function drawAccepted<D extends SpaceDefinition>(
  state: StudyState<D>,
  { stage, first, count }: Wanted,
  options: DrawOptions,
  onProgress: ProgressListener | undefined,
): Promise<Drawn> {
  const { budget, sampler, data } = state.options;
  const begun = first % budget.batchSize > 0;
  const stream = begun ? REST_STREAMS + state.batches.length : stage;
  const classifiers = state.cascade.size;
  const request = { stream, count, classifiers, onProgress };
  try {
    return await sample(state, { ...request, sampler, relax: options.relax }, options);
  } catch (error) {
    if (data === 'stage' || !isEmptyRegion(error)) throw error;
    return sample(state, { ...request, relax: true }, options);
  }
}

/** Candidates to explore with. Where next to nothing passes all classifiers, the newer half of them does not count. */
async function drawCandidates<D extends SpaceDefinition>(
  state: StudyState<D>,
  stream: number,
  options: DrawOptions,
): Promise<Drawn> {
  const request = { stream, count: CANDIDATES, relax: false, maxDraws: MAX_EXPLORING_DRAWS };
  for (let classifiers = state.cascade.size; ; classifiers = Math.floor(classifiers / 2)) {
    try {
      return await sample(state, { ...request, classifiers }, options);
    } catch (error) {
      if (classifiers === 0 || !isEmptyRegion(error)) throw error;
    }
  }
}

const isEmptyRegion = (error: unknown): boolean => (error as { code?: string }).code === 'ERR_EMPTY_REGION';

async function sample<D extends SpaceDefinition>(
  { seed, cascade, options: { samplerMemory: memory } }: StudyState<D>,
  request: Omit<SampleOptions, 'seed' | 'memory' | 'threads' | 'signal'>,
  { threads, signal }: DrawOptions,
): Promise<Drawn> {
  const { classifiers } = request;
  return { ...(await cascade.sample({ seed, memory, threads, signal, ...request })), classifiers };
}

/**
 * Candidates of the local phase: most of them near the best trial, a few from what the cascade accepts, each chosen by
 * what can be expected of it. Undefined while there is nothing to expect anything from.
 */
async function drawNear<D extends SpaceDefinition>(
  state: StudyState<D>,
  { first, count }: Wanted,
  options: DrawOptions,
): Promise<Drawn | undefined> {
  const { cascade, space, seed } = state;
  const knowledge = await state.localPhase.knowledge(first, options.signal);
  if (knowledge === undefined) return undefined;
  const stream = LOCAL_STREAMS + state.batches.length;
  let explore = 0;
  for (let id = first; id < first + count; id++) if (id % EXPLORE_EVERY === 0) explore++;
  const accepted = explore > 0 ? await drawCandidates(state, stream, options) : undefined;
  const points = await cascade.propose(
    {
      ...knowledge,
      batch: state.options.budget.batchSize,
      candidates: accepted ? space.placesOf(accepted.codes, accepted.offsets) : new Float64Array(),
      count,
      explore,
      seed: BigInt(seed),
      stream,
    },
    options.signal,
  );
  const { codes, offsets } = space.cellsOf(points);
  const last = state.batches.at(-1);
  const { acceptance, liveMass } = accepted ?? last ?? { acceptance: 1, liveMass: 1 };
  const [rejections, draws, classifiers] = [cascade.rejections(codes), accepted?.draws ?? 0, cascade.size];
  return { codes, offsets, rejections, draws, acceptance, liveMass, classifiers };
}

/** `count` candidates that pass the first `classifiers` classifiers, from a stream that is used once. */
export async function drawPredictions<D extends SpaceDefinition>(
  state: StudyState<D>,
  count: number,
  classifiers: number,
  options: DrawOptions,
): Promise<ParamsOf<D>[]> {
  const stream = PREDICTION_STREAMS + (state.predictions % PREDICTION_STREAMS);
  state.predictions++;
  const { samplerMemory: memory, sampler } = state.options;
  const request = { seed: state.seed, stream, count, classifiers, memory, sampler };
  const sampled = await state.cascade.sample({ ...request, ...options });
  return decoded(state, sampled, options.signal, (params) => params);
}

/** What `make` gives for each candidate, without keeping the event loop for long. */
async function decoded<D extends SpaceDefinition, T>(
  { space }: StudyState<D>,
  { codes, offsets, rejections }: Pick<NativeSampleResult, 'codes' | 'offsets' | 'rejections'>,
  signal: AbortSignal | undefined,
  make: (params: ParamsOf<D>, index: number) => T,
): Promise<T[]> {
  const slice = Math.ceil(SLICE / space.dimensions);
  const all: T[] = [];
  for (let i = 0; i < rejections.length; i++) {
    if (i > 0 && i % slice === 0) {
      await nextTurn();
      signal?.throwIfAborted();
    }
    all.push(make(space.decode(codes, offsets, i * space.dimensions), i));
  }
  return all;
}
