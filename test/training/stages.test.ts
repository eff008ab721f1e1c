import { SHAC, type Trial, uniform } from 'shac';
import { beforeAll, describe, expect, it } from 'vitest';
import { addon } from '../../dist/native/addon.js';
import {
  cascadeOf,
  codesOf,
  findings,
  loss,
  type Params,
  paperStudy,
  quick,
  savedModels,
  study,
  temporaryDirectory,
} from '../support/studies.js';

/** Labels by the letter of the algorithm, on their own: strictly better (here: less) than the median. */
function labelsOf(values: readonly (number | null)[]): Uint8Array {
  const sorted = values.filter((value) => value !== null).sort((a, b) => a - b);
  const middle = ((sorted[(sorted.length - 1) >> 1] ?? 0) + (sorted[sorted.length >> 1] ?? 0)) / 2;
  return Uint8Array.from(values, (value) => (value !== null && value < middle ? 1 : 0));
}

async function retrained(trials: readonly Trial<Params>[], rounds: number): Promise<Uint8Array> {
  const { model } = await addon.train({
    codes: codesOf(trials.map((trial) => trial.params)),
    labels: labelsOf(trials.map((trial) => trial.value)),
    columns: 4,
    params: { rounds, maxDepth: 3, eta: 0.1, lambda: 1, minChildWeight: 1, subsample: 1, seed: 0 },
    folds: 0,
    attempts: 1,
    shuffleSeed: 0n,
    threads: 1,
  });
  return model;
}

const same = (a: Uint8Array, b: Uint8Array | undefined) => b !== undefined && Buffer.compare(a, b) === 0;

/** Trees in a model, counted in XGBoost's own file: each has its number of nodes once. */
const treesIn = (model: Uint8Array) => Buffer.from(model).toString('latin1').split('num_nodes').length - 1;

describe("a search in stages of preset 'paper'", () => {
  const shac = paperStudy({ totalBudget: 120, numBatches: 6 });
  let models: Uint8Array[];

  beforeAll(async () => {
    // Every seventh trial fails: failures are labelled as well.
    await shac.fit((params, { trialId }) => (trialId % 7 === 3 ? Number.NaN : loss(params)));
  });

  it('saves one model a classifier', async () => {
    const dir = temporaryDirectory();
    await shac.saveData(dir);
    models = savedModels(dir);
    expect(models).toHaveLength(shac.classifiers.length);
    expect(models.length).toBeGreaterThanOrEqual(4);
  });

  it('draws each batch from what the classifiers of then accept, all of them', () => {
    const { history } = shac.history;
    for (let stage = 0; stage < 6; stage++) {
      const there = shac.classifiers.filter((classifier) => classifier.stage < stage).length;
      const batch = shac.trials.filter((trial) => trial.stage === stage);
      expect(batch).toHaveLength(20);
      const verdicts = cascadeOf(models.slice(0, there)).accepts(codesOf(batch.map((trial) => trial.params)));
      expect(verdicts).toEqual(batch.map(() => true));
      if (stage > 0) expect(there).toBe(history.classifiers?.[stage - 1]);
    }
    // The check can fail: the prior is not accepted by all of them.
    const prior = shac.trials.slice(0, 20).map((trial) => trial.params);
    expect(cascadeOf(models).accepts(codesOf(prior))).toContain(false);
  });

  it('trains each classifier on the next Tc trials alone, in index order', async () => {
    for (const [index, { stage }] of shac.classifiers.entries()) {
      const points = shac.trials.slice(stage * 20, (stage + 1) * 20);
      expect(same(await retrained(points, quick.rounds), models[index])).toBe(true);
    }
  });

  it('says how far the trials have been learned from', () => {
    expect(shac.history.history.datasetIndex).toEqual([20, 40, 60, 80, 100, 120]);
    expect(shac.history.history.perClassifierBudget).toEqual([20, 20, 20, 20, 20, 20]);
  });

  it('measures what each classifier accepts', () => {
    const { draws = [], acceptance = [], liveMass = [] } = shac.history.history;
    expect(draws[0]).toBe(20);
    expect(acceptance[0]).toBe(1);
    for (const [stage, share] of (acceptance as number[]).entries()) {
      // Never above what the partition proves, and that of later stages is smaller: each accepts about half.
      expect(share).toBeLessThanOrEqual(liveMass[stage] as number);
      if (stage > 0) expect(share).toBeLessThan(acceptance[stage - 1] as number);
    }
    for (const classifier of shac.classifiers) {
      expect(classifier.acceptance).toBeGreaterThan(0);
      expect(classifier.acceptance).toBeLessThan(1);
    }
  });

  it('accepts and refuses params as its classifiers do', async () => {
    const cascade = cascadeOf(models);
    const accepted = await shac.predict(20);
    const params = [...accepted, ...shac.trials.map((trial) => trial.params)];
    expect(params.map((one) => shac.accepts(one))).toEqual(cascade.accepts(codesOf(params)));
    expect(accepted.every((one) => shac.accepts(one))).toBe(true);
  });
});

describe('classifier overrides', () => {
  const modelsOf = async (classifier: object) => {
    const shac = paperStudy({ totalBudget: 40, numBatches: 2, classifier });
    await shac.fit(loss);
    const dir = temporaryDirectory();
    await shac.saveData(dir);
    const [model] = savedModels(dir);
    return { shac, model: model as Uint8Array };
  };

  it('default to 200 rounds', async () => {
    const { shac, model } = await modelsOf({});
    expect(treesIn(model)).toBe(200);
    expect(same(model, await retrained(shac.trials.slice(0, 20), 200))).toBe(true);
  });

  it('are used', async () => {
    const { model } = await modelsOf({ rounds: 5 });
    expect(treesIn(model)).toBe(5);
    for (const override of [{ maxDepth: 1 }, { eta: 0.5 }, { lambda: 9 }, { minChildWeight: 2 }, { subsample: 0.6 }]) {
      const { model: other } = await modelsOf({ rounds: 5, ...override });
      expect(same(other, model), JSON.stringify(override)).toBe(false);
    }
  });
});

describe('the objective', () => {
  it('max of a function is min of its negative', async () => {
    const least = study();
    await least.fit(loss);
    const most = study({ objective: 'max' });
    await most.fit((params) => -loss(params));
    const { trials, classifiers, next } = await findings(most);
    const negated = trials.map((trial) => ({ ...trial, value: -(trial.value as number) }));
    expect({ trials: negated, classifiers, next }).toEqual(await findings(least));
    expect(most.bestTrial?.id).toBe(least.bestTrial?.id);
  });

  it('is max by default', () => {
    expect(new SHAC({ x: uniform(0, 1) }, { totalBudget: 1, numBatches: 1 }).objective).toBe('max');
  });

  it('gets better by the stage', async () => {
    const shac = study({ totalBudget: 200, numBatches: 10, local: false });
    await shac.fit(loss);
    const mean = (stage: number) => {
      const values = shac.trials.filter((trial) => trial.stage === stage).map((trial) => trial.value as number);
      return values.reduce((sum, value) => sum + value, 0) / values.length;
    };
    expect(mean(9)).toBeLessThan(mean(0) / 4);
    const values = shac.trials.map((trial) => trial.value as number);
    expect(shac.bestTrial?.value).toBe(Math.min(...values));
    expect(shac.bestTrial?.id).toBe(values.indexOf(Math.min(...values)));
  });
});
