/** What Optuna makes of steps and of long lists. */
import { discrete, integer, SHAC, uniform } from 'shac';
import { describe, expect, it } from 'vitest';
import { type OptunaStudy, type OptunaTrial, optuna, sqliteUrl } from '../support/optuna.js';
import { outcome, temporaryDirectory } from '../support/studies.js';

const cities = Array.from({ length: 10_000 }, (_, i) => `city ${i}`);
const space = {
  drop: uniform(0, 1, { step: 0.1 }),
  third: uniform(-0.5, 0.6, { step: 0.3 }),
  k: integer(0, 10, { step: 4 }),
  city: discrete(cities),
};
type Params = { drop: number; third: number; k: number; city: string };
const loss = ({ drop, third, k, city }: Params) => (drop - 0.3) ** 2 + third ** 2 + k + cities.indexOf(city) / 10_000;
const options = { totalBudget: 60, numBatches: 6, objective: 'min', seed: 7, classifier: { rounds: 20 } } as const;

const numeric = (name: string, step: number, low: number, high: number) => ({
  name: `${name}Distribution`,
  attributes: { step, low, high, log: false },
});
const DISTRIBUTIONS = {
  drop: numeric('Float', 0.1, 0, 1),
  third: numeric('Float', 0.3, -0.5, 0.4),
  k: numeric('Int', 4, 0, 8),
  city: numeric('Int', 1, 0, 9999),
};

/** Asks for so many trials, one by one, and tells their values. */
async function told(storage: string, count: number) {
  const shac = new SHAC(space, { ...options, storage, studyName: 'ours' });
  for (let i = 0; i < count; i++) for (const { id, params } of await shac.ask(1)) await shac.tell(id, loss(params));
  shac.close();
  return shac;
}

describe('a study with steps and a long list', () => {
  it('is read with its values, its grids and the ordinals of the list, and analyzed', async () => {
    const file = `${temporaryDirectory()}/study.db`;
    const shac = await told(file, 60);
    const { trials, best } = await optuna<OptunaStudy>('read', sqliteUrl(file), 'ours');
    const expected = shac.trials.map(({ id, params: { city, ...rest }, value }) => ({
      number: id,
      params: { ...rest, city: cities.indexOf(city) },
      attributes: { city },
      values: [value],
    }));
    expect(trials).toMatchObject(expected);
    for (const { distributions } of trials) expect(distributions).toEqual(DISTRIBUTIONS);
    expect(best?.number).toBe(shac.bestTrial?.id);
    const { importances, plots } = await optuna<{ importances: object; plots: Record<string, number> }>(
      'analyze',
      sqliteUrl(file),
      'ours',
    );
    expect(Object.keys(importances).sort()).toEqual(Object.keys(DISTRIBUTIONS).sort());
    expect(plots.slice).toBe(4);
  });

  it('is gone on with by Optuna, whose trials are read as well, to the last digit that is meant', async () => {
    const file = `${temporaryDirectory()}/study.db`;
    const first = await told(file, 30);
    const { trials } = await optuna<OptunaStudy>('add', sqliteUrl(file), 'ours', 30);
    const resumed = await told(file, 30);
    expect(outcome(resumed.trials)).toEqual(outcome((await told(`${temporaryDirectory()}/whole.db`, 60)).trials));
    expect(resumed.trials.slice(0, 30)).toEqual(first.trials);

    const learner = new SHAC(space, { totalBudget: 100, numBatches: 1, objective: 'min' });
    await learner.fitDataset(file, { presort: false });
    const theirs = trials.slice(30);
    expect(learner.trials.slice(30, 60).map(({ params }) => params)).toEqual(theirs.map(typed));
    expect(theirs.some(({ params }) => String(params.drop).length > 3)).toBe(true); // 0.30000000000000004
  });
});

/** What Optuna means. */
function typed({ params: { drop, third, k, city } }: OptunaTrial) {
  const rounded = (value: unknown) => Number((value as number).toFixed(1)) + 0;
  return { drop: rounded(drop), third: rounded(third), k, city: cities[city as number] };
}
