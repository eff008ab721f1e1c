import type { SpaceDescription } from '../space/index.js';
import { isSampleCount } from '../space/multi.js';
import { Distributions, isPlace } from './external.js';
import type { ExchangeStudy, ExchangeTrial } from './study.js';

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
  /** The `multi` that a column belongs to. */
  readonly multi: ReadonlyMap<string, { readonly name: string; readonly columns: readonly string[] }>;

  constructor({ userAttributes }: ExchangeStudy) {
    const own = userAttributes.shac as { space?: SpaceDescription } | null | undefined;
    const custom = new Set<string>();
    const multi = new Map<string, { name: string; columns: readonly string[] }>();
    for (const [name, description] of Object.entries(own?.space ?? {})) {
      if (typeof description?.kind !== 'string') continue; // the attribute is another program's
      const isMulti = description.kind === 'multi';
      if (isMulti && !isSampleCount(description.sampleCount)) continue; // a file may say anything
      const columns = isMulti
        ? Array.from({ length: description.sampleCount }, (_, index) => `${name}_${index + 1}`)
        : [name];
      const isCustom = (isMulti ? description.of : description).kind === 'custom';
      for (const column of columns) {
        if (isMulti) multi.set(column, { name, columns });
        if (isCustom) custom.add(column);
      }
    }
    this.custom = custom;
    this.multi = multi;
  }

  /** The values of a trial by column, without those of custom parameters that are not known. */
  values(trial: ExchangeTrial): Map<string, unknown> {
    const values = new Map<string, unknown>();
    for (const [column, { value }] of trial.params) {
      const known = this.custom.has(column) ? customValue(trial, column) : { value };
      if (known !== undefined) values.set(column, known.value);
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
