import { show } from '../errors.js';
import { type DiscreteValue, discrete } from '../space/index.js';
import { csvText } from './csv.js';
import { Distributions } from './external.js';
import { OwnSpace } from './own-space.js';
import type { ExchangeParam, ExchangeStudy, ExchangeTrial } from './study.js';

/**
 * A study as PySHAC's data set, which `fitDataset`, `restoreData` and PySHAC read: `id`, one column a param, `scores`.
 * Trials that failed or were pruned have no score, those that are not finished are left out, and so are those without a
 * value that lack a param. What is inactive in a study of ours has an empty field.
 *
 * @param onLeftOut Told of a trial with a value that has other params than those before, as one that another program
 *   added may have: a table has one set of columns.
 */
export async function* csvLines(
  study: ExchangeStudy,
  onLeftOut: (why: string) => void = () => {},
): AsyncGenerator<string> {
  const space = new OwnSpace(study);
  const format = new Format(space, onLeftOut);
  const known = space.conditional.size > 0 ? space.columns : undefined;
  let columns: readonly string[] | undefined;
  let waiting: ExchangeTrial[] = []; // without a value, until it is known which columns there are
  for await (const trial of study.trials()) {
    if (trial.state === 'RUNNING' || trial.state === 'WAITING') continue;
    waiting.push(trial);
    if (columns === undefined && hasValue(trial)) {
      columns = known ?? [...trial.params.keys()];
      yield format.header(columns);
    }
    if (columns === undefined) continue;
    yield* format.lines(waiting, columns);
    waiting = [];
  }
  if (columns !== undefined) return;
  columns =
    known ?? waiting.map(({ params }) => [...params.keys()]).reduce((a, b) => (b.length > a.length ? b : a), []);
  yield format.header(columns);
  yield* format.lines(waiting, columns);
}

function hasValue({ state, value }: ExchangeTrial): boolean {
  return state === 'COMPLETE' && Number.isFinite(value);
}

class Format {
  readonly #space: OwnSpace;
  readonly #distributions = new Distributions();
  /** How categories are written, by their distribution or their list. */
  readonly #categories = new Map<unknown, (value: unknown) => string>();

  readonly #onLeftOut: (why: string) => void;

  constructor(space: OwnSpace, onLeftOut: (why: string) => void) {
    this.#space = space;
    this.#onLeftOut = onLeftOut;
  }

  header(columns: readonly string[]): string {
    return csvText([['id', ...columns, 'scores']]);
  }

  *lines(trials: readonly ExchangeTrial[], columns: readonly string[]): Generator<string> {
    for (const trial of trials) {
      const { number, state, params, value } = trial;
      const values = this.#space.values(trial);
      const missing = columns.find((column) => !values.has(column) && !this.#isInactive(column, trial));
      const extra = [...params.keys()].find((column) => !columns.includes(column));
      if (missing === undefined && extra === undefined) {
        const fields = columns.map((column) =>
          values.has(column) ? this.#field(column, values.get(column), params.get(column) as ExchangeParam) : '',
        );
        yield csvText([[String(number), ...fields, state === 'COMPLETE' ? score(value) : '']]);
      } else if (hasValue(trial)) {
        const problem = missing === undefined ? `has the param ${show(extra)}` : `has no value of ${show(missing)}`;
        this.#onLeftOut(`trial ${number} ${problem}, unlike those before it, and a CSV file has one set of columns`);
      }
    }
  }

  #isInactive(column: string, { params }: ExchangeTrial): boolean {
    return this.#space.conditional.has(column) && !params.has(column);
  }

  #field(column: string, value: unknown, param: ExchangeParam): string {
    if (this.#space.custom.has(column)) return JSON.stringify(value);
    const list = this.#space.listOf(column, param);
    const key = list ?? param.stored.distribution;
    let format = this.#categories.get(key);
    if (format === undefined) {
      format = categoryFormat(list ?? this.#distributions.parse(param.stored.distribution).choices);
      this.#categories.set(key, format);
    }
    return format(value);
  }
}

/** As `discrete` writes its values; what is none, such as the lists that Optuna allows, is JSON. */
function categoryFormat(choices: readonly unknown[] | undefined): (value: unknown) => string {
  if (choices === undefined) return String;
  const plain = [...new Set(choices.filter(isDiscreteValue))];
  const values = plain.length > 0 ? discrete(plain) : undefined;
  return (value) => {
    if (values !== undefined && isDiscreteValue(value)) return values.formatText(value);
    return typeof value === 'number' ? String(value) : JSON.stringify(value);
  };
}

function isDiscreteValue(value: unknown): value is DiscreteValue {
  return value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
}

/** As Python writes it. */
function score(value: number | null): string {
  if (value === null) return '';
  return Number.isFinite(value) ? String(value) : value > 0 ? 'inf' : '-inf';
}
