/** Studies with conditions, on the way to Optuna and from it. */
import {
  choice,
  discrete,
  integer,
  multi,
  type ParamsOf,
  SearchSpace,
  SHAC,
  type ShacOptions,
  uniform,
  when,
} from 'shac';
import { describe, expect, it } from 'vitest';
import { type OptunaStudy, optuna, sqliteUrl } from '../support/optuna.js';
import { temporaryDirectory } from '../support/studies.js';

const space = {
  layers: integer(1, 4),
  optimizer: discrete(['sgd', 'adam', null]),
  momentum: when('optimizer', 'sgd', uniform(0, 0.99)),
  units: when('layers', (n) => n >= 2, multi(integer(8, 512, { log: true }), 2)),
  head: when('optimizer', ['sgd', null], choice({ linear: {}, mlp: { width: integer(8, 64) } })),
};
const searched = new SearchSpace(space);

/** What the objective of the fixture is. */
function loss({ layers, momentum = 0, units = [], head }: ParamsOf<typeof space>): number {
  return layers + momentum + units.reduce((sum, one) => sum + one, 0) + (head?.kind === 'mlp' ? head.width : 0);
}

const open = (options: Partial<ShacOptions<typeof space>> = {}) =>
  new SHAC(space, { totalBudget: 40, numBatches: 4, objective: 'min', seed: 3, ...options });

/** Params by column, without those that are not there. */
function columns(params: ParamsOf<typeof space>): Record<string, unknown> {
  const values = searched.valuesOf(params).map((value, i) => [searched.columns[i], value] as const);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

describe('a study with conditions', () => {
  it('is one of those that Optuna reads, analyzes and goes on with', async () => {
    const file = `${temporaryDirectory()}/study.db`;
    const shac = open({ storage: file });
    await shac.fit(loss);
    shac.close();
    const read = await optuna<OptunaStudy>('read', sqliteUrl(file), 'shac');
    expect(read.trials.map(({ params }) => params)).toEqual(shac.trials.map(({ params }) => columns(params)));
    expect(read.best?.number).toBe(shac.bestTrial?.id);
    const { importances, plots } = await optuna<{ importances: object; plots: object }>(
      'analyze',
      sqliteUrl(file),
      'shac',
    );
    expect(Object.keys(importances)).toEqual(expect.arrayContaining(['layers', 'optimizer']));
    expect(searched.columns).toEqual(expect.arrayContaining(Object.keys(importances)));
    expect(Object.keys(plots)).toHaveLength(5);
    const { trials } = await optuna<OptunaStudy>('add', sqliteUrl(file), 'shac', 5);
    expect(trials).toHaveLength(45);
    expect(open({ storage: file }).trials).toEqual(shac.trials);
  });

  it.each(['study.db', 'journal.log'])('is read from what Optuna made: %s', async (name) => {
    const file = `${temporaryDirectory()}/${name}`;
    const place = name.endsWith('.db') ? sqliteUrl(file) : file;
    const { trials } = await optuna<OptunaStudy>('branch', place, 'theirs', 'minimize');
    const shac = open();
    await shac.fitDataset(file, { presort: false });
    expect(shac.trials.map(({ params }) => columns(params))).toEqual(trials.map(({ params }) => params));
    expect(shac.trials.map(({ value }) => value)).toEqual(trials.map(({ values }) => values?.[0]));
    for (const { params, value } of shac.trials) expect(loss(params)).toBeCloseTo(value as number, 9);
  });
});
