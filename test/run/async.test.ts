import { describe, expect, it } from 'vitest';
import { drawings, expectWhole, four, gate } from '../support/async-runs.js';
import { backendsThat } from '../support/backends.js';
import { loss, type Params, sleep, study } from '../support/studies.js';

describe("batches: 'async'", () => {
  it('evaluates every trial once, and trains on the same trials in the same order', async () => {
    const shac = study(four);
    shac.setNumParallelEvaluators(4);
    const calls: number[] = [];
    const delays = [3, 0, 9, 1, 0, 5];
    await shac.fit(
      async (params, { trialId }) => {
        calls.push(trialId);
        await sleep(delays[trialId % delays.length] as number);
        if (trialId % 7 === 3) throw new Error('no value');
        return loss(params);
      },
      { batches: 'async' },
    );
    expect(calls).toEqual(Array.from({ length: 40 }, (_, id) => id));
    expect(shac.classifiers.length).toBeGreaterThan(0);
    await expectWhole(shac);
  });

  it('waits for no straggler: the others go on to later batches', async () => {
    const shac = study(four);
    shac.setNumParallelEvaluators(4);
    const stragglers = new Set([0, 10, 20]);
    const { open, opened } = gate();
    const started: number[] = [];
    const ended: number[] = [];
    const objective = async (params: Params, { trialId }: { trialId: number }) => {
      started.push(trialId);
      if (stragglers.has(trialId)) await opened;
      // Nothing is left but the stragglers: without overlap they would never be let go.
      if (trialId === 39) {
        expect(started).toHaveLength(40);
        expect(ended).toEqual([]);
        open();
      }
      return loss(params);
    };
    const onEpochEnd = (epoch: number) => void ended.push(epoch);
    await shac.fit(objective, { batches: 'async', callbacks: [{ onEpochEnd }] });
    expect(started).toEqual(Array.from({ length: 40 }, (_, id) => id));
    expect(ended).toEqual([0, 1, 2, 3]);
    expect(shac.classifiers.length).toBeGreaterThan(0);
    await expectWhole(shac);
  });

  it('draws the rest of a batch anew when there is a classifier that it has not passed', async () => {
    const shac = study(four);
    shac.setNumParallelEvaluators(4);
    const trained = gate();
    const late = gate();
    const objective = async (params: Params, { trialId }: { trialId: number }) => {
      if (trialId === 0) await late.opened;
      if (trialId === 14) late.open();
      if (trialId > 11 && trialId < 20) await trained.opened;
      return loss(params);
    };
    const onEpochEnd = (epoch: number) => {
      if (epoch === 0) trained.open();
    };
    // Trials 12 to 14 hold three evaluators; 0 is let go, the first classifier trained, and the fourth one goes on.
    await shac.fit(objective, { batches: 'async', skipCvChecks: true, callbacks: [{ onEpochEnd }] });
    const parts = (await drawings(shac)).filter(({ stage }) => stage === 1);
    expect(parts.map(({ classifiers }) => classifiers)).toEqual([0, 1]);
    expect(parts.reduce((sum, { count }) => sum + count, 0)).toBe(10);
    const numbers = shac.trials.slice(10 + (parts[0]?.count ?? 0), 20).map(({ params }) => params);
    expect(numbers.length).toBeGreaterThan(0);
    expect(new Set(shac.trials.map(({ params }) => JSON.stringify(params))).size).toBe(40);
    const { history } = shac.history;
    expect(history.accepted).toEqual([10, 10, 10, 10]);
  });

  it('tells the callbacks of each epoch in order', async () => {
    const shac = study(four);
    shac.setNumParallelEvaluators(4);
    const heard: [string, ...unknown[]][] = [];
    await shac.fit(async (params, { trialId }) => sleep((trialId * 7) % 5).then(() => loss(params)), {
      batches: 'async',
      callbacks: [
        {
          onTrainBegin: () => void heard.push(['onTrainBegin']),
          onTrainEnd: () => void heard.push(['onTrainEnd']),
          onEpochBegin: (epoch) => void heard.push(['onEpochBegin', epoch]),
          onEvaluationBegin: (params) => void heard.push(['onEvaluationBegin', params.length]),
          onTrialEnd: ({ id }) => void heard.push(['onTrialEnd', id]),
          onEvaluationEnded: (values, { deviceIds }) => void heard.push(['onEvaluationEnded', values, deviceIds]),
          onDatasetChanged: ({ trials }) => void heard.push(['onDatasetChanged', trials.length]),
          onEpochEnd: (epoch, { parameters }) => void heard.push(['onEpochEnd', epoch, parameters]),
        },
      ],
    });
    const epochs = [0, 1, 2, 3];
    const localFrom = 20;
    const batch = (epoch: number) => shac.trials.slice(epoch * 10, epoch * 10 + 10);
    const of = (...names: string[]) => heard.filter(([name]) => names.includes(name));
    expect([heard[0], heard.at(-1)]).toEqual([['onTrainBegin'], ['onTrainEnd']]);
    expect(of('onEpochBegin', 'onEvaluationBegin')).toEqual(
      epochs.flatMap((epoch) => [
        ['onEpochBegin', epoch],
        // In the local phase each trial is drawn when an evaluator is free for it.
        ['onEvaluationBegin', epoch * 10 < localFrom ? 10 : 1],
      ]),
    );
    expect(of('onEvaluationEnded', 'onEpochEnd')).toEqual(
      epochs.flatMap((epoch) => [
        ['onEvaluationEnded', batch(epoch).map(({ value }) => value), batch(epoch).map(({ workerId }) => workerId)],
        ['onEpochEnd', epoch, batch(epoch).map(({ params }) => params)],
      ]),
    );
    for (const epoch of epochs) {
      const end = heard.findIndex(([name, which]) => name === 'onEpochEnd' && which === epoch);
      const begin = heard.findIndex(([name, which]) => name === 'onEpochBegin' && which === epoch);
      const trials = heard.flatMap(([name, id], i) =>
        name === 'onTrialEnd' && Math.floor(Number(id) / 10) === epoch ? [i] : [],
      );
      expect(trials).toHaveLength(10);
      expect(Math.min(...trials)).toBeGreaterThan(begin);
      expect(Math.max(...trials)).toBeLessThan(end);
    }
    expect(of('onTrialEnd').map(([, id]) => id)).not.toEqual(shac.trials.map(({ id }) => id));
    expect(shac.history.epochs).toEqual(epochs);
  });

  it('stops early when a stage gives no classifier', async () => {
    const shac = study(four);
    shac.setNumParallelEvaluators(4);
    const history = await shac.fit(async () => sleep(1).then(() => 1), { batches: 'async', earlyStop: true });
    expect(history.stoppedEarly).toBe(true);
    expect(history.epochs).toEqual([0]);
    expect(shac.trials.length).toBeGreaterThanOrEqual(10);
    expect(shac.trials.length).toBeLessThan(30);
    expect(shac.trials.filter(({ state }) => state !== 'COMPLETE')).toEqual([]);
    await shac.fit(loss, { batches: 'async' });
    expect(shac.trials).toHaveLength(40);
  });

  it('ends when all of a batch fail, and can go on', async () => {
    const shac = study(four);
    shac.setNumParallelEvaluators(3);
    const attempt = shac.fit(
      async (params, { trialId }) => {
        await sleep(trialId % 3);
        if (trialId < 10) throw new SyntaxError(`broken ${trialId}`);
        return loss(params);
      },
      { batches: 'async' },
    );
    await expect(attempt).rejects.toMatchObject({ code: 'ERR_ALL_TRIALS_FAILED' });
    await expect(attempt).rejects.toThrow(/all 10 trials of batch 0 failed.*SyntaxError: broken 0/);
    expect(shac.trials.filter(({ state }) => state === 'RUNNING')).toEqual([]);
    await shac.fit(loss, { batches: 'async' });
    await expectWhole(shac);
  });

  it.each(backendsThat('workers'))('runs with $name', async (backend) => {
    const shac = study(four);
    shac.evaluatorBackend = backend.evaluatorBackend;
    shac.setNumParallelEvaluators(2);
    await shac.fit(await backend.objective('loss'), { batches: 'async' });
    expect(shac.classifiers.length).toBeGreaterThan(0);
    await expectWhole(shac);
  });
});
