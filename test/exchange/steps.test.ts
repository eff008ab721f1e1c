/** Parameters with a step: what other programs keep of them, and what comes back. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { integer, SHAC, uniform } from 'shac';
import { describe, expect, it } from 'vitest';
import { csvLines } from '../../lib/exchange/csv-writer.js';
import { journalLines } from '../../lib/exchange/journal-writer.js';
import { jsonlLines } from '../../lib/exchange/jsonl-writer.js';
import { OptunaTables } from '../../lib/exchange/optuna-tables.js';
import type { ExchangeParam } from '../../lib/exchange/study.js';
import { openDatabase } from '../support/database.js';
import { temporaryDirectory } from '../support/studies.js';
import { rowsIn, studyOf, trial, untrained, written } from './dataset-support.js';
import { optunaFile } from './optuna-file.js';

const TENTHS = '{"name": "FloatDistribution", "attributes": {"step": 0.1, "low": 0.0, "high": 1.0, "log": false}}';
const space = { drop: uniform(0, 1, { step: 0.1 }), k: integer(0, 10, { step: 4 }) };
const tenths = (real: number): ExchangeParam => ({ value: real, stored: { real, distribution: TENTHS } });
const fours = (real: number): ExchangeParam => ({
  value: real,
  stored: {
    real,
    distribution: '{"name": "IntDistribution", "attributes": {"log": false, "step": 4, "low": 0, "high": 8}}',
  },
});

describe("Optuna's study of floats with a step", () => {
  /** As Optuna's samplers make them: low + step * k, in doubles. */
  const file = () =>
    optunaFile([
      studyOf(Array.from({ length: 11 }, (_, k) => trial({ drop: tenths(0 + 0.1 * k), k: fours(4 * (k % 3)) }))),
    ]);
  const values = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];

  it('is read without the rounding errors of its products', async () => {
    expect(0.1 * 3).not.toBe(0.3);
    const rows = await rowsIn(space, file());
    expect(rows.map(({ params }) => params.drop)).toEqual(values);
    expect(rows.map(({ params }) => params.k)).toEqual([0, 4, 8, 0, 4, 8, 0, 4, 8, 0, 4]);
  });

  it.each([
    ['CSV', csvLines],
    ['JSONL', jsonlLines],
    ['a journal', journalLines],
  ] as const)('and so is what it is exported to: %s', async (form, lines) => {
    const tables = new OptunaTables(file());
    const out = await written(lines, tables.study(), 'out');
    tables.close();
    expect((await rowsIn(space, out)).map(({ params }) => params.drop)).toEqual(values);
    if (form === 'a journal') return; // it has Optuna's own numbers, to the last digit
    const copied = await rowsIn({ ...space, drop: uniform(0, 1) }, out);
    expect(copied.map(({ params }) => params.drop)).toEqual(values);
  });

  it('has numbers that are off the grid refused, with those next to them', async () => {
    const attempt = rowsIn(space, optunaFile([studyOf([trial({ drop: tenths(0.35), k: fours(4) })])]));
    await expect(attempt).rejects.toMatchObject({ code: 'ERR_DATASET_MISMATCH' });
    await expect(attempt).rejects.toThrow(/"drop": 0.35 is not on the grid: the nearest values are 0.3 and 0.4/);
  });

  it.each([
    '{"name": "FloatDistribution", "attributes": {"step": 0, "low": 0, "high": 1, "log": false}}',
    '{"name": "FloatDistribution", "attributes": {"step": 0.1, "low": NaN, "high": Infinity, "log": false}}',
    '{"name": "FloatDistribution", "attributes": {"step": 5e-324, "low": -1e308, "high": 1e308, "log": false}}',
    '{"name": "FloatDistribution", "attributes": {"step": -1, "low": 1, "high": 0, "log": false}}',
  ])('has numbers as they are where its step is none: %s', async (distribution) => {
    const x = { value: 0.25, stored: { real: 0.25, distribution } };
    expect(await rowsIn({ x: uniform(0, 1) }, optunaFile([studyOf([trial({ x })])]))).toMatchObject([
      { params: { x: 0.25 } },
    ]);
  });
});

it('the rows of a search have their step, and the last value of the grid for an upper bound, as Optuna has', async () => {
  const storage = join(temporaryDirectory(), 'study.db');
  const search = untrained({ ...space, by3: uniform(0, 1, { step: 0.3 }) }, { storage });
  await search.fit(({ drop }) => drop);
  search.close();
  const database = openDatabase(storage, { readonly: true });
  const rows = database.prepare('SELECT DISTINCT param_name, distribution_json FROM trial_params').all();
  const reals = database
    .prepare("SELECT DISTINCT param_value FROM trial_params WHERE param_name = 'drop'")
    .pluck()
    .all();
  database.close();
  const distributions = (rows as { param_name: string; distribution_json: string }[]).map((row) => [
    row.param_name,
    JSON.parse(row.distribution_json),
  ]);
  expect(Object.fromEntries(distributions)).toEqual({
    drop: { name: 'FloatDistribution', attributes: { step: 0.1, low: 0, high: 1, log: false } },
    k: { name: 'IntDistribution', attributes: { step: 4, low: 0, high: 8, log: false } },
    by3: { name: 'FloatDistribution', attributes: { step: 0.3, low: 0, high: 0.9, log: false } },
  });
  expect(new Set(reals)).toEqual(new Set(search.trials.map(({ params }) => params.drop)));
  for (const real of reals as number[]) expect(String(real)).toMatch(/^(0(\.\d)?|1)$/);
});

it('a search with steps goes on, and is another study than one without', async () => {
  const storage = join(temporaryDirectory(), 'study.db');
  const options = { totalBudget: 60, numBatches: 6, objective: 'min', seed: 3, classifier: { rounds: 20 } } as const;
  const loss = ({ drop, k }: { drop: number; k: number }) => (drop - 0.3) ** 2 + k;
  const whole = new SHAC(space, options);
  await whole.fit(loss);
  const controller = new AbortController();
  const first = new SHAC(space, { ...options, storage });
  const onEpochEnd = () => controller.abort();
  await first.fit(loss, { signal: controller.signal, callbacks: [{ onEpochEnd }] }).catch(() => {});
  first.close();
  expect(() => new SHAC({ ...space, drop: uniform(0, 1) }, { ...options, storage })).toThrow(
    expect.objectContaining({ code: 'ERR_RESTORE_MISMATCH', message: expect.stringContaining('"step":0.1') }),
  );
  const second = new SHAC(space, { ...options, storage });
  await second.fit(loss);
  second.close();
  expect(second.trials.map(({ params, value }) => ({ params, value }))).toEqual(
    whole.trials.map(({ params, value }) => ({ params, value })),
  );
  expect(whole.bestTrial?.params).toEqual({ drop: 0.3, k: 0 });
  for (const { params } of whole.trials) expect(String(params.drop)).toMatch(/^(0(\.\d)?|1)$/);
});

it('a CSV file has values as they are typed, and others are refused with their row', async () => {
  const file = join(temporaryDirectory(), 'a.csv');
  writeFileSync(file, 'drop,k,scores\n0.30,4,1\n1.0,8.0,2\n');
  expect(await rowsIn(space, file)).toEqual([
    { params: { drop: 0.3, k: 4 }, value: 1 },
    { params: { drop: 1, k: 8 }, value: 2 },
  ]);
  writeFileSync(file, 'drop,k,scores\n0.3,6,1\n');
  await expect(rowsIn(space, file)).rejects.toThrow(
    /row 1 of .*"k": 6 is not on the grid: the nearest values are 4 and 8/,
  );
});
