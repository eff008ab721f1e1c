import { stringify } from 'csv-stringify/sync';
import { ShacRangeError, show } from '../../errors.js';
import { type DiscreteValue, discrete } from '../../space/index.js';
import { Distributions } from '../optuna/external.js';
import { OwnSpace } from './own-space.js';
import type { ExchangeStudy, ExchangeTrial } from './study.js';

/**
 * A study as PySHAC's data set, which `fitDataset`, `restoreData` and PySHAC read: `id`, one column a param, `scores`.
 * Trials that failed or were pruned have no score, those that are not finished are left out, and so are failed ones
 * without all params.
 *
 * @throws ERR_DATASET_MISMATCH when a complete trial has other params than those before: a table has one set of columns.
 */
export async function* csvLines(study: ExchangeStudy): AsyncGenerator<string> {
  const format = new Format(new OwnSpace(study));
  let columns: string[] | undefined;
  const waiting: ExchangeTrial[] = []; // failed ones, until it is known which columns there are
  const lines = (trials: readonly ExchangeTrial[]) =>
    trials.map((trial) => format.line(trial, columns as string[])).filter((line) => line !== undefined);
  for await (const trial of study.trials()) {
    if (trial.state === 'RUNNING' || trial.state === 'WAITING') continue;
    waiting.push(trial);
    if (columns === undefined && trial.state === 'COMPLETE') {
      columns = [...trial.params.keys()];
      yield stringify([['id', ...columns, 'scores']]);
    }
    if (columns !== undefined) yield* lines(waiting.splice(0));
  }
  if (columns !== undefined) return;
  const longest = waiting.reduce(
    (most, { params }) => (params.size > most.length ? [...params.keys()] : most),
    [] as string[],
  );
  columns = longest;
  yield stringify([['id', ...columns, 'scores']]);
  yield* lines(waiting);
}

class Format {
  readonly #space: OwnSpace;
  readonly #distributions = new Distributions();
  /** How categories are written, by their distribution. */
  readonly #categories = new Map<string, (value: unknown) => string>();

  constructor(space: OwnSpace) {
    this.#space = space;
  }

  line(trial: ExchangeTrial, columns: readonly string[]): string | undefined {
    const { number, state, params, value } = trial;
    const values = this.#space.values(trial);
    const missing = columns.find((column) => !values.has(column));
    const extra = [...params.keys()].find((column) => !columns.includes(column));
    if (missing !== undefined || extra !== undefined) {
      if (state !== 'COMPLETE') return undefined;
      const problem = missing === undefined ? `has the param ${show(extra)}` : `has no value of ${show(missing)}`;
      throw new ShacRangeError(
        'ERR_DATASET_MISMATCH',
        `trial ${number} ${problem}, unlike trials before it: a CSV file has one set of columns; choose JSONL instead`,
      );
    }
    const fields = columns.map((column) =>
      this.#field(column, values.get(column), params.get(column)?.stored.distribution),
    );
    return stringify([[String(number), ...fields, state === 'COMPLETE' ? score(value) : '']]);
  }

  #field(column: string, value: unknown, distribution = ''): string {
    if (this.#space.custom.has(column)) return JSON.stringify(value);
    let format = this.#categories.get(distribution);
    if (format === undefined) {
      format = categoryFormat(this.#distributions.parse(distribution).choices);
      this.#categories.set(distribution, format);
    }
    return format(value);
  }
}

/** As `discrete` writes its values; lists and objects, which Optuna allows, are JSON. */
function categoryFormat(choices: readonly unknown[] | undefined): (value: unknown) => string {
  if (choices === undefined) return String;
  const plain = choices.filter(
    (choice) => choice === null || ['string', 'boolean'].includes(typeof choice) || Number.isFinite(choice),
  );
  const values = discrete([...new Set(plain)] as DiscreteValue[]);
  return (value) => (plain.includes(value) ? values.formatText(value as DiscreteValue) : (JSON.stringify(value) ?? ''));
}

/** As Python writes it. */
function score(value: number | null): string {
  if (value === null) return '';
  return Number.isFinite(value) ? String(value) : value > 0 ? 'inf' : '-inf';
}
