import { setImmediate as nextTurn } from 'node:timers/promises';
import type { SamplingProgress } from './callbacks/callback.js';
import type { NativeProgress, NativeSampleResult } from './cascade/addon.js';
import type { ParamsOf, SpaceDefinition } from './space/index.js';
import type { StudyState } from './study-state.js';
import type { TrialRecord } from './trial.js';

export interface DrawOptions {
  relax: boolean;
  threads: number;
  signal?: AbortSignal | undefined;
}

/** Told how far the drawing of a batch is. */
export type WatchDrawing = (progress: SamplingProgress) => Promise<void>;

/** Predictions draw from streams of their own, far from those of the batches; so does the rest of a batch. */
const PREDICTION_STREAMS = 2 ** 30;
const REST_STREAMS = 2 ** 29;
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

/**
 * Draws the next batch (or the rest of one that was begun) whole, from the cascade as it is now: a batch is the same
 * however its trials are asked for. The state changes only once all of them are there.
 */
async function drawBatch<D extends SpaceDefinition>(
  state: StudyState<D>,
  options: DrawOptions,
  watch: WatchDrawing | undefined,
): Promise<void> {
  const { batchSize, totalBudget } = state.options.budget;
  const first = state.trials.length;
  const stage = Math.floor(first / batchSize);
  const count = Math.min((stage + 1) * batchSize, totalBudget) - first;
  const classifiers = state.cascade.size;
  const tell = watch && ((progress: NativeProgress) => watch({ stage, phase: 'sampling', wanted: count, ...progress }));
  const started = performance.now();
  const begun = first % batchSize > 0;
  const sampled = await state.cascade.sample({
    seed: state.seed,
    stream: begun ? REST_STREAMS + state.batches.length : stage,
    count,
    classifiers,
    memory: state.options.samplerMemory,
    sampler: state.options.sampler,
    onProgress: tell,
    ...options,
  });
  const samplingTime = performance.now() - started;
  const { codes, rejections, draws, acceptance, liveMass } = sampled;
  const d = state.space.dimensions;
  const trials = await decoded(state, sampled, options.signal, (params, i) =>
    state.newTrial(first + i, codes.slice(i * d, (i + 1) * d), params, rejections[i]),
  );
  state.batches.push({ stage, classifiers, count, draws, acceptance, liveMass, samplingTime });
  state.drawn = trials.reverse();
  await tell?.({ accepted: count, draws, acceptance, liveMass });
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
  { codes, offsets, rejections }: NativeSampleResult,
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
