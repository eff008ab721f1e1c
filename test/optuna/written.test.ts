/** What Optuna makes of a file that a search wrote. */
import { SHAC, type ShacOptions, type Trial } from 'shac';
import { describe, expect, it } from 'vitest';
import study, { INFINITE, loss, type Params, space, THROWS } from '../fixtures/optuna/study.js';
import { type Database, openDatabase } from '../support/database.js';
import { type OptunaStudy, type OptunaTrial, optuna, sqliteUrl } from '../support/optuna.js';
import { outcome, temporaryDirectory } from '../support/studies.js';

const newFile = () => `${temporaryDirectory()}/study.db`;
const open = (storage: string, options: Partial<ShacOptions> = {}) =>
  new SHAC(space, { ...study.options, storage, ...options });

/** The whole search, ended. */
async function searched(storage: string, options: Partial<ShacOptions> = {}) {
  const shac = open(storage, options);
  await shac.fit(study.evaluate, study.fitOptions);
  shac.close();
  return shac;
}

/** Asks for so many trials, one by one, and tells their values. */
async function told(shac: SHAC<typeof space>, count: number) {
  for (let i = 0; i < count; i++) for (const { id, params } of await shac.ask(1)) await shac.tell(id, loss(params));
}

/** Params by column. Optuna has the place of a custom parameter's value in [0, 1), and beside it the value. */
function columns({ w: [w_1, w_2, w_3], day, ...rest }: Params) {
  const place = expect.closeTo(space.day.encode(day) / 32768, 4);
  return { ...rest, w_1, w_2, w_3, day: place };
}

function asOptuna({ id, params, state, value, error }: Trial<Params>) {
  return {
    number: id,
    state,
    params: columns(params),
    values: value === null ? null : [value],
    attributes: { day: params.day, ...(error && { fail_reason: `${error.name}: ${error.message}` }) },
  };
}

const float = (low: number, high: number, log = false) => ({
  name: 'FloatDistribution',
  attributes: { step: null, low, high, log },
});
const int = (low: number, high: number, log = false) => ({
  name: 'IntDistribution',
  attributes: { step: 1, low, high, log },
});
const DISTRIBUTIONS = {
  x: float(-5, 10),
  rate: float(1e-5, 1e-1, true),
  layers: int(1, 8),
  units: int(1, 1024, true),
  act: { name: 'CategoricalDistribution', attributes: { choices: ['relu', 'tanh', null, true, false, 0.5, 2, 1] } },
  w_1: float(0, 1),
  w_2: float(0, 1),
  w_3: float(0, 1),
  noise: float(-9, 9),
  day: float(0, 1),
};

