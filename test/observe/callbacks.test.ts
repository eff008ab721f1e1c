import { Callback, type CallbackMethods, type EpochLogs, History } from 'shac';
import { describe, expect, it } from 'vitest';
import { loss, sleep, study } from '../support/studies.js';

const small = { totalBudget: 6, numBatches: 2 };
const EVENTS = [
  'onTrainBegin',
  'onTrainEnd',
  'onEpochBegin',
  'onEpochEnd',
  'onProgress',
  'onEvaluationBegin',
  'onEvaluationEnded',
  'onTrialEnd',
  'onDatasetChanged',
] as const;

/** A callback that notes every call; `wait` makes it async. */
function recorder(log: [string, ...unknown[]][], wait = 0): CallbackMethods {
  const methods = EVENTS.map((event) => [
    event,
    async (...args: unknown[]) => {
      if (wait > 0) await sleep(wait);
      log.push([event, ...args.map((arg) => (typeof arg === 'object' ? structuredClone(arg) : arg))]);
    },
  ]);
  return Object.fromEntries(methods);
}

describe('callbacks', () => {
  it('are called in order', async () => {
    const log: [string, ...unknown[]][] = [];
    const shac = study(small);
    shac.setNumParallelEvaluators(1);
    await shac.fit(loss, { callbacks: [recorder(log)] });
    const batch = ['onTrialEnd', 'onTrialEnd', 'onTrialEnd', 'onEvaluationEnded', 'onDatasetChanged', 'onEpochEnd'];
    const epoch = ['onEpochBegin', 'onProgress', 'onEvaluationBegin', ...batch];
    expect(log.map(([event]) => event)).toEqual(['onTrainBegin', ...epoch, ...epoch, 'onTrainEnd']);
  });

  it('are told what is known by then', async () => {
    const log: [string, ...unknown[]][] = [];
    const shac = study({ totalBudget: 40, numBatches: 2 });
    shac.setNumParallelGenerators(2);
    await shac.fit(loss, { callbacks: [recorder(log)], skipCvChecks: true });
    const calls = (name: string) => log.filter(([event]) => event === name).map(([, ...args]) => args);
    const begin = { generatorThreads: 2, perClassifierBudget: 20 };
    expect(calls('onTrainBegin')).toEqual([[begin]]);
    expect(calls('onTrainEnd')).toEqual([[begin]]);
    expect(calls('onEpochBegin')).toEqual([
      [0, begin],
      [1, begin],
    ]);
    const trials = shac.trials.slice(0, 20);
    const parameters = trials.map(({ params }) => params);
    const evaluations = trials.map(({ value }) => value);
    expect(calls('onEvaluationBegin')[0]).toEqual([parameters, expect.objectContaining({ parameters, draws: 20 })]);
    expect(calls('onEvaluationEnded')[0]).toEqual([
      evaluations,
      expect.objectContaining({ evaluations, deviceIds: trials.map(({ workerId }) => workerId) }),
    ]);
    expect(calls('onDatasetChanged').map(([dataset]) => dataset)).toEqual([{ trials }, { trials: shac.trials }]);
    const [epoch, logs] = calls('onEpochEnd')[0] as [number, EpochLogs];
    expect(epoch).toBe(0);
    expect(logs).toEqual({
      ...begin,
      parameters,
      deviceIds: expect.any(Array),
      evaluations,
      datasetIndex: 20,
      model: { stage: 0, cvAccuracy: null, attempts: 1 },
      rejected: null,
      classifiers: 1,
      draws: 20,
      accepted: 20,
      acceptance: 1,
      liveMass: 1,
      best: Math.min(...(evaluations as number[])),
      samplingTime: expect.any(Number),
      evaluationTime: expect.any(Number),
      trainingTime: expect.any(Number),
    });
    expect(calls('onTrialEnd').map(([trial]) => (trial as { id: number }).id)).toHaveLength(40);
  });

  it('are waited for, one after the other, in the order of the list', async () => {
    const [slow, fast]: [string, ...unknown[]][][] = [[], []];
    const shac = study(small);
    const order: string[] = [];
    const note = (name: string, wait: number) => ({
      onEpochEnd: async (epoch: number) => {
        await sleep(wait);
        order.push(`${name} ${epoch}`);
      },
    });
    const callbacks = [recorder(slow as never, 2), recorder(fast as never), note('a', 5), note('b', 0)];
    await shac.fit(loss, { callbacks });
    expect(order).toEqual(['a 0', 'b 0', 'a 1', 'b 1']);
    expect(slow?.map(([event]) => event)).toEqual(fast?.map(([event]) => event));
  });

  it('with a method that is none of theirs are refused: it would never be called', async () => {
    class Late extends Callback {
      onTrialEnded() {}
    }
    for (const callback of [{ onTrialEnded() {} }, new Late(), { onEvaluationEnd: () => {} }]) {
      const fitting = study(small).fit(loss, { callbacks: [callback as CallbackMethods] });
      await expect(fitting).rejects.toMatchObject({
        code: 'ERR_UNKNOWN_OPTION',
        message: expect.stringMatching(
          /^on(TrialEnded|EvaluationEnd) is no method of a callback; there are .*onTrialEnd/,
        ),
      });
    }
  });

  it('know their engine', async () => {
    class Stopper extends Callback {
      seen: number[] = [];
      override onEpochEnd() {
        this.seen.push(this.engine?.trials.length ?? -1);
      }
    }
    const stopper = new Stopper();
    const shac = study(small);
    expect(stopper.engine).toBeUndefined();
    await shac.fit(loss, { callbacks: [stopper] });
    expect(stopper.engine).toBe(shac);
    expect(stopper.seen).toEqual([3, 6]);
  });

  it.each(EVENTS)('that throw in %s stop the run with that error', async (event) => {
    const broken = new Error(`broken in ${event}`);
    for (const fail of [
      () => Promise.reject(broken),
      () => {
        throw broken;
      },
    ]) {
      const shac = study(small);
      await expect(shac.fit(loss, { callbacks: [{ [event]: fail }] })).rejects.toBe(broken);
      await shac.fit(loss);
      expect(shac.trials).toHaveLength(6);
    }
  });

  it.each(['onEvaluationEnded', 'onDatasetChanged', 'onEpochEnd'] as const)(
    'are not called again when %s throws while later batches end',
    async (event) => {
      const shac = study({ totalBudget: 12, numBatches: 6 });
      shac.setNumParallelEvaluators(3);
      let calls = 0;
      const callback = {
        async [event]() {
          calls++;
          await sleep(20);
          throw new Error('broken');
        },
      };
      await expect(shac.fit(loss, { batches: 'async', callbacks: [callback] })).rejects.toThrow('broken');
      expect(calls).toBe(1);
    },
  );

  it.each(['sync', 'async'] as const)(
    'hear of no report after one that onReport threw at, in %s batches',
    async (batches) => {
      const shac = study(small);
      const heard: string[] = [];
      const callback: CallbackMethods = {
        onReport({ trialId, step }) {
          heard.push(`report ${trialId}/${step}`);
          throw new Error('broken');
        },
        onTrialEnd({ id }) {
          heard.push(`end ${id}`);
        },
      };
      const reporting = (params: Parameters<typeof loss>[0], { report }: { report: (value: number) => void }) => {
        for (let step = 0; step < 3; step++) report(step);
        return loss(params);
      };
      await expect(shac.fit(reporting, { batches, callbacks: [callback] })).rejects.toThrow('broken');
      await sleep(20);
      expect(heard).toEqual(['report 0/0']);
    },
  );

  it('hear of failures as null', async () => {
    const log: [string, ...unknown[]][] = [];
    const shac = study(small);
    const fail = (_: unknown, { trialId }: { trialId: number }) => (trialId === 1 ? Number.NaN : trialId);
    await shac.fit(fail, { callbacks: [recorder(log)] });
    expect(log.find(([event]) => event === 'onEvaluationEnded')?.[1]).toEqual([0, null, 2]);
    const ended = log.filter(([event]) => event === 'onTrialEnd').map(([, trial]) => trial);
    expect(ended).toContainEqual(expect.objectContaining({ id: 1, state: 'FAIL' }));
  });

  it('are called for data sets, where nothing is drawn or evaluated', async () => {
    const log: [string, ...unknown[]][] = [];
    const rows = Array.from({ length: 6 }, (_, i) => ({ params: { x: i, y: 1, layers: 1, act: null }, value: i }));
    await study(small).fitDataset(rows, { callbacks: [recorder(log)] });
    const epoch = ['onEpochBegin', 'onEvaluationEnded', 'onDatasetChanged', 'onEpochEnd'];
    expect(log.map(([event]) => event)).toEqual(['onTrainBegin', ...epoch, ...epoch, 'onTrainEnd']);
  });

  it('may be plain objects with none of the methods', async () => {
    await study(small).fit(loss, { callbacks: [{}] });
  });
});

