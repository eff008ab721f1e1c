import type { SpaceDescription } from '../space/index.js';
import { isSampleCount } from '../space/multi.js';
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
  /** The columns of custom parameters. */
  readonly custom: ReadonlySet<string>;
  /** The values of lists, by column: where Optuna sees an integer, it is the ordinal of one of them. */
  readonly lists: ReadonlyMap<string, readonly unknown[]>;
  /** The `multi` that a column belongs to. */
  readonly multi: ReadonlyMap<string, { readonly name: string; readonly columns: readonly string[] }>;

  constructor({ userAttributes }: ExchangeStudy) {
    const own = userAttributes.shac as { space?: SpaceDescription } | null | undefined;
    const custom = new Set<string>();
    const lists = new Map<string, readonly unknown[]>();
    const multi = new Map<string, { name: string; columns: readonly string[] }>();
    for (const [name, description] of Object.entries(own?.space ?? {})) {
      if (typeof description?.kind !== 'string') continue; // the attribute is another program's
      const isMulti = description.kind === 'multi';
      if (isMulti && !isSampleCount(description.sampleCount)) continue; // a file may say anything
      const columns = isMulti
        ? Array.from({ length: description.sampleCount }, (_, index) => `${name}_${index + 1}`)
        : [name];
      const of = isMulti ? description.of : description;
      for (const column of columns) {
        if (isMulti) multi.set(column, { name, columns });
        if (of?.kind === 'custom') custom.add(column);
        if (of?.kind === 'discrete' && Array.isArray(of.values)) lists.set(column, of.values);
      }
    }
    this.custom = custom;
    this.lists = lists;
    this.multi = multi;
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

  /** The same by parameter: the columns of a `multi` become its array, where all of them are there. */
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
    return Object.fromEntries(params);
  }
}
