import type { NativeSampleResult } from './cascade/addon.js';
import type { ParamsOf, SpaceDefinition } from './space/index.js';
import type { StudyState } from './study-state.js';
import type { TrialRecord } from './trial.js';

export interface DrawOptions {
  relax: boolean;
  threads: number;
  signal?: AbortSignal | undefined;
}

/** Predictions draw from streams of their own, far from those of the batches. */
const PREDICTION_STREAMS = 2 ** 30;

/**
 * The next `count` trials to evaluate, by id: first those that wait, then new ones, with their batches drawn as needed.
 * Fewer when the budget ends.
 */
export async function takeTrials<D extends SpaceDefinition>(
  state: StudyState<D>,
  count: number,
  options: DrawOptions,
): Promise<TrialRecord<ParamsOf<D>>[]> {
  const ids = state.idsIn('WAITING').slice(0, count);
  while (ids.length < count) {
    if (state.drawn.length === 0) {
      if (state.trials.length >= state.options.budget.totalBudget) break;
      await drawBatch(state, options);
    }
    for (const trial of state.drawn.splice(0, count - ids.length)) {
      state.trials.push(trial);
      ids.push(trial.id);
    }
  }
  return ids.map((id) => state.trials[id] as TrialRecord<ParamsOf<D>>);
}

/**
 * Draws the next batch whole, from the cascade as it is now: a batch is the same however its trials are asked for. The
 * state changes only once all of them are there.
 */
async function drawBatch<D extends SpaceDefinition>(state: StudyState<D>, options: DrawOptions): Promise<void> {
  const { batchSize, totalBudget } = state.options.budget;
  const first = state.trials.length;
  const stage = Math.floor(first / batchSize);
  const count = Math.min((stage + 1) * batchSize, totalBudget) - first;
  const classifiers = state.cascade.size;
  const started = performance.now();
  const sampled = await state.cascade.sample({
    seed: state.seed,
    stream: stage,
    count,
    classifiers,
    ...options,
  });
  const samplingTime = performance.now() - started;
  const { draws, acceptance, liveMass } = sampled;
  state.batches.push({ stage, classifiers, count, draws, acceptance, liveMass, samplingTime });
  state.drawn = rows(state, sampled).map(({ codes, params, rejections }, i) =>
    state.newTrial(first + i, codes, params, rejections),
  );
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
  const sampled = await state.cascade.sample({ seed: state.seed, stream, count, classifiers, ...options });
  const { dimensions } = state.space;
  return Array.from({ length: count }, (_, i) => state.space.decode(sampled.codes, sampled.offsets, i * dimensions));
}

function rows<D extends SpaceDefinition>({ space }: StudyState<D>, sampled: NativeSampleResult) {
  const { codes, offsets, rejections } = sampled;
  const d = space.dimensions;
  return Array.from(rejections, (count, i) => ({
    codes: codes.slice(i * d, (i + 1) * d),
    params: space.decode(codes, offsets, i * d),
    rejections: count,
  }));
}
