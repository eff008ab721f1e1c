import { OwnSpace } from './own-space.js';
import type { ExchangeStudy, ExchangeTrial } from './study.js';

/**
 * A study as JSONL, an object a trial. Every line is a row that `fitDataset` takes, with more beside it:
 *
 * - `id`, `state`, `params` (a `multi` of ours is an array), `value` (null where there is none)
 * - `study`, `objective` (`min` or `max`), `started`, `completed` (UTC)
 * - `reports`: intermediate values, `[step, value]` each; `attributes`: the user attributes, `systemAttributes`
 * - `places`: of custom parameters whose value is not known, since another program chose it, the place in [0, 1)
 *
 * What is empty is left out. Numbers that JSON does not have are the texts `Infinity`, `-Infinity` and `NaN`.
 */
export async function* jsonlLines(study: ExchangeStudy): AsyncGenerator<string> {
  const space = new OwnSpace(study);
  for await (const trial of study.trials()) {
    yield `${JSON.stringify(jsonOf(trial, study, space), withoutSpecialNumbers)}\n`;
  }
}

function jsonOf(trial: ExchangeTrial, study: ExchangeStudy, space: OwnSpace): Record<string, unknown> {
  const values = space.values(trial);
  const places = [...trial.params].filter(([column]) => !values.has(column));
  const attributes = Object.entries(trial.userAttributes).filter(([key]) => !space.isParam(key, trial));
  return {
    id: trial.number,
    state: trial.state,
    params: space.params(trial),
    value: trial.value,
    study: study.name,
    objective: study.objective,
    started: trial.started ?? undefined,
    completed: trial.completed ?? undefined,
    places: unlessEmpty(places.map(([column, { stored }]) => [column, stored.real])),
    reports: trial.intermediateValues.size > 0 ? [...trial.intermediateValues] : undefined,
    attributes: unlessEmpty(attributes),
    systemAttributes: unlessEmpty(Object.entries(trial.systemAttributes)),
  };
}

function unlessEmpty(entries: readonly (readonly [string, unknown])[]): Record<string, unknown> | undefined {
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}

function withoutSpecialNumbers(_: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}
