/** The local phase finds the same however a search is run, and goes on wherever it was stopped. */
import { join } from 'node:path';
import type { Trial } from 'shac';
import { describe, expect, it } from 'vitest';
import { findings, loss, type Params, sleep, study, temporaryDirectory } from '../support/studies.js';

type Study = ReturnType<typeof study>;

const TRIALS = 30;
/** Batches of 1 and of 3; the local phase begins at trial 12. */
const sizes = [
  [1, { totalBudget: TRIALS, numBatches: 30, local: { fraction: 0.6 } }],
  [3, { totalBudget: TRIALS, numBatches: 10, local: { fraction: 0.6 } }],
] as const;
const LOCAL_FROM = 12;
/** Among those after which a search is stopped: the last trial before the local phase, and the first ones of it. */
const stops = [LOCAL_FROM - 1, LOCAL_FROM, LOCAL_FROM + 1, 17, 18, 24, TRIALS - 1];

/** Some trials fail, in batches of 3. */
const objectiveOf =
  (batchSize: number) =>
  (params: Params, { trialId }: { trialId: number }) => {
    if (batchSize > 1 && trialId % 7 === 2) throw new Error('no value');
    return loss(params);
  };

async function tell(shac: Study, { id, params }: Trial<Params>, objective: ReturnType<typeof objectiveOf>) {
  try {
    await shac.tell(id, objective(params, { trialId: id }));
  } catch (error) {
    await shac.tell(id, { error });
  }
}

async function tellTo(shac: Study, trials: number, objective: ReturnType<typeof objectiveOf>): Promise<void> {
  while (shac.trials.length < trials) {
    for (const trial of await shac.ask(1)) await tell(shac, trial, objective);
  }
}

describe.each(sizes)('a local phase of batches of %i', (batchSize, options) => {
  const objective = objectiveOf(batchSize);
  const whole = study(options);
  const expected = whole.fit(objective).then(() => findings(whole));
  expected.catch(() => {});

  it.each([
    [1, 1],
    [1, 2],
    [3, 1],
    [3, 2],
  ])('finds the same with %i evaluators and %i generators', async (evaluators, generators) => {
    const shac = study(options);
    shac.setNumParallelEvaluators(evaluators);
    shac.setNumParallelGenerators(generators);
    await shac.fit(async (params, trial) => {
      await sleep((trial.trialId * 5) % 3);
      return objective(params, trial);
    });
    expect(await findings(shac)).toEqual(await expected);
  });

  it('finds the same by ask and tell', async () => {
    const shac = study(options);
    await tellTo(shac, TRIALS, objective);
    expect(await findings(shac)).toEqual(await expected);
  });

  it.each(stops)('goes on from its database after %i trials', async (trials) => {
    const storage = join(temporaryDirectory(), 'study.db');
    const begun = study({ ...options, storage });
    await tellTo(begun, trials, objective);
    begun.close();
    const resumed = study({ ...options, storage });
    expect(resumed.trials).toHaveLength(trials);
    await resumed.fit(objective);
    expect(await findings(resumed)).toEqual(await expected);
  });

  it.each(stops)('goes on from a directory after %i trials, whatever was there before', async (trials) => {
    const dir = temporaryDirectory();
    const begun = study(options);
    await tellTo(begun, trials, objective);
    await begun.saveData(dir);
    const restored = study({ ...options, seed: 1 });
    await tellTo(restored, 21, objective); // it has a local phase of its own by then
    await restored.restoreData(dir);
    await restored.fit(objective);
    expect(await findings(restored)).toEqual(await expected);
  });

  it.each(stops)('goes on after an abort in trial %i', async (trial) => {
    const shac = study(options);
    const controller = new AbortController();
    const attempt = shac.fit(
      (params, { trialId }) => {
        if (trialId === trial) controller.abort();
        return objective(params, { trialId });
      },
      { signal: controller.signal },
    );
    await expect(attempt).rejects.toMatchObject({ name: 'AbortError' });
    expect(shac.trials.length).toBeLessThan(trial + batchSize + 1);
    await shac.fit(objective);
    expect(await findings(shac)).toEqual(await expected);
  });

  it('goes on after aborts while candidates are drawn', async () => {
    const shac = study(options);
    await tellTo(shac, LOCAL_FROM, objective);
    while (shac.trials.length < TRIALS) {
      const controller = new AbortController();
      const asking = shac.ask(1, { signal: controller.signal });
      const timer = setTimeout(() => controller.abort(), shac.trials.length % 3);
      await asking.catch((error) => expect(error).toMatchObject({ name: 'AbortError' }));
      clearTimeout(timer);
      if (shac.trials.at(-1)?.state !== 'RUNNING') await shac.ask(1);
      await tell(shac, shac.trials.at(-1) as Trial<Params>, objective);
    }
    expect(await findings(shac)).toEqual(await expected);
  });

  it.each([1, 2, 5])("comes to its end with %i evaluators of an 'async' run", async (evaluators) => {
    const shac = study(options);
    shac.setNumParallelEvaluators(evaluators);
    const evaluated: number[] = [];
    await shac.fit(
      async (params, { trialId }) => {
        evaluated.push(trialId);
        await sleep((trialId * 7) % 4);
        return objective(params, { trialId });
      },
      { batches: 'async' },
    );
    expect(evaluated).toEqual(Array.from({ length: TRIALS }, (_, id) => id));
    expect(shac.trials.every(({ state }) => state === 'COMPLETE' || state === 'FAIL')).toBe(true);
    expect(new Set(shac.trials.map(({ params }) => JSON.stringify(params))).size).toBe(TRIALS);
  });
});

/** Trials that are asked for at once, so that the process is fitted while some before its point have no result yet. */
it.each([3, 8, 12])(
  'goes on the same, opened again or not, after %i trials that were asked for at once',
  async (ahead) => {
    const options = { totalBudget: 60, numBatches: 60 } as const;
    const found = async (isReopened: boolean) => {
      const storage = join(temporaryDirectory(), 'study.db');
      const first = study({ ...options, storage });
      await tellTo(first, 15, loss);
      const asked = await first.ask(ahead);
      for (const trial of asked) await tell(first, trial, loss);
      if (isReopened) await first.close();
      const shac = isReopened ? study({ ...options, storage }) : first;
      await shac.fit(loss);
      return findings(shac);
    };
    expect(await found(true)).toEqual(await found(false));
  },
);
