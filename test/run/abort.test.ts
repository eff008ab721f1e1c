import { describe, expect, it } from 'vitest';
import { loss, type Params, sleep, study } from '../support/studies.js';

const hang = () => new Promise<number>(() => {});
/** What an aborted run may take to settle; the waits here are for promises that never settle on their own. */
const SOON = 200;

async function abortedAfter(start: (signal: AbortSignal) => Promise<unknown>, delay: number) {
  const reason = new Error('stopped by the test');
  const controller = new AbortController();
  let at = Number.NaN;
  setTimeout(() => {
    at = performance.now();
    controller.abort(reason);
  }, delay);
  await expect(start(controller.signal)).rejects.toBe(reason);
  return performance.now() - at;
}

describe('an aborted run', () => {
  it('rejects soon with the reason, even if the objective hangs', async () => {
    const shac = study();
    shac.setNumParallelEvaluators(4);
    const controller = new AbortController();
    let at = Number.NaN;
    const objective = () => {
      at = performance.now();
      controller.abort(new Error('stopped by the test'));
      return hang();
    };
    await expect(shac.fit(objective, { signal: controller.signal })).rejects.toThrow('stopped by the test');
    expect(performance.now() - at).toBeLessThan(SOON);
    expect(shac.trials.map(({ state }) => state)).toEqual(Array.from({ length: 10 }, () => 'WAITING'));
  });

  it('rejects soon whatever the retries and the time-out are', async () => {
    const shac = study();
    const options = { retries: 1000, timeoutMs: 100_000 };
    expect(await abortedAfter((signal) => shac.fit(hang, { signal, ...options }), 20)).toBeLessThan(SOON);
  });

  it('tells the objectives that are running through their own signal', async () => {
    const shac = study();
    shac.setNumParallelEvaluators(3);
    const reasons: unknown[] = [];
    const objective = (_: Params, { signal }: { signal: AbortSignal }) => {
      signal.addEventListener('abort', () => reasons.push(signal.reason));
      return hang();
    };
    await abortedAfter((signal) => shac.fit(objective, { signal }), 10);
    await sleep(0);
    expect(reasons).toHaveLength(3);
    expect(new Set(reasons.map((reason) => (reason as Error).message))).toEqual(new Set(['stopped by the test']));
  });

  it('begins no further evaluation, and ignores results that come late', async () => {
    const shac = study();
    shac.setNumParallelEvaluators(2);
    let begun = 0;
    const objective = async (params: Params) => {
      begun++;
      await sleep(40);
      return loss(params);
    };
    await abortedAfter((signal) => shac.fit(objective, { signal }), 10);
    const before = begun;
    expect(before).toBe(2);
    await sleep(80);
    expect(begun).toBe(before);
    expect(shac.trials.every(({ state }) => state === 'WAITING')).toBe(true);
  });

  it('does not begin at all when the signal is aborted already', async () => {
    const shac = study();
    const signal = AbortSignal.abort();
    const called: string[] = [];
    const callbacks = [{ onTrainBegin: () => void called.push('begin') }];
    const objective = (params: Params) => {
      called.push('objective');
      return loss(params);
    };
    await expect(shac.fit(objective, { signal, callbacks })).rejects.toBe(signal.reason);
    const rows = [{ params: { x: 0, y: 1, layers: 1, act: null }, value: 1 }];
    await expect(shac.fitDataset(rows, { signal, callbacks })).rejects.toBe(signal.reason);
    expect(called).toEqual([]);
    expect(shac.trials).toEqual([]);
    await shac.fit(loss);
  });

  it('lets go of the study: it can be asked and told at once', async () => {
    const shac = study();
    await abortedAfter((signal) => shac.fit(hang, { signal }), 10);
    const [first] = await shac.ask();
    expect(first).toMatchObject({ id: 0, state: 'RUNNING' });
    await shac.tell(0, 1);
  });

  it('works with a signal that times out', async () => {
    const attempt = study().fit(hang, { signal: AbortSignal.timeout(20) });
    await expect(attempt).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  it('stops between the stages of a data set', async () => {
    const shac = study();
    const controller = new AbortController();
    const rows = Array.from({ length: 60 }, (_, i) => ({
      params: { x: i / 10, y: 1, layers: 1, act: null },
      value: i,
    }));
    const onEpochEnd = (epoch: number) => {
      if (epoch === 2) controller.abort();
    };
    const attempt = shac.fitDataset(rows, { signal: controller.signal, callbacks: [{ onEpochEnd }] });
    await expect(attempt).rejects.toMatchObject({ name: 'AbortError' });
    expect(shac.trials).toHaveLength(30);
    await shac.fit(loss);
    expect(shac.trials).toHaveLength(60);
  });
});
