import { History } from 'shac';
import { describe, expect, it } from 'vitest';
import { loss, type Params, sleep, study } from '../support/studies.js';

const never = (): number => {
  throw new Error('the objective was called');
};

describe('fit', () => {
  it('evaluates the whole budget once and returns the history', async () => {
    const shac = study();
    const evaluated: number[] = [];
    const history = await shac.fit((params, { trialId }) => {
      evaluated.push(trialId);
      return loss(params);
    });
    expect(history).toBeInstanceOf(History);
    expect(history).toBe(shac.history);
    expect(evaluated.sort((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, id) => id));
    for (const trial of shac.trials) {
      expect(trial).toMatchObject({ state: 'COMPLETE', value: loss(trial.params), attempts: 1 });
      if (trial.stage < 2) expect(trial.rejections).toBe(0); // later ones are of the local phase
      expect(trial.duration).toBeGreaterThanOrEqual(0);
    }
  });

  it('on a finished study returns at once', async () => {
    const shac = study({ totalBudget: 12, numBatches: 2 });
    await shac.fit(loss);
    const trials = shac.trials;
    const history = await shac.fit(never);
    expect(history.epochs).toEqual([0, 1]);
    expect(shac.trials).toEqual(trials);
  });

  it('continues after trials that were asked for and told', async () => {
    const [whole, shac] = [study(), study()];
    await whole.fit(loss);
    for (const { id, params } of await shac.ask(15)) if (id < 10) await shac.tell(id, loss(params));
    const seen: number[] = [];
    await shac.fit((params, { trialId }) => {
      seen.push(trialId);
      return loss(params);
    });
    expect(seen).toHaveLength(50);
    expect(Math.min(...seen)).toBe(10);
    expect(shac.history.epochs).toEqual([1, 2, 3, 4, 5]);
    expect(shac.trials).toHaveLength(60);
    // The first batch was the same; the second was drawn before the first classifier was there.
    expect(shac.trials.slice(0, 10).map(({ params }) => params)).toEqual(
      whole.trials.slice(0, 10).map(({ params }) => params),
    );
  });

  it('takes over a batch of which some results were told', async () => {
    const [whole, shac] = [study(), study()];
    await whole.fit(loss);
    for (const { id, params } of await shac.ask(7)) if (id % 2 === 0) await shac.tell(id, loss(params));
    await shac.fit(loss);
    expect(shac.trials.map(({ value }) => value)).toEqual(whole.trials.map(({ value }) => value));
    expect(shac.history.epochs).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('keeps every other call that changes the study waiting for its end', async () => {
    const shac = study();
    await shac.ask(2);
    const running = shac.fit(async (params) => {
      await sleep(1);
      return loss(params);
    });
    const refused = [
      () => shac.fit(loss),
      () => shac.ask(1),
      () => shac.tell(0, 1),
      () => shac.restoreData('/nowhere'),
      () => shac.fitDataset([{ params: { x: 0, y: 1, layers: 1, act: null }, value: 1 }]),
    ];
    for (const call of refused) await expect(call()).rejects.toMatchObject({ code: 'ERR_STUDY_BUSY' });
    await expect(shac.fit(loss)).rejects.toThrow(/fit cannot be called while fit is running/);
    await running;
    expect(shac.trials).toHaveLength(60);
    expect(await shac.ask(1)).toEqual([]);
  });

  it('waits for asks and tells that were called before', async () => {
    const [whole, shac] = [study(), study()];
    await whole.fit(loss);
    const asked = shac.ask(3);
    await shac.fit(loss);
    expect((await asked).map(({ id }) => id)).toEqual([0, 1, 2]);
    expect(shac.trials.map(({ value }) => value)).toEqual(whole.trials.map(({ value }) => value));
  });
});

describe('evaluators', () => {
  /** Evaluations that note who is running. */
  function watched(delay: (trialId: number) => number) {
    const running = new Set<number>();
    const log = { order: [] as number[], workers: new Set<number>(), most: 0, clashes: 0 };
    const objective = async (params: Params, { trialId, workerId }: { trialId: number; workerId: number }) => {
      if (running.has(workerId)) log.clashes++;
      running.add(workerId);
      log.order.push(trialId);
      log.workers.add(workerId);
      log.most = Math.max(log.most, running.size);
      await sleep(delay(trialId));
      running.delete(workerId);
      return loss(params);
    };
    return { log, objective };
  }

  it('one is strictly serial, in index order', async () => {
    const shac = study();
    shac.setNumParallelEvaluators(1);
    const { log, objective } = watched((id) => (id * 7) % 3);
    await shac.fit(objective);
    expect(log).toEqual({
      order: Array.from({ length: 60 }, (_, id) => id),
      workers: new Set([0]),
      most: 1,
      clashes: 0,
    });
  });

  it('several run at once, each one evaluation at a time, numbered from 0', async () => {
    const shac = study();
    shac.setNumParallelEvaluators(4);
    const { log, objective } = watched((id) => 1 + ((id * 7) % 5));
    await shac.fit(objective);
    expect(log).toMatchObject({ workers: new Set([0, 1, 2, 3]), most: 4, clashes: 0 });
    // Trials are still begun in order.
    expect(log.order).toEqual(Array.from({ length: 60 }, (_, id) => id));
    for (const { workerId } of shac.trials) expect([0, 1, 2, 3]).toContain(workerId);
  });

  it('are no more than a batch has trials', async () => {
    const shac = study();
    shac.setNumParallelEvaluators(64);
    const { log, objective } = watched(() => 2);
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => warnings.push(warning);
    process.on('warning', onWarning);
    await shac.fit(objective);
    await sleep(5);
    process.off('warning', onWarning);
    expect(log.most).toBe(10);
    expect(warnings).toEqual([]);
  });

  it('are at most one a core by default, and can be set', () => {
    const shac = study();
    expect(shac.numParallelEvaluators).toBeGreaterThanOrEqual(1);
    expect(shac.numParallelEvaluators).toBeLessThanOrEqual(10);
    const before = shac.numParallelEvaluators;
    shac.setNumParallelEvaluators(7);
    shac.setNumParallelGenerators(3);
    expect([shac.numParallelEvaluators, shac.numParallelGenerators]).toEqual([7, 3]);
    shac.setNumParallelEvaluators(null);
    expect(shac.numParallelEvaluators).toBe(before);
    for (const n of [0, -1, 1.5, 1000, Number.NaN, '2']) {
      expect(() => shac.setNumParallelEvaluators(n as number), String(n)).toThrow(String(n));
      expect(() => shac.setNumParallelGenerators(n as number), String(n)).toThrow(String(n));
    }
  });

  it('leave no listener on the signal of the caller', async () => {
    const shac = study();
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners++;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners--;
      remove(...args);
    };
    await shac.fit(loss, { signal });
    expect(listeners).toBe(0);
  });
});
