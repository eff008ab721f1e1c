import fc from 'fast-check';
import type { CallbackMethods } from 'shac';
import { beforeAll, describe, expect, it } from 'vitest';
import { findings, loss, type Params, sleep, study, temporaryDirectory } from '../support/studies.js';

type Findings = Awaited<ReturnType<typeof findings>>;
type Study = ReturnType<typeof study>;

const small = { totalBudget: 30, numBatches: 5, classifier: { rounds: 5 } };
/** The last event of a search: 2 for the run, 5 for each batch, 2 for each trial. */
const LAST = 2 + 5 * 5 + 30 * 2 - 1;

/** Callbacks that call `act` at the `place`-th event of a run, in whichever callback or evaluation that is. */
function atEvent(place: number, act: () => void | Promise<void>) {
  let event = 0;
  const count = () => (event++ === place ? act() : undefined);
  const callback: CallbackMethods = {
    onTrainBegin: count,
    onEpochBegin: count,
    onEvaluationBegin: count,
    onTrialEnd: count,
    onEvaluationEnded: count,
    onDatasetChanged: count,
    onEpochEnd: count,
    onTrainEnd: count,
  };
  const objective = async (params: Params) => {
    await count();
    await sleep(0);
    return loss(params);
  };
  return { callbacks: [callback], objective };
}

async function untilDone(shac: Study): Promise<Findings> {
  await shac.fit(loss);
  return findings(shac);
}

describe('a search that is cut and continued finds what it would have found', () => {
  let uninterrupted: Findings;

  beforeAll(async () => {
    uninterrupted = await untilDone(study(small));
  });

  it('after an abort at any event', async () => {
    const stopped = new Error('stop here');
    let cut = 0;
    await fc.assert(
      fc.asyncProperty(fc.nat(LAST), fc.integer({ min: 1, max: 3 }), async (place, evaluators) => {
        const shac = study(small);
        shac.setNumParallelEvaluators(evaluators);
        const controller = new AbortController();
        const { callbacks, objective } = atEvent(place, () => controller.abort(stopped));
        const failure = await shac.fit(objective, { callbacks, signal: controller.signal }).catch((error) => error);
        if (failure === stopped) cut++;
        expect(shac.trials.filter(({ state }) => state === 'RUNNING')).toEqual([]);
        expect(await untilDone(shac)).toEqual(uninterrupted);
      }),
      { seed: 21, numRuns: 25 },
    );
    expect(cut).toBeGreaterThan(18); // not when it comes too late, after the last training
  });

  it('after an abort at any moment', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 60 }), async (delay) => {
        const shac = study(small);
        const signal = AbortSignal.timeout(delay);
        const evaluate = async (params: Params) => {
          await sleep(1);
          return loss(params);
        };
        await shac.fit(evaluate, { signal }).catch((error) => expect(error).toBe(signal.reason));
        expect(await untilDone(shac)).toEqual(uninterrupted);
      }),
      { seed: 22, numRuns: 15 },
    );
  });

  it('after many aborts', async () => {
    const shac = study(small);
    let aborts = 0;
    for (let place = 0; shac.trials.length < 30 || aborts < 30; place++) {
      const controller = new AbortController();
      const { callbacks, objective } = atEvent(4 + (place % 9), () => controller.abort());
      await shac.fit(objective, { callbacks, signal: controller.signal }).catch(() => {});
      if (++aborts > 200) break;
    }
    expect(await untilDone(shac)).toEqual(uninterrupted);
  });

  it('after a callback that threw at any event', async () => {
    const broken = new Error('broken callback');
    await fc.assert(
      fc.asyncProperty(fc.nat(LAST), async (place) => {
        const shac = study(small);
        const { callbacks } = atEvent(place, () => Promise.reject(broken));
        await shac.fit(loss, { callbacks }).catch((error) => expect(error).toBe(broken));
        expect(await untilDone(shac)).toEqual(uninterrupted);
      }),
      { seed: 23, numRuns: 15 },
    );
  });

  it('from a copy that was saved at any event', async () => {
    const dir = temporaryDirectory();
    await fc.assert(
      fc.asyncProperty(fc.nat(LAST), fc.integer({ min: 1, max: 3 }), async (place, evaluators) => {
        const original = study(small);
        original.setNumParallelEvaluators(evaluators);
        const copy = `${dir}/${place}-${evaluators}`;
        const { callbacks, objective } = atEvent(place, () => original.saveData(copy));
        await original.fit(objective, { callbacks });
        expect(await findings(original)).toEqual(uninterrupted);
        const restored = study({ ...small, seed: 1 }); // the seed is restored as well
        await restored.restoreData(copy);
        expect(await untilDone(restored)).toEqual(uninterrupted);
      }),
      { seed: 24, numRuns: 20 },
    );
  });

  it('from a copy that was saved between any asks and tells', async () => {
    const dir = temporaryDirectory();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 8 }), fc.nat(7)), { maxLength: 6 }),
        async (steps) => {
          const original = study(small);
          for (const [asked, told] of steps) {
            // Never past a batch whose results are not all told: that would be another search.
            const room = 6 - (original.trials.length % 6);
            const trials = await original.ask(Math.min(asked, room));
            for (const { id, params } of trials.slice(0, told)) await original.tell(id, loss(params));
            if (trials.length > told) break;
          }
          await original.saveData(dir);
          const restored = study(small);
          await restored.restoreData(dir);
          expect(await untilDone(restored)).toEqual(uninterrupted);
          expect(await untilDone(original)).toEqual(uninterrupted);
        },
      ),
      { seed: 25, numRuns: 15 },
    );
  });
});
