import { existsSync, readFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { CrashPlan } from './crash.js';
import { type Database, openDatabase } from './database.js';

/** What a file says of trials: the state and value of each that a search began, by id. */
export type Told = Map<number, { state: string; value: number | null }>;

/** Reads a file as it is; what was begun without a WAL has to be taken back first, as by whoever opens it next. */
export function reading<T>(file: string, action: (database: Database) => T): T {
  const database = openDatabase(file, { readonly: !existsSync(`${file}-journal`) });
  try {
    return action(database);
  } finally {
    database.close();
  }
}

export function expectSound(database: Database): void {
  expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
  expect(database.pragma('foreign_key_check')).toEqual([]);
}

function toldIn(database: Database): Told {
  const tables = database.prepare("SELECT count(*) FROM sqlite_master WHERE name = 'shac_trials'").pluck().get();
  if (tables === 0) return new Map();
  const rows = database
    .prepare(
      `SELECT own.id, number, state, value, count(value) AS "values",
        (SELECT count(*) FROM trial_params WHERE trial_params.trial_id = trials.trial_id) AS params
        FROM trials LEFT JOIN shac_trials own USING (trial_id) LEFT JOIN trial_values USING (trial_id)
        GROUP BY trial_id ORDER BY trial_id`,
    )
    .all() as { id: number; number: number; state: string; value: number | null; values: number; params: number }[];
  const told: Told = new Map();
  rows.forEach(({ id, number, state, value, values, params }, row) => {
    expect({ number, params, values }).toEqual({ number: row, params: 4, values: state === 'COMPLETE' ? 1 : 0 });
    expect(told.has(id)).toBe(false);
    told.set(id, { state, value });
  });
  return told;
}

/** The trials whose end the search was told, in that order: by then they are in the file. */
function endedIn(log: string): [id: number, value: number | null][] {
  if (!existsSync(log)) return [];
  // A line that was being written when the search was killed has no end.
  const lines = readFileSync(log, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => line.split(' ').map((word) => JSON.parse(word)) as [number, number | null]);
}

/**
 * The file is sound, and has every trial that has ended: once, with its value.
 *
 * @returns what the file says.
 */
export function expectNothingLost({ storage, log }: CrashPlan, before: Told): Told {
  const ended = endedIn(log);
  expect(new Set(ended.map(([id]) => id)).size).toBe(ended.length); // none was evaluated again
  if (!existsSync(storage)) {
    expect(ended).toEqual([]);
    return new Map();
  }
  const told = reading(storage, (database) => {
    expectSound(database);
    return toldIn(database);
  });
  for (const [id, value] of ended) {
    expect({ id, ...told.get(id) }).toEqual({ id, state: value === null ? 'FAIL' : 'COMPLETE', value });
  }
  for (const [id, trial] of before) if (trial.state === 'COMPLETE') expect(told.get(id)).toEqual(trial);
  return told;
}
