import fc from 'fast-check';
import type { CallbackMethods } from 'shac';
import { describe, expect, it } from 'vitest';
import { drawings, expectWhole, four, gate, type Study } from '../support/async-runs.js';
import { loss, outcome, type Params, sleep, study, temporaryDirectory } from '../support/studies.js';

/** Results that come in an order of their own. */
const delayed = async (params: Params, { trialId }: { trialId: number }) => {
  await sleep((trialId * 7) % 4);
  return loss(params);
};

/** Callbacks that call `act` once, at the `place`-th event of a run. */
function atEvent(place: number, act: () => unknown): CallbackMethods {
  let event = 0;
  const count = async () => {
    if (event++ === place) await act();
  };
  return {
    onEpochBegin: count,
    onEvaluationBegin: count,
    onTrialEnd: count,
    onEvaluationEnded: count,
    onDatasetChanged: count,
    onEpochEnd: count,
  };
}
const EVENTS = 4 * 5 + 40;

/** What is finished, and cannot become something else. */
const finished = (shac: Study) => outcome(shac.trials).filter(({ state }) => state === 'COMPLETE' || state === 'FAIL');

/** A run that was stopped changes nothing more, and can go on to its end. */
async function expectGoesOn(shac: Study, batches: 'sync' | 'async'): Promise<void> {
  expect(shac.trials.filter(({ state }) => state === 'RUNNING')).toEqual([]);
  const before = { trials: outcome(shac.trials), drawings: await drawings(shac), classifiers: shac.classifiers };
  await sleep(5);
  expect({ trials: outcome(shac.trials), drawings: await drawings(shac), classifiers: shac.classifiers }).toEqual(
    before,
  );
  const kept = finished(shac);
  await shac.fit(delayed, { batches });
  expect(outcome(shac.trials).filter(({ id }) => kept.some((trial) => trial.id === id))).toEqual(kept);
  await expectWhole(shac);
}

const batches = fc.constantFrom('sync' as const, 'async' as const);
const evaluators = fc.integer({ min: 1, max: 8 });

describe("an 'async' run that is cut", () => {
  it('by an abort at any event goes on', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(EVENTS), evaluators, batches, async (place, n, rest) => {
        const shac = study(four);
        shac.setNumParallelEvaluators(n);
        const controller = new AbortController();
        const stopped = new Error('stop here');
        const callbacks = [atEvent(place, () => controller.abort(stopped))];
        const options = { batches: 'async', callbacks, signal: controller.signal } as const;
        await shac.fit(delayed, options).catch((error) => expect(error).toBe(stopped));
        await expectGoesOn(shac, rest);
      }),
      { seed: 41, numRuns: 12 },
    );
  });

  it('by a callback that throws at any event goes on', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(EVENTS - 1), evaluators, batches, async (place, n, rest) => {
        const shac = study(four);
        shac.setNumParallelEvaluators(n);
        const broken = new Error('broken callback');
        const callbacks = [atEvent(place, () => Promise.reject(broken))];
        await expect(shac.fit(delayed, { batches: 'async', callbacks })).rejects.toBe(broken);
        await expectGoesOn(shac, rest);
      }),
      { seed: 42, numRuns: 12 },
    );
  });

  it("by onFailure: 'stop' while a classifier is trained goes on, with one classifier a stage", async () => {
    const shac = study({ ...four, classifier: { rounds: 400 } });
    shac.setNumParallelEvaluators(2);
    const training = gate();
    const objective = async (params: Params, { trialId }: { trialId: number }) => {
      if (trialId < 11) return loss(params);
      await training.opened; // the event before the first training
      throw new Error('enough');
    };
    const onDatasetChanged = () => training.open();
    const attempt = shac.fit(objective, { batches: 'async', onFailure: 'stop', callbacks: [{ onDatasetChanged }] });
    await expect(attempt).rejects.toThrow('enough');
    await shac.fit(delayed, { batches: 'async', skipCvChecks: true });
    expect(new Set(shac.classifiers.map(({ stage }) => stage)).size).toBe(shac.classifiers.length);
    expect(shac.trials).toHaveLength(40);
  });

  it('by a callback of a report that throws, even an async one', async () => {
    const shac = study(four);
    const onReport = async () => {
      await sleep(1);
      throw new Error('broken report');
    };
    const objective = (params: Params, { report }: { report: (value: number) => void }) => {
      report(1);
      return loss(params);
    };
    await expect(shac.fit(objective, { batches: 'async', callbacks: [{ onReport }] })).rejects.toThrow('broken report');
    await expectGoesOn(shac, 'async');
  });
});

describe("an 'async' run that is saved", () => {
  it('at any event is restored and goes on; no candidate is drawn twice', async () => {
    const dir = temporaryDirectory();
    let inParts = 0;
    await fc.assert(
      fc.asyncProperty(fc.nat(EVENTS - 1), evaluators, batches, async (place, n, rest) => {
        const original = study(four);
        original.setNumParallelEvaluators(n);
        const copy = `${dir}/${place}-${n}-${rest}`;
        let saved: ReturnType<typeof finished> = [];
        const callbacks = [
          atEvent(place, async () => {
            await original.saveData(copy);
            saved = finished(original);
          }),
        ];
        await original.fit(delayed, { batches: 'async', callbacks });
        await expectWhole(original);
        const restored = study({ ...four, seed: 1 });
        await restored.restoreData(copy);
        expect(finished(restored)).toEqual(saved);
        const stages = (await drawings(restored)).map(({ stage }) => stage);
        if (new Set(stages).size < stages.length) inParts++;
        await restored.fit(delayed, { batches: rest });
        expect(finished(restored).filter(({ id }) => saved.some((trial) => trial.id === id))).toEqual(saved);
        await expectWhole(restored);
      }),
      { seed: 43, numRuns: 12 },
    );
    expect(inParts).toBeGreaterThan(2);
  });

  it('in its storage, is found there by the next one', async () => {
    const storage = `${temporaryDirectory()}/study`;
    const first = study({ ...four, storage });
    first.setNumParallelEvaluators(3);
    const controller = new AbortController();
    const callbacks = [atEvent(33, () => controller.abort())];
    await expect(first.fit(delayed, { batches: 'async', callbacks, signal: controller.signal })).rejects.toThrow();
    const kept = finished(first);
    expect(kept.length).toBeGreaterThan(10);
    const second = study({ ...four, storage });
    expect(finished(second)).toEqual(kept);
    await second.fit(delayed, { batches: 'async' });
    expect(finished(second).slice(0, 10)).toEqual(kept.slice(0, 10));
    await expectWhole(second);
    const third = study({ ...four, storage });
    expect(outcome(third.trials)).toEqual(outcome(second.trials));
  });
});
