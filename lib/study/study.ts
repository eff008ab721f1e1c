import { Cascade } from '../native/cascade.js';
import type { ParamsOf, SearchSpace, SpaceDefinition } from '../space/index.js';
import type { Direction } from './direction.js';
import type { Candidate, Snapshot, StudyEvent } from './events.js';
import type { BatchRecord, ClassifierRecord } from './records.js';
import type { StudySettings } from './settings.js';
import { apply, emptyState } from './state.js';
import { isFinished, type Trial, type TrialRecord, type TrialState } from './trial.js';
import { TrialViews } from './trial-views.js';

/** A study as everything but its reducer sees it. Its lists grow and change with the study: who keeps one copies it. */
export interface StudyView<D extends SpaceDefinition> {
  readonly space: SearchSpace<D>;
  readonly settings: StudySettings;
  readonly direction: Direction;
  readonly seed: number;
  /** The seed that it was begun with; `setSeed` may have put another in force. */
  readonly firstSeed: number;
  /** Calls of `predict` since the seed was set. */
  readonly predictions: number;
  /** Trials of the stages that have been learned from (or refused): the next stage begins here. */
  readonly datasetIndex: number;
  /** Trials that were issued, by id. */
  readonly trials: readonly TrialRecord<ParamsOf<D>>[];
  /** The same as users see them: frozen, and the same array until something changes. */
  readonly publicTrials: readonly Trial<ParamsOf<D>>[];
  /** Candidates that were not: the trials with the next ids, all WAITING, the next one last. */
  readonly drawn: readonly TrialRecord<ParamsOf<D>>[];
  /** Params that were enqueued and of which there is no candidate yet, the next ones first. */
  readonly queue: readonly Partial<ParamsOf<D>>[];
  readonly batches: readonly BatchRecord[];
  readonly classifiers: readonly ClassifierRecord[];
  /** The complete trial with the best value, the earliest of equals. */
  readonly best: TrialRecord<ParamsOf<D>> | undefined;
  /**
   * The classifiers, compiled: by whoever looks first, unless they are.
   *
   * @internal
   */
  readonly cascade: Cascade;
  /** @internal */
  readonly isCompiled: boolean;
  /**
   * Compiles them off the event loop.
   *
   * @throws ERR_CLASSIFIER_INVALID when a classifier is not one of this space.
   * @internal
   */
  compile(): Promise<void>;
  /** Ids of the unfinished trials in a state, in order. */
  idsIn(state: Exclude<TrialState, 'COMPLETE' | 'FAIL'>): number[];
  /** The trials of a batch that were issued. */
  batch(number: number): readonly TrialRecord<ParamsOf<D>>[];
  /** The batch whose trials are next to be evaluated. */
  readonly nextBatch: number;
  /**
   * The trials that bring the next classifier, or undefined while any of them is missing or unfinished. Those of the
   * local phase bring none.
   */
  nextStage(): readonly TrialRecord<ParamsOf<D>>[] | undefined;
  /** All that is known of it. */
  snapshot(): Snapshot<ParamsOf<D>>;
}

/**
 * A study: the state that its events have made, and a place to record further ones. Whoever wants to know of them
 * listens. The compiled cascade is a cache of the state: it is made from the classifiers when it is looked at.
 */
export class Study<D extends SpaceDefinition> implements StudyView<D> {
  readonly space: SearchSpace<D>;
  readonly settings: StudySettings;
  readonly #state = emptyState<ParamsOf<D>>();
  readonly #cascade: Cascade;
  readonly #listeners = new Set<(event: StudyEvent<ParamsOf<D>>) => void>();
  /** A cache, of those that the records lack: each takes 4,096 draws to find. */
  readonly #acceptances: number[] = [];
  readonly #views = new TrialViews<ParamsOf<D>>();
  /** A cache, until the next event. */
  #publicTrials: readonly Trial<ParamsOf<D>>[] | undefined;

