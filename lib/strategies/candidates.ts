import { setImmediate as nextTurn } from 'node:timers/promises';
import type { NativeProgress, NativeSampleResult } from '../native/addon.js';
import type { ParamsOf, SearchSpace, SpaceDefinition } from '../space/index.js';
import type { Candidate } from '../study/events.js';
import { copyOf } from '../study/params.js';
import type { Study } from '../study/study.js';
import type { TrialRecord } from '../study/trial.js';
import { Distinct } from './distinct.js';
import { areEnqueued, drawEnqueued } from './enqueued.js';
import { strategies } from './registry.js';
import type { Proposal, ProposeOptions, Strategy, Wanted } from './strategy.js';

export interface DrawOptions extends Omit<ProposeOptions, 'onProgress'> {
  /** In the local phase, draw one trial, not the rest of its batch: the next one is to know the results until then. */
  readonly fresh?: boolean;
}

/** How far the drawing of a batch is. */
export interface Drawing extends NativeProgress {
  /** The number of the batch. */
  readonly stage: number;
  readonly phase: 'sampling';
  /** Candidates that it takes. */
  readonly wanted: number;
}

/** Told how far the drawing of a batch is. */
export type WatchDrawing = (progress: Drawing) => void | Promise<void>;

/** Coordinates that are decoded before the event loop gets a turn: one or two milliseconds. */
const SLICE = 10_000;

/** Draws the candidates of a study, and hands them out. */
export class Candidates<D extends SpaceDefinition> {
  readonly #study: Study<D>;
  readonly #distinct: Distinct<D>;
  readonly #strategies: readonly Strategy[] = strategies();

  constructor(study: Study<D>) {
    this.#study = study;
    this.#distinct = new Distinct(study);
  }

  /** Whether the option `distinct` ends the search: every point of the space was tried. */
  get isUsedUp(): boolean {
    return this.#distinct.isUsedUp;
  }

  /** What was tried. */
  get distinct(): Distinct<D> {
    return this.#distinct;
  }

  /**
   * The next `count` trials to evaluate, by id: first those that wait, then those of params that were enqueued, then new
   * ones, with their batches drawn as needed. Fewer when the budget ends, or the space is used up.
   */
  async take(count: number, options: DrawOptions, watch?: WatchDrawing): Promise<TrialRecord<ParamsOf<D>>[]> {
    const study = this.#study;
    const ids = study.idsIn('WAITING').slice(0, count);
    while (ids.length < count) {
      if (study.queue.length > 0) this.#takeBack(); // also when they were enqueued during the draw
      if (study.drawn.length === 0) {
        if (study.trials.length >= study.settings.budget.totalBudget) break;
        if (study.queue.length > 0) {
          await drawEnqueued(study, this.#distinct, this.#wanted({ ...options, fresh: false }).count, options);
          continue;
        }
        if (this.isUsedUp) break;
        await this.#drawBatch(options, watch);
        if (study.drawn.length === 0 && study.queue.length === 0) break;
        continue;
      }
      const first = study.trials.length;
      study.record({ type: 'issued', count: Math.min(count - ids.length, study.drawn.length) });
      for (let id = first; id < study.trials.length; id++) ids.push(id);
    }
    return ids.map((id) => study.trials[id] as TrialRecord<ParamsOf<D>>);
  }

  /** Has the study say that the space has ended it, where its batches do not: then it is known of the stored study. */
  noteUsedUp(): void {
    const { batches, classifiers, trials, settings } = this.#study;
    const last = batches.at(-1);
    if (last?.usedUp || !this.isUsedUp) return;
    const { acceptance = 1, liveMass = 1 } = last ?? {};
    const stage = Math.floor(trials.length / settings.budget.batchSize);
    const none = { count: 0, draws: 0, samplingTime: 0, usedUp: true };
    const batch = { stage, classifiers: classifiers.length, acceptance, liveMass, ...none };
    this.#study.record({ type: 'drawn', batch, candidates: [] });
  }

  /** Takes back the candidates that were not handed out, when there are classifiers now that they have not passed. */
  dropStale(): void {
    const { batches, classifiers } = this.#study;
    if (batches.at(-1)?.classifiers !== classifiers.length) this.#takeBack();
  }

  /** Takes back the candidates that were not handed out, but for those that were enqueued. */
  #takeBack(): void {
    const { batches, drawn } = this.#study;
    if (batches.length === 0 || drawn.length === 0 || areEnqueued(this.#study)) return;
    this.#study.record({ type: 'dropped', count: drawn.length });
  }

  /**
   * Draws the next batch (or the rest of one that was begun) whole: a batch is the same however its trials are asked
   * for. The study changes only once all of them are there.
   */
  async #drawBatch(options: DrawOptions, watch: WatchDrawing | undefined): Promise<void> {
    const wanted = this.#wanted(options);
    const { batch: stage, count } = wanted;
    const tell =
      watch && ((progress: NativeProgress) => watch({ stage, phase: 'sampling', wanted: count, ...progress }));
    const started = performance.now();
    const { relax, threads, signal } = options;
    const proposal = await this.#propose(wanted, { relax, threads, signal, onProgress: tell });
    const samplingTime = performance.now() - started;
    const { codes, rejections, acceptance, liveMass, classifiers, admitted } = proposal;
    const { space } = this.#study;
    const d = space.dimensions;
    const proposed = await decoded(space, proposal, signal, (params, i): Candidate<ParamsOf<D>> => {
      const row = space.row(codes.slice(i * d, (i + 1) * d));
      return { params: this.#owned(params), row, rejections: rejections[i] as number };
    });
    const {
      candidates,
      draws: more,
      isLast,
    } = this.#distinct.applies
      ? await this.#distinct.replaced(proposed, wanted, { relax, threads, signal })
      : { candidates: proposed, draws: 0, isLast: false };
    const draws = proposal.draws + more;
    const shares = {
      acceptance,
      liveMass,
      ...(admitted !== undefined && { admitted }),
      ...(isLast && { usedUp: true }),
    };
    const batch = { stage, classifiers, count: candidates.length, draws, ...shares, samplingTime };
    this.#study.record({ type: 'drawn', batch, candidates });
    await tell?.({ accepted: candidates.length, draws, acceptance, liveMass });
  }

  /** What a custom parameter decodes to may be an object that the user keeps. */
  #owned(params: ParamsOf<D>): ParamsOf<D> {
    return this.#study.space.hasCustom ? copyOf(params) : params;
  }

  #wanted({ fresh = false }: DrawOptions): Wanted {
    const { trials, settings } = this.#study;
    const { batchSize, totalBudget } = settings.budget;
    const first = trials.length;
    const batch = Math.floor(first / batchSize);
    const rest = Math.min((batch + 1) * batchSize, totalBudget) - first;
    return { batch, first, count: fresh && first >= settings.localFrom ? 1 : rest };
  }

  async #propose(wanted: Wanted, options: ProposeOptions): Promise<Proposal> {
    for (const strategy of this.#strategies) {
      const proposal = await strategy.propose(this.#study, wanted, options);
      if (proposal !== undefined) return proposal;
    }
    throw new Error('no strategy has a proposal'); // the last one always has
  }
}

/** What `make` gives for each candidate, without keeping the event loop for long. */
export async function decoded<D extends SpaceDefinition, T>(
  space: SearchSpace<D>,
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
