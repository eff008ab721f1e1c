import type { SHAC } from '../api/shac.js';
import { ShacError, show } from '../errors.js';
import { Progress } from '../observe/progress.js';
import type { SpaceDefinition } from '../space/index.js';
import { isFinished } from '../study/trial.js';
import { continuation } from './continuation.js';
import { type FailureDetails, tellFailure } from './failure.js';
import type { Interruptible } from './interrupt.js';
import { statusLine } from './lines.js';
import type { Output } from './output.js';
import { type Place, type PlaceFlags, rescue } from './place.js';
import { resultOf, summary } from './summary.js';

/** What a run that does not come to its end leaves to be told. */
export interface RunDetails extends FailureDetails {
  /** For people, on standard output: what was found until then. */
  readonly summary?: string;
}

interface Opened {
  readonly search: SHAC<SpaceDefinition>;
  readonly place: Place;
  /** Trials that were finished before this run. */
  readonly before: number;
  /** In milliseconds, as `performance.now()`. */
  readonly started: number;
}

/** What there is to tell of a run, at any time. */
export class RunReport implements Interruptible {
  readonly progress = new Progress(statusLine);
  subject = 'the study file';
  readonly #args: readonly string[];
  readonly #flags: PlaceFlags;
  readonly #output: Output;
  #opened: Opened | undefined;

  constructor(args: readonly string[], flags: PlaceFlags, output: Output) {
    this.#args = args;
    this.#flags = flags;
    this.#output = output;
  }

  opened(search: SHAC<SpaceDefinition>, place: Place): void {
    const before = search.trials.filter(isFinished).length;
    this.#opened = { search, place, before, started: performance.now() };
  }

  /** Of this run, since its study was opened. */
  get seconds(): number {
    return this.#opened === undefined ? 0 : (performance.now() - this.#opened.started) / 1000;
  }

  get whatIsKept(): string[] {
    return this.#kept('what is finished is');
  }

  pause(): void {
    this.progress.stop();
  }

  tellEnd(error: ShacError): void {
    this.pause();
    tellFailure(error, this.#output, { more: this.#keptNow() });
  }

  /**
   * Of an error that ends the run; saves what its storage has lost.
   *
   * @param interrupted Whether it came from outside the search.
   */
  async details(error: unknown, interrupted: boolean): Promise<RunDetails> {
    if (this.#opened === undefined) return {};
    const { search, before } = this.#opened;
    const code = error instanceof ShacError ? error.code : undefined;
    const more = this.#keptNow();
    if (code === 'ERR_INTERRUPTED') {
      const end = { search, seconds: this.seconds, interrupted };
      return this.#output.json ? { more, result: resultOf(end) } : { more, summary: summary(end) };
    }
    if (code === 'ERR_STUDY_LOCKED') return {}; // another search goes on with it
    const finished = search.trials.filter(isFinished).length;
    if (code === 'ERR_STORAGE' || code === 'ERR_STUDY_NOT_FOUND') {
      return finished === before ? {} : { more: [`the trials that are finished are saved in ${await rescue(search)}`] };
    }
    return finished > 0 || interrupted ? { more } : {};
  }

  #keptNow(): string[] {
    if (this.#opened === undefined) return [];
    const { trials, budget } = this.#opened.search;
    const kept = trials.filter(isFinished).length;
    const next = kept === budget.totalBudget ? 'to see the result' : 'to continue';
    return this.#kept(`${kept} of ${budget.totalBudget} trials are`, next);
  }

  #kept(what: string, next = 'to continue'): string[] {
    if (this.#opened === undefined) return [];
    const { search, place } = this.#opened;
    return [
      `${what} kept in ${place.storage.place}, study ${show(search.studyName)}; ${next}:`,
      `  ${continuation(this.#args, this.#added(search))}`,
    ];
  }

  /** What the command has to say besides, so that it goes on with this very study. */
  #added(search: SHAC<SpaceDefinition>): string[] {
    const { study, resume, ifExists } = this.#flags;
    const name = study === undefined || study === search.studyName ? [] : ['--study', search.studyName];
    if (resume) return name;
    if (search.trials.some(isFinished)) return [...name, '--resume'];
    return ifExists === undefined ? name : [...name, '--if-exists', 'resume']; // it may not be there yet
  }
}