describe('Optuna', () => {
  it('reads every trial of a search, every kind of parameter, and the best', async () => {
    const file = newFile();
    const shac = await searched(file);
    const read = await optuna<OptunaStudy>('read', sqliteUrl(file), 'ours');
    expect(read.version).toMatch(/^5\./);
    expect(read.direction).toBe('MINIMIZE');
    expect(read.attributes.shac).toMatchObject({ totalBudget: 60, numBatches: 6, seed: 7 });
    expect(read.trials).toMatchObject(shac.trials.map(asOptuna));
    for (const trial of read.trials) expect(trial.distributions).toEqual(DISTRIBUTIONS);
    expect(read.best?.number).toBe(shac.bestTrial?.id);
    expect(read.best?.values).toEqual([shac.bestTrial?.value]);
  });

  it('tells the trials that were enqueued by what they were enqueued with, and does not enqueue it again', async () => {
    const file = newFile();
    const shac = open(file);
    const given = [{ layers: 3, act: null }, { rate: 0.001, w: [0, 0.5, 1] }, { day: { day: 'wed' } }] as const;
    await shac.enqueue(given.map((one) => ({ ...one }) as Partial<Params>));
    await told(shac, 4);
    await shac.close();
    const { trials } = await optuna<OptunaStudy>('read', sqliteUrl(file), 'ours');
    const fixed = [
      { layers: 3, act: null },
      { rate: 0.001, w_1: 0, w_2: 0.5, w_3: 1 },
      { day: expect.closeTo(space.day.encode({ day: 'wed' }) / 32768, 4) },
    ];
    expect(trials.map(({ system }) => system)).toEqual([...fixed.map((params) => ({ fixed_params: params })), {}]);
    const again = JSON.stringify([...trials.slice(0, 3).map(({ system }) => system.fixed_params), { layers: 4 }]);
    const after = await optuna<OptunaStudy>('enqueue', sqliteUrl(file), 'ours', again);
    expect(after.trials).toHaveLength(5);
    expect(after.trials[4]).toMatchObject({ state: 'WAITING', system: { fixed_params: { layers: 4 } } });
  });

  it('reads the reports of an evaluation, also of one that failed', async () => {
    const file = newFile();
    const shac = await searched(file);
    const { trials } = await optuna<OptunaStudy>('read', sqliteUrl(file), 'ours');
    const expected = shac.trials.map(({ params }) => ({ 0: loss(params) + 1, 10: loss(params) + 0.5 }));
    expect(trials.map(({ reports }) => reports)).toEqual(expected);
    expect([trials[THROWS]?.state, trials[THROWS]?.attributes.fail_reason]).toEqual(['FAIL', 'RangeError: no luck']);
    expect(trials[INFINITE]).toMatchObject({ state: 'FAIL', values: null });
  });

  it('reads when each trial began and ended', async () => {
    const file = newFile();
    const before = Date.now();
    await searched(file);
    const after = Date.now();
    const { trials } = await optuna<OptunaStudy>('read', sqliteUrl(file), 'ours');
    for (const { start, complete } of trials) {
      const [begun, ended] = [start, complete].map((date) => new Date(date as string).getTime()) as [number, number];
      expect(begun).toBeGreaterThanOrEqual(before - 1);
      expect(ended).toBeGreaterThanOrEqual(begun);
      expect(ended).toBeLessThanOrEqual(after);
    }
  });

  it('sees what runs and what is maximized', async () => {
    const file = newFile();
    const shac = open(file, { objective: 'max' });
    await told(shac, 2);
    const asked = await shac.ask(2);
    const { direction, trials, best } = await optuna<OptunaStudy>('read', sqliteUrl(file), 'ours');
    expect(direction).toBe('MAXIMIZE');
    expect(trials.map(({ state }) => state)).toEqual(['COMPLETE', 'COMPLETE', 'RUNNING', 'RUNNING']);
    const begun = { values: null, complete: null, start: expect.any(String) };
    expect(trials.slice(2)).toMatchObject(asked.map(({ params }) => ({ params: columns(params), ...begun })));
    expect(best?.number).toBe(shac.bestTrial?.id);
    shac.close();
  });

  it('computes importances and draws its plots', async () => {
    const file = newFile();
    await searched(file);
    const { importances, plots } = await optuna<{
      importances: Record<string, number>;
      plots: Record<string, number>;
    }>('analyze', sqliteUrl(file), 'ours');
    expect(Object.keys(importances).sort()).toEqual(Object.keys(DISTRIBUTIONS).sort());
    expect(Object.values(importances).reduce((sum, one) => sum + one)).toBeCloseTo(1, 6);
    expect(Object.values(plots).every((traces) => traces > 0)).toBe(true);
    expect(plots.slice).toBe(10); // one a column
  });

  it('adds trials of its own to a study, which goes on as if they were not there', async () => {
    const file = newFile();
    const whole = open(newFile());
    await told(whole, 60);
    const first = open(file);
    await told(first, 30);
    first.close();
    const { trials } = await optuna<OptunaStudy>('add', sqliteUrl(file), 'ours', 20);
    expect(trials).toHaveLength(50);

    const resumed = open(file);
    expect(resumed.trials).toEqual(first.trials);
    await told(resumed, 30);
    expect(outcome(resumed.trials)).toEqual(outcome(whole.trials));
    expect(await resumed.predict(3)).toEqual(await whole.predict(3));
    resumed.close();
    const after = await optuna<OptunaStudy>('read', sqliteUrl(file), 'ours');
    expect(after.trials.slice(0, 50)).toEqual(trials);
    expect(after.trials.map(({ number }) => number)).toEqual(Array.from({ length: 80 }, (_, number) => number));
    const ours = (trial: OptunaTrial) => trial.number < 30 || trial.number >= 50;
    const params = resumed.trials.map((trial) => ({ params: columns(trial.params), values: [trial.value] }));
    expect(after.trials.filter(ours)).toMatchObject(params);
  });

  it('deletes a study with all that is kept of it, and none but that', async () => {
    const file = newFile();
    await searched(file);
    const others = await searched(file, { studyName: 'another' });
    await optuna<OptunaStudy>('add', sqliteUrl(file), 'ours', 3);
    expect(await optuna<string[]>('delete', sqliteUrl(file), 'ours')).toEqual(['another']);
    const again = open(file, { studyName: 'another' });
    expect(again.trials).toEqual(others.trials);
    expect(await again.predict(3)).toEqual(await others.predict(3));
    again.close();
    expect(await optuna<string[]>('delete', sqliteUrl(file), 'another')).toEqual([]);
    expect(filledTables(file)).toEqual(['alembic_version', 'shac_format', 'version_info']);
    const anew = open(file);
    expect(anew.trials).toEqual([]);
    anew.close();
  });
});

describe('the tables of a file', () => {
  it('are those that Optuna makes, column for column', async () => {
    const [ours, theirs] = [newFile(), newFile()];
    await searched(ours);
    await optuna('make', sqliteUrl(theirs), 'theirs', 'minimize');
    expect(optunaTables(ours)).toEqual(optunaTables(theirs));
  });

  it('are the newest to Optuna: there is nothing to upgrade', async () => {
    const file = newFile();
    await searched(file);
    const before = await optuna<OptunaStudy>('read', sqliteUrl(file), 'ours');
    await optuna('upgrade', sqliteUrl(file));
    expect(await optuna<OptunaStudy>('read', sqliteUrl(file), 'ours')).toEqual(before);
  });
});

/** Of each of Optuna's tables: its columns, what it refers to, and its indices. */
function optunaTables(file: string): Record<string, unknown> {
  const database = openDatabase(file, { readonly: true });
  const all = (pragma: string) => database.pragma(pragma) as Record<string, unknown>[];
  const indices = (table: string) =>
    all(`index_list(${table})`).map(({ name, unique }) => ({ unique, columns: all(`index_info(${name})`) }));
  const tables = namesOf(database).filter((name) => !name.startsWith('shac_'));
  const shapes = tables.map((table) => [
    table,
    { columns: all(`table_info(${table})`), refers: all(`foreign_key_list(${table})`), indices: indices(table) },
  ]);
  const version = database.prepare('SELECT schema_version FROM version_info').all();
  const revision = database.prepare('SELECT * FROM alembic_version').all();
  database.close();
  return { ...Object.fromEntries(shapes), version, revision };
}

/** The tables that hold anything. */
function filledTables(file: string): string[] {
  const database = openDatabase(file, { readonly: true });
  const filled = namesOf(database).filter(
    (name) => database.prepare(`SELECT count(*) FROM "${name}"`).pluck().get() !== 0,
  );
  database.close();
  return filled;
}

function namesOf(database: Database): string[] {
  const names = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").pluck();
  return names.all() as string[];
}
