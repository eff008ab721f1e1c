import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CheckedSpace, discrete, integer, SHAC, type ShacOptions, type SpaceDefinition, uniform } from 'shac';
import type { ExchangeParam, ExchangeStudy, ExchangeTrial } from '../../lib/exchange/study.js';
import { temporaryDirectory } from '../support/studies.js';
import type { PlainStudy } from './optuna-file.js';

/** Without classifiers: one batch. */
export function untrained<D extends SpaceDefinition>(of: CheckedSpace<D>, options: Partial<ShacOptions> = {}): SHAC<D> {
  return new SHAC<D>(of, { totalBudget: 20, numBatches: 1, objective: 'min', ...options });
}

export async function rowsIn<D extends SpaceDefinition>(
  of: CheckedSpace<D>,
  file: string,
  options: Partial<ShacOptions> = {},
  studyName?: string,
) {
  const shac = untrained<D>(of, options);
  await shac.fitDataset(file, { presort: false, ...(studyName !== undefined && { studyName }) });
  return shac.trials.map(({ params, value }) => ({ params, value }));
}

export async function written(
  lines: (study: ExchangeStudy) => AsyncIterable<string>,
  study: ExchangeStudy,
  name: string,
) {
  const file = join(temporaryDirectory(), name);
  let content = '';
  for await (const line of lines(study)) content += line;
  writeFileSync(file, content);
  return file;
}

export const FLOAT = '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0, "high": 1, "log": false}}';
export const INT = '{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 8}}';
export const CATEGORIES = '{"name": "CategoricalDistribution", "attributes": {"choices": [null, "b", 2.0]}}';

export const float = (real: number): ExchangeParam => ({ value: real, stored: { real, distribution: FLOAT } });
export const int = (real: number): ExchangeParam => ({ value: real, stored: { real, distribution: INT } });
export const category = (real: number): ExchangeParam => ({
  value: [null, 'b', 2][real],
  stored: { real, distribution: CATEGORIES },
});

export const small = { x: uniform(0, 1), n: integer(1, 8), k: discrete(['b', null, 2]) };
export const fitting = { x: float(0.5), n: int(3), k: category(0) };

export function trial(params: Record<string, ExchangeParam>, more: Partial<ExchangeTrial> = {}): ExchangeTrial {
  return {
    number: 0,
    state: 'COMPLETE',
    params: new Map(Object.entries(params)),
    value: 1,
    intermediateValues: new Map(),
    started: null,
    completed: null,
    userAttributes: {},
    systemAttributes: {},
    ...more,
  };
}

export function studyOf(trials: readonly ExchangeTrial[], more: Partial<PlainStudy> = {}): PlainStudy {
  return {
    name: 'other',
    objective: 'min',
    userAttributes: {},
    systemAttributes: {},
    trials: trials.map((one, number) => ({ ...one, number })),
    ...more,
  };
}