describe('History', () => {
  it('has a column a key, a value an epoch', async () => {
    const shac = study();
    const history = await shac.fit(loss);
    expect(history.epochs).toEqual([0, 1, 2, 3, 4, 5]);
    const columns = Object.entries(history.history);
    expect(columns.map(([key]) => key)).toEqual(
      expect.arrayContaining(['generatorThreads', 'perClassifierBudget', 'parameters', 'deviceIds', 'evaluations']),
    );
    expect(Object.keys(history.history)).toEqual(expect.arrayContaining(['datasetIndex', 'model']));
    for (const [key, values] of columns) expect(values, key).toHaveLength(6);
    expect(history.history.evaluations?.flat()).toEqual(shac.trials.map(({ value }) => value));
    expect(history.history.parameters?.flat()).toEqual(shac.trials.map(({ params }) => params));
    const best = history.history.best as number[];
    expect(best.at(-1)).toBe(shac.bestTrial?.value);
    expect([...best].sort((a, b) => b - a)).toEqual(best);
  });

  it('goes on over several runs, and stays in line when one of them drew nothing', async () => {
    const shac = study();
    const rows = Array.from({ length: 25 }, (_, i) => ({ params: { x: i / 4, y: 1, layers: 1, act: null }, value: i }));
    await shac.fitDataset(rows);
    const history = await shac.fit(loss);
    // Batch 2 was half in the data set: an epoch of each run.
    expect(history.epochs).toEqual([0, 1, 2, 2, 3, 4, 5]);
    for (const [key, values] of Object.entries(history.history)) expect(values, key).toHaveLength(7);
    expect(history.history.draws?.slice(0, 3)).toEqual([undefined, undefined, undefined]);
    for (const acceptance of history.history.acceptance?.slice(3) ?? []) expect(acceptance).toBeLessThanOrEqual(1);
  });

  it('can be given as a callback as well, for one run only', async () => {
    const own = new History();
    const shac = study(small);
    const rows = Array.from({ length: 3 }, (_, i) => ({ params: { x: i, y: 1, layers: 1, act: null }, value: i }));
    await shac.fitDataset(rows);
    await shac.fit(loss, { callbacks: [own] });
    expect(own.epochs).toEqual([1]);
    expect(shac.history.epochs).toEqual([0, 1]);
  });
});
