/** Lists that are too long for each row of Optuna's tables to hold. */
import { join } from 'node:path';
import { discrete, multi, SHAC, uniform } from 'shac';
import { describe, expect, it } from 'vitest';
import { csvLines } from '../../lib/exchange/csv-writer.js';
import { journalLines } from '../../lib/exchange/journal-writer.js';
import { jsonlLines } from '../../lib/exchange/jsonl-writer.js';
import { OptunaTables } from '../../lib/exchange/optuna-tables.js';
import { rowsIn, written } from '../exchange/dataset-support.js';
import { openDatabase } from '../support/database.js';
import { outcome, temporaryDirectory } from '../support/studies.js';

const cities = Array.from({ length: 10_000 }, (_, i) => (i % 3 === 0 ? i : `city ${i}`));
const space = {
  x: uniform(0, 1),
  city: discrete(cities),
  pair: multi(discrete(cities.slice(0, 257)), 2),
  few: discrete(cities.slice(0, 256)),
};
const options = { totalBudget: 40, numBatches: 4, objective: 'min', seed: 1, classifier: { rounds: 20 } } as const;
const loss = ({ x, city }: { x: number; city: unknown }) => x + cities.indexOf(city as string) / 10_000;

const newFile = () => join(temporaryDirectory(), 'study.db');

/** A file with so many trials of the search. */
async function searched(storage: string, trials: number) {
  const shac = new SHAC(space, { ...options, storage });
  for (let i = 0; i < trials; i++) for (const { id, params } of await shac.ask(1)) await shac.tell(id, loss(params));
  shac.close();
  return shac.trials;
}

type Row = { name: string; value: number; distribution: string };

function rowsOf(file: string): Row[] {
  const database = openDatabase(file, { readonly: true });
  const rows = database
    .prepare('SELECT param_name AS name, param_value AS value, distribution_json AS distribution FROM trial_params')
    .all();
  database.close();
  return rows as Row[];
}

function attributesOf(file: string): { number: number; key: string; value: unknown }[] {
  const database = openDatabase(file, { readonly: true });
  const rows = database
    .prepare(
      'SELECT number, key, value_json FROM trial_user_attributes JOIN trials USING (trial_id) ORDER BY number, key',
    )
    .all() as { number: number; key: string; value_json: string }[];
  database.close();
  return rows.map(({ number, key, value_json }) => ({ number, key, value: JSON.parse(value_json) }));
}

/** What version 0.2 wrote: whole lists in the rows, and nothing beside them. */
function asBefore(file: string): void {
  const database = openDatabase(file);
  const update = database.prepare('UPDATE trial_params SET distribution_json = ? WHERE param_name = ?');
  const whole = (choices: readonly unknown[]) =>
    JSON.stringify({ name: 'CategoricalDistribution', attributes: { choices } });
  update.run(whole(cities), 'city');
  for (const name of ['pair_1', 'pair_2']) update.run(whole(cities.slice(0, 257)), name);
  database.exec('DELETE FROM trial_user_attributes');
  database.close();
}

const attributesOfTrials = (trials: Awaited<ReturnType<typeof searched>>) =>
  trials.flatMap(({ id: number, params: { city, pair } }) => [
    { number, key: 'city', value: city },
    { number, key: 'pair_1', value: pair[0] },
    { number, key: 'pair_2', value: pair[1] },
  ]);

describe('a list of more than 256 values', () => {
  it('is a range of ordinals in the rows, and the values are attributes of their trials', async () => {
    const file = newFile();
    const trials = await searched(file, 5);
    const rows = rowsOf(file);
    const int = (high: number) => ({ name: 'IntDistribution', attributes: { log: false, step: 1, low: 0, high } });
    for (const { name, distribution } of rows) {
      const parsed = JSON.parse(distribution);
      if (name === 'city') expect(parsed).toEqual(int(9999));
      else if (name.startsWith('pair')) expect(parsed).toEqual(int(256));
      else if (name === 'few') expect(parsed.attributes).toEqual({ choices: cities.slice(0, 256) });
      expect(distribution.length).toBeLessThan(5000);
    }
    const ordinals = rows.filter(({ name }) => name === 'city').map(({ value }) => cities[value]);
    expect(ordinals).toEqual(trials.map(({ params }) => params.city));
    expect(attributesOf(file)).toEqual(attributesOfTrials(trials));
  });

  it('comes back with its values from the file, and from all that it is exported to', async () => {
    const file = newFile();
    const trials = await searched(file, 12);
    const expected = trials.map(({ params, value }) => ({ params, value }));
    expect(outcome(new SHAC(space, { ...options, storage: file }).trials)).toEqual(outcome(trials));
    expect(await rowsIn(space, file)).toEqual(expected);
    const tables = new OptunaTables(file);
    for (const lines of [csvLines, jsonlLines, journalLines]) {
      expect(await rowsIn(space, await written(lines, tables.study(), 'out'))).toEqual(expected);
    }
    const lines: { params: unknown; attributes?: unknown }[] = [];
    for await (const line of jsonlLines(tables.study())) lines.push(JSON.parse(line));
    tables.close();
    expect(lines.map(({ params }) => params)).toEqual(trials.map(({ params }) => params));
    expect(lines.every(({ attributes }) => attributes === undefined)).toBe(true); // they are the params
  });

  it('has an attribute of its name kept for other things where it is called as these are', async () => {
    const file = newFile();
    const of = { fail_reason: discrete(cities), x: uniform(0, 1) };
    const shac = new SHAC(of, { ...options, storage: file });
    for (const { id } of await shac.ask(2)) await shac.tell(id, id === 0 ? { error: new Error('no luck') } : 1);
    shac.close();
    expect(attributesOf(file)).toEqual([{ number: 0, key: 'fail_reason', value: 'Error: no luck' }]);
    const tables = new OptunaTables(file);
    const lines: Record<string, unknown>[] = [];
    for await (const line of jsonlLines(tables.study())) lines.push(JSON.parse(line));
    tables.close();
    expect(lines).toMatchObject(shac.trials.map(({ params }) => ({ params })));
    expect(lines[0]?.attributes).toEqual({ fail_reason: 'Error: no luck' });
  });
});

describe('a study of before, with whole lists in its rows', () => {
  it('is read as it is', async () => {
    const file = newFile();
    const trials = await searched(file, 12);
    asBefore(file);
    const expected = trials.map(({ params, value }) => ({ params, value }));
    expect(outcome(new SHAC(space, { ...options, storage: file }).trials)).toEqual(outcome(trials));
    expect(await rowsIn(space, file)).toEqual(expected);
    const tables = new OptunaTables(file);
    for (const lines of [csvLines, jsonlLines, journalLines]) {
      expect(await rowsIn(space, await written(lines, tables.study(), 'out'))).toEqual(expected);
    }
    tables.close();
    expect(rowsOf(file).some(({ distribution }) => distribution.length > 50_000)).toBe(true);
  });

  it('goes on to what it would have found, with ordinals in all of its rows', async () => {
    const whole = await searched(newFile(), 40);
    const file = newFile();
    await searched(file, 12);
    asBefore(file);
    const trials = await searched(file, 28);
    expect(outcome(trials)).toEqual(outcome(whole));
    expect(rowsOf(file).every(({ distribution }) => distribution.length < 5000)).toBe(true);
    expect(attributesOf(file)).toEqual(attributesOfTrials(trials));
  });
});
