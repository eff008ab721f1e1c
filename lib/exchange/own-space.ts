import { describedColumns } from '../space/index.js';
import { Distributions, isPlace } from './external.js';
import type { ExchangeParam, ExchangeStudy, ExchangeTrial } from './study.js';

const distributions = new Distributions();

/**
 * The value of a custom parameter: Optuna sees a place in [0, 1), and the value is beside it, as the trial's user
 * attribute of that name.
 *
 * @returns undefined where the value is not there: another program chose the place.
 */
export function customValue({ params, userAttributes }: ExchangeTrial, column: string): { value: unknown } | undefined {
  const param = params.get(column);
  if (param === undefined) return undefined;
  if (!isPlace(distributions.parse(param.stored.distribution))) return { value: param.value };
  return Object.hasOwn(userAttributes, column) ? { value: userAttributes[column] } : undefined;
}

/** What a study that a search of ours made says of its space, in its user attribute `shac`; nothing for others. */
export class OwnSpace {
  /** All columns, in order. */
  readonly columns: readonly string[];
  /** The columns of custom parameters. */
  readonly custom: ReadonlySet<string>;
  /** The values of lists, by column: where Optuna sees an integer, it is the ordinal of one of them. */
  readonly lists: ReadonlyMap<string, readonly unknown[]>;
  /** The columns of parameters that may be inactive. */
  readonly conditional: ReadonlySet<string>;
  /** The `multi` that a column belongs to. */
  readonly multi: ReadonlyMap<string, { readonly name: string; readonly columns: readonly string[] }>;
  /** The keys in the params of what a column, or the `multi` of a column, is; a choice ends with `kind`. */
  readonly #paths: ReadonlyMap<string, readonly string[]>;

  constructor({ userAttributes }: ExchangeStudy) {
    const own = userAttributes.shac as { space?: unknown } | null | undefined;
    const described = describedColumns(own?.space);
    const of = (keep: (one: (typeof described)[number]) => boolean) =>
      new Set(described.filter(keep).map(({ column }) => column));
    this.columns = described.map(({ column }) => column);
    this.custom = of((one) => one.of.kind === 'custom');
    this.lists = new Map(
      described.flatMap(({ column, of }) =>
        of.kind === 'discrete' && Array.isArray(of.values) ? [[column, of.values]] : [],
      ),
    );
    this.conditional = of(({ isConditional }) => isConditional);
    this.multi = new Map(
      described.flatMap(({ column, siblings: columns }) =>
        columns ? [[column, { name: (columns[0] as string).replace(/_1$/, ''), columns }]] : [],
      ),
    );
    this.#paths = new Map(described.map(({ column, path }) => [this.multi.get(column)?.name ?? column, path]));
  }

  /** The list that a column has ordinals of, where Optuna sees these alone. */
  listOf(column: string, { stored }: ExchangeParam): readonly unknown[] | undefined {
    const list = this.lists.get(column);
    return list && distributions.parse(stored.distribution).name === 'IntDistribution' ? list : undefined;
  }

  /** Whether an attribute of a trial is the value of a param that Optuna does not see. */
  isParam(attribute: string, { params, userAttributes }: ExchangeTrial): boolean {
    if (this.custom.has(attribute)) return true;
    const param = params.get(attribute);
    const list = param && this.listOf(attribute, param);
    return list !== undefined && list[param?.stored.real as number] === userAttributes[attribute];
  }

  /** The value of a column that is not of a custom parameter; undefined for an ordinal that no value has. */
  valueOf(column: string, param: ExchangeParam): unknown {
    const list = this.listOf(column, param);
    return list === undefined ? param.value : list[param.stored.real];
  }

  /** The values of a trial by column, without those that are not known. */
  values(trial: ExchangeTrial): Map<string, unknown> {
    const values = new Map<string, unknown>();
    for (const [column, param] of trial.params) {
      const known = this.custom.has(column) ? customValue(trial, column) : { value: this.valueOf(column, param) };
      if (known !== undefined && known.value !== undefined) values.set(column, known.value);
    }
    return values;
  }

  /**
   * The same as params: the columns of a `multi` become its array, where all of them are there, those of a choice an
   * object.
   */
  params(trial: ExchangeTrial): Record<string, unknown> {
    const values = this.values(trial);
    const params = new Map<string, unknown>();
    for (const [column, value] of values) {
      const { name, columns } = this.multi.get(column) ?? { name: column, columns: [] };
      if (params.has(name)) continue;
      if (columns.length === 0 || !columns.every((one) => values.has(one))) params.set(column, value);
      else
        params.set(
          name,
          columns.map((one) => values.get(one)),
        );
    }
    const tree: Tree = new Map();
    for (const [name, value] of params) put(tree, this.#paths.get(name) ?? [name], value);
    return objectOf(tree);
  }
}

/** Maps, since a file may name anything, `__proto__` as well. */
type Tree = Map<string, unknown>;

function put(tree: Tree, [key = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) {
    tree.set(key, value);
    return;
  }
  const inner = tree.get(key);
  const below: Tree = inner instanceof Map ? inner : new Map();
  tree.set(key, below);
  put(below, rest, value);
}

function objectOf(tree: Tree): Record<string, unknown> {
  return Object.fromEntries([...tree].map(([key, value]) => [key, value instanceof Map ? objectOf(value) : value]));
}
