import { isBetter } from '../study/direction.js';
import { isFinished, type Trial } from '../study/trial.js';
import { Callback, type Engine, type EpochLogs, type SamplingProgress } from './callback.js';

/** Between redraws without news, so that the elapsed time goes on; and the least between two redraws with news. */
const TICK_MS = 500;
const LEAST_MS = 50;

/** Where progress is drawn: `process.stderr`, or another stream of a terminal. */
export interface ProgressStream {
  /** Nothing is drawn unless it is a terminal. */
  readonly isTTY?: boolean;
  /** Characters a line. Default 80. */
  readonly columns?: number;
  write(text: string): unknown;
}

/**
 * One line about the run, redrawn in place: trials, best value, a drawing or training that takes long, time left, batch,
 * classifiers, elapsed time. On a narrow terminal the last of these are left out. Draws nothing when the stream is not a
 * terminal.
 *
 * `fit(objective, { callbacks: [new Progress()] })`; call `stop` when `fit` throws.
 */
export class Progress extends Callback {
  readonly #stream: ProgressStream;
  #timer: NodeJS.Timeout | undefined;
  #started = 0;
  #drawn = 0;
  /** Columns that the line on the screen takes: a shorter one has to blank the rest. */
  #width = 0;
  #finished = 0;
  /** Trials that were finished before this run: they say nothing of its speed. */
  #before = 0;
  #epoch = 0;
  #classifiers = 0;
  #best: number | null = null;
  /** What is done between two batches, while it is. */
  #activity = '';

  /** @param stream Default `process.stderr`. */
  constructor(stream: ProgressStream = process.stderr) {
    super();
    this.#stream = stream;
  }

  override setEngine(engine: Engine): void {
    super.setEngine(engine);
    this.#finished = engine.trials.filter(isFinished).length;
    this.#before = this.#finished;
    this.#classifiers = engine.classifiers.length;
    this.#best = engine.bestTrial?.value ?? null;
  }

  override onTrainBegin(): void {
    if (!this.#stream.isTTY) return;
    this.#started = performance.now();
    this.#timer = setInterval(() => this.#draw(), TICK_MS).unref();
    this.#draw();
  }

  override onEpochBegin(epoch: number): void {
    this.#epoch = epoch;
    this.#draw();
  }

  override onProgress({ wanted, accepted, draws, acceptance }: SamplingProgress): void {
    const share = acceptance < 0.01 ? acceptance.toExponential(0) : acceptance.toFixed(2);
    const found = accepted === 0 ? `${draws} draws` : `acceptance ${share}`;
    this.#activity = accepted < wanted ? `drawing ${accepted}/${wanted}, ${found}` : '';
    if (this.#activity !== '') this.#draw();
  }

  override onEvaluationEnded(): void {
    this.#activity = 'training'; // seen when it is still so at the next tick
  }

  override onTrialEnd({ value }: Trial): void {
    this.#finished++;
    const direction = this.engine?.objective ?? 'max';
    if (value !== null && (this.#best === null || isBetter(value, this.#best, direction))) this.#best = value;
    if (performance.now() - this.#drawn >= LEAST_MS) this.#draw();
  }

  override onEpochEnd(_epoch: number, logs: EpochLogs): void {
    this.#activity = '';
    this.#classifiers = logs.classifiers ?? this.#classifiers;
    this.#draw();
  }

  override onTrainEnd(): void {
    this.stop();
  }

  /** Draws the line a last time and ends it. Harmless when it was ended before. */
  stop(): void {
    if (this.#timer === undefined) return;
    this.#draw();
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#stream.write('\n');
  }

  #draw(): void {
    if (this.#timer === undefined) return;
    this.#drawn = performance.now();
    // The last column stays empty: a character there makes some terminals wrap.
    const room = Math.max((this.#stream.columns || 80) - 1, 1);
    const line = fitted(this.#parts(), room);
    this.#stream.write(`\r${line.padEnd(Math.min(this.#width, room))}`);
    this.#width = line.length;
  }

  /** What there is to say, the most important first. */
  #parts(): string[] {
    const { totalBudget = 0, numBatches = 0 } = this.engine?.budget ?? {};
    const elapsed = performance.now() - this.#started;
    const done = this.#finished - this.#before;
    const left = totalBudget - this.#finished;
    return [
      `${this.#finished}/${totalBudget} trials`,
      `best ${this.#best === null ? '-' : Number(this.#best.toPrecision(6))}`,
      this.#activity,
      left === 0 ? '' : `${done === 0 ? '?' : duration((elapsed / done) * left)} left`,
      `stage ${this.#epoch + 1}/${numBatches}`,
      `${this.#classifiers} ${this.#classifiers === 1 ? 'classifier' : 'classifiers'}`,
      `${duration(elapsed)} elapsed`,
    ].filter((part) => part !== '');
  }
}

/** As many of the parts as there is room for. */
function fitted(parts: readonly string[], room: number): string {
  let line = (parts[0] ?? '').slice(0, room);
  for (const part of parts.slice(1)) {
    if (line.length + 2 + part.length > room) break;
    line += `, ${part}`;
  }
  return line;
}

/** `42s`, `3m07s`, `2h05m`. */
function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const pad = (n: number) => String(n).padStart(2, '0');
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes}m${pad(seconds % 60)}s` : `${Math.floor(minutes / 60)}h${pad(minutes % 60)}m`;
}
