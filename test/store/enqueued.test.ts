/** What is enqueued is on disk at once: for a process that is killed, for Optuna's tools, and whole or not at all. */
import { join } from 'node:path';
import { SHAC, uniform } from 'shac';
import { describe, expect, it } from 'vitest';
import { killAfter, objectiveOf, open, randomNumbers, startVictim } from '../support/crash.js';
import { openDatabase } from '../support/database.js';
import { outcome, temporaryDirectory } from '../support/studies.js';

const params = [{ x: 2, y: 1, layers: 3, act: 'tanh' }, { layers: 5, act: null }, { x: 4.5 }];

/** The search that nobody kills. */
async function uninterrupted(seed: number) {
  const search = open({ seed });
  await search.enqueue(params as never);
  await search.fit(objectiveOf('inline'), { skipCvChecks: true });
  return outcome(search.trials);
}

describe('a process that is killed', () => {
  it('after enqueue leaves what is evaluated first', async () => {
    const storage = join(temporaryDirectory(), 'study.db');
    expect(await killAfter(startVictim('enqueue.mjs', { storage, seed: 5, params }), 0)).toBe(true);
    const search = open({ storage, seed: 5 });
    expect(search.trials).toEqual([]);
    await search.fit(objectiveOf('inline'), { skipCvChecks: true });
    expect(search.trials.slice(0, 4).map(({ fixedParams }) => fixedParams)).toEqual([...params, undefined]);
    expect(outcome(search.trials)).toEqual(await uninterrupted(5));
    search.close();
  });

  it('at any time afterwards has evaluated each of them once in the end', async () => {
    const expected = await uninterrupted(6);
    const random = randomNumbers(6);
    for (let kill = 0; kill < 4; kill++) {
      const storage = join(temporaryDirectory(), 'study.db');
      await killAfter(startVictim('enqueue.mjs', { storage, seed: 6, params, searches: true }), random() * 150);
      const search = open({ storage, seed: 6 });
      await search.fit(objectiveOf('inline'), { skipCvChecks: true });
      expect(outcome(search.trials)).toEqual(expected);
      search.close();
    }
  });
});

describe('an SQLite file', () => {
  it('tells Optuna’s tools which trials were enqueued, and with what', async () => {
    const storage = join(temporaryDirectory(), 'study.db');
    const search = open({ storage, seed: 5 });
    await search.enqueue(params as never);
    await search.fit(objectiveOf('inline'), { skipCvChecks: true });
    search.close();
    const database = openDatabase(storage, { readonly: true });
    const rows = database
      .prepare('SELECT number, value_json FROM trials JOIN trial_system_attributes USING (trial_id) WHERE key = ?')
      .all('fixed_params') as { number: number; value_json: string }[];
    expect(rows.map(({ number, value_json: json }) => [number, JSON.parse(json)])).toEqual([...params.entries()]);
    expect(database.prepare('SELECT count(*) FROM shac_queue').pluck().get()).toBe(0);
    database.close();
  });

  it.each([
    ['UPDATE shac_queue SET params = \'{"x":"4"}\' WHERE n = 3', 'the checksum of enqueued params 1'],
    ['DELETE FROM shac_queue WHERE n = 2', 'its checksum does not fit'],
    ['DELETE FROM shac_queue', 'its checksum does not fit'],
    ['UPDATE shac_candidates SET fixed = NULL', 'the candidates from 0 on: the checksum'],
  ])('that is damaged is refused: %s', async (statement, message) => {
    const storage = join(temporaryDirectory(), 'study.db');
    const make = () => new SHAC({ x: uniform(0, 9) }, { totalBudget: 20, numBatches: 10, storage });
    const search = make();
    await search.enqueue([{ x: 0 }, { x: 1 }, { x: 2 }, { x: 3 }]);
    await search.ask(2);
    await search.close();
    const database = openDatabase(storage);
    database.exec(statement);
    database.close();
    expect(make).toThrow(expect.objectContaining({ code: 'ERR_STORAGE', message: expect.stringContaining(message) }));
  });
});
