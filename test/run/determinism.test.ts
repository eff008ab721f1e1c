import fc from 'fast-check';
import { SHAC, type ShacOptions } from 'shac';
import { beforeAll, describe, expect, it } from 'vitest';
import { study as anyStudy, findings, loss, outcome, type Params, quick, sleep, space } from '../support/studies.js';

type Findings = Awaited<ReturnType<typeof findings>>;

/** An objective whose results come in any order: a delay that depends on nothing but chance. */
const delayed = (delays: readonly number[]) => {
  let call = 0;
  return async (params: Params) => {
    await sleep(delays[call++ % delays.length] as number);
    return loss(params);
  };
};

/** Every seventh trial fails: failures must not depend on the order either. */
const objective = (params: Params, { trialId }: { trialId: number }) => {
  if (trialId % 7 === 3) throw new Error(`no value for ${trialId}`);
  return loss(params);
};

describe.each([
  ['default', 2],
  ['paper', 4],
] as const)("the same seed, preset '%s',", (preset, classifiers) => {
  let reference: Findings;
  const study = (options: Partial<ShacOptions> = {}) => anyStudy({ preset, ...options });

  beforeAll(async () => {
    const shac = study();
    shac.setNumParallelGenerators(1);
    shac.setNumParallelEvaluators(1);
    await shac.fit(objective);
    reference = await findings(shac);
    expect(reference.classifiers.length).toBeGreaterThanOrEqual(classifiers);
  });

  it.each([1, 2, 3, 8])('gives the same trials with %i generator threads', async (threads) => {
    const shac = study();
    shac.setNumParallelGenerators(threads);
    await shac.fit(objective);
    expect(await findings(shac)).toEqual(reference);
  });

  it.each([1, 2, 3, 4])(
    'gives the same trials with %i evaluators, in whatever order results come',
    async (evaluators) => {
      const plan = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 12 });
      const expected = study();
      await expected.fit(loss);
      const found = await findings(expected);
      await fc.assert(
        fc.asyncProperty(plan, async (delays) => {
          const shac = study();
          shac.setNumParallelEvaluators(evaluators);
          await shac.fit(delayed(delays));
          expect(await findings(shac)).toEqual(found);
        }),
        { seed: evaluators, numRuns: 6 },
      );
    },
  );

  it('gives the same trials for any budget, threads and evaluators', async () => {
    const budgets = fc.record({
      seed: fc.maxSafeNat(),
      numBatches: fc.integer({ min: 1, max: 6 }),
      batchSize: fc.integer({ min: 1, max: 12 }),
      threads: fc.constantFrom(1, 2, 3, 8),
      evaluators: fc.integer({ min: 1, max: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(budgets, async ({ seed, numBatches, batchSize, threads, evaluators }) => {
        const [one, other] = [0, 1].map(() => study({ seed, numBatches, totalBudget: numBatches * batchSize }));
        one?.setNumParallelGenerators(1);
        one?.setNumParallelEvaluators(1);
        await one?.fit(loss);
        other?.setNumParallelGenerators(threads);
        other?.setNumParallelEvaluators(evaluators);
        await other?.fit(delayed([0, 2, 1]));
        expect(await findings(other as typeof one & object)).toEqual(await findings(one as typeof one & object));
      }),
      { seed: 11, numRuns: 15 },
    );
  });

  it('draws the same whatever happened in the process before', async () => {
    const first = study();
    await Promise.all([study({ seed: 5 }).fit(loss), first.fit(objective), study({ seed: 6 }).predict(7)]);
    expect(await findings(first)).toEqual(reference);
  });
});

describe('the memory of the sampler', () => {
  const many = 20_000; // so many that a partition of the space pays
  const classifiers = { preset: 'paper', totalBudget: 120, numBatches: 12 } as const;

  it.each([0, 1, 64])('of %i MiB gives the same for 1, 2, 3 and 8 generator threads', async (samplerMemory) => {
    const found = [];
    for (const threads of [1, 2, 3, 8]) {
      const shac = anyStudy({ ...classifiers, samplerMemory });
      shac.setNumParallelGenerators(threads);
      await shac.fit(loss);
      expect(shac.classifiers.length).toBeGreaterThan(5);
      found.push({ ...(await findings(shac)), many: await shac.predict(many) });
    }
    for (const other of found.slice(1)) expect(other).toEqual(found[0]);
  });

  it('decides whether there is a partition, and so which candidates are drawn', async () => {
    const drawn = [];
    for (const samplerMemory of [0, 64]) {
      const shac = anyStudy({ ...classifiers, samplerMemory });
      await shac.fit(loss);
      const candidates = await shac.predict(many);
      expect(candidates.every((params) => shac.accepts(params))).toBe(true);
      drawn.push(candidates);
    }
    expect(drawn[0]).not.toEqual(drawn[1]);
  });
});

describe('different seeds', () => {
  it('give different trials, with no params twice', async () => {
    const seen = new Set<number>();
    for (const seed of [0, 1, 2, 2 ** 32, 2 ** 32 + 1, 2 ** 53 - 1]) {
      const shac = anyStudy({ seed, totalBudget: 12, numBatches: 2 });
      await shac.fit(loss);
      for (const trial of shac.trials) seen.add(trial.params.x);
    }
    expect(seen.size).toBe(6 * 12);
  });

  it('are drawn when none is given, and kept', async () => {
    const options = { totalBudget: 12, numBatches: 2, objective: 'min', classifier: quick } as const;
    const [one, other, none] = [new SHAC(space, options), new SHAC(space, options), anyStudy({ seed: null })];
    expect(new Set([one.seed, other.seed, none.seed]).size).toBe(3);
    await one.fit(loss);
    const again = new SHAC(space, { ...options, seed: one.seed });
    await again.fit(loss);
    expect(outcome(again.trials)).toEqual(outcome(one.trials));
  });
});

describe('fit', () => {
  it('is an ask/tell loop', async () => {
    const fitted = anyStudy();
    await fitted.fit(loss);
    const looped = anyStudy();
    for (let trials = await looped.ask(10); trials.length > 0; trials = await looped.ask(10)) {
      for (const { id, params } of trials) await looped.tell(id, loss(params));
    }
    expect(await findings(looped)).toEqual(await findings(fitted));
  });

  it('is an ask/tell loop of one trial at a time, told in any order within a batch', async () => {
    const fitted = anyStudy({ totalBudget: 24, numBatches: 4 });
    await fitted.fit(loss);
    const expected = await findings(fitted);
    const orders = fc.shuffledSubarray([0, 1, 2, 3, 4, 5], { minLength: 6 });
    await fc.assert(
      fc.asyncProperty(fc.array(orders, { minLength: 4, maxLength: 4 }), async (batches) => {
        const shac = anyStudy({ totalBudget: 24, numBatches: 4 });
        for (const order of batches) {
          const trials = [];
          for (const _ of order) trials.push(...(await shac.ask()));
          for (const place of order) {
            const { id, params } = trials[place] as (typeof trials)[number];
            await shac.tell(id, loss(params));
          }
        }
        expect(await findings(shac)).toEqual(expected);
      }),
      { seed: 12, numRuns: 8 },
    );
  });
});