  /** @param events What has happened already; none of them is told to listeners. */
  constructor(space: SearchSpace<D>, settings: StudySettings, events: Iterable<StudyEvent<ParamsOf<D>>>) {
    this.space = space;
    this.settings = settings;
    this.#cascade = new Cascade(space);
    for (const event of events) apply(this.#state, event, settings);
  }

  /** Notes what has happened: the state changes, and the listeners hear of it, before this returns. */
  record(event: StudyEvent<ParamsOf<D>>): void {
    apply(this.#state, event, this.settings);
    this.#publicTrials = undefined;
    for (const listener of this.#listeners) listener(event);
  }

  /** @returns a function that ends it. */
  listen(listener: (event: StudyEvent<ParamsOf<D>>) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get direction(): Direction {
    return this.settings.direction;
  }

  get seed(): number {
    return this.#state.seed;
  }

  get firstSeed(): number {
    return this.#state.firstSeed;
  }

  get predictions(): number {
    return this.#state.predictions;
  }

  get datasetIndex(): number {
    return this.#state.datasetIndex;
  }

  get trials(): readonly TrialRecord<ParamsOf<D>>[] {
    return this.#state.trials;
  }

  get publicTrials(): readonly Trial<ParamsOf<D>>[] {
    this.#publicTrials ??= Object.freeze(this.#views.of(this.#state.trials));
    return this.#publicTrials;
  }

  get drawn(): readonly TrialRecord<ParamsOf<D>>[] {
    return this.#state.drawn;
  }

  get queue(): readonly Partial<ParamsOf<D>>[] {
    return this.#state.queue;
  }

  get batches(): readonly BatchRecord[] {
    return this.#state.batches;
  }

  get classifiers(): readonly ClassifierRecord[] {
    return this.#state.classifiers;
  }

  get best(): TrialRecord<ParamsOf<D>> | undefined {
    return this.#state.best;
  }

  acceptance(classifier: number): number {
    const known = this.classifiers[classifier]?.acceptance ?? this.#acceptances[classifier];
    if (known !== undefined) return known;
    const found = this.cascade.acceptance(classifier);
    this.#acceptances[classifier] = found;
    return found;
  }

  get isCompiled(): boolean {
    return this.#cascade.size === this.#state.classifiers.length;
  }

  async compile(): Promise<void> {
    await this.#cascade.extend(this.#state.classifiers.map(({ model }) => model));
  }

  get cascade(): Cascade {
    const { classifiers } = this.#state;
    for (let n = this.#cascade.size; n < classifiers.length; n++) {
      this.#cascade.append((classifiers[n] as ClassifierRecord).model);
    }
    return this.#cascade;
  }

  idsIn(state: 'WAITING' | 'RUNNING'): number[] {
    const { trials, unfinished } = this.#state;
    const ids: number[] = [];
    for (const id of unfinished) if (trials[id]?.state === state) ids.push(id);
    return ids;
  }

  batch(number: number): readonly TrialRecord<ParamsOf<D>>[] {
    const { batchSize } = this.settings.budget;
    return this.#state.trials.slice(number * batchSize, (number + 1) * batchSize);
  }

  get nextBatch(): number {
    return Math.floor((this.idsIn('WAITING')[0] ?? this.#state.trials.length) / this.settings.budget.batchSize);
  }

  nextStage(): readonly TrialRecord<ParamsOf<D>>[] | undefined {
    const { datasetIndex, trials } = this.#state;
    const { budget, localFrom } = this.settings;
    const end = datasetIndex + budget.pointsPerClassifier;
    if (budget.pointsPerClassifier === 0 || end > localFrom || end > trials.length) return undefined;
    const next = trials.slice(datasetIndex, end);
    return next.every(isFinished) ? next : undefined;
  }

  /** A candidate for params that were chosen elsewhere: a row of a data set, or one that is read from a file. */
  candidate(params: ParamsOf<D>): Candidate<ParamsOf<D>> {
    return { params, row: this.space.row(this.space.encode(params)), rejections: 0 };
  }

  /** What was handed out and has no result waits again. */
  requeue(): void {
    const ids = this.idsIn('RUNNING');
    if (ids.length > 0) this.record({ type: 'requeued', ids });
  }

  snapshot(): Snapshot<ParamsOf<D>> {
    const { seed, firstSeed, predictions, datasetIndex, batches, classifiers, trials, drawn, queue } = this.#state;
    const lists = { batches: [...batches], classifiers: [...classifiers], trials: [...trials, ...drawn.toReversed()] };
    return { seed, firstSeed, predictions, datasetIndex, ...lists, issued: trials.length, queue };
  }
}
