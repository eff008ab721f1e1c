import { SHAC, uniform } from 'shac';
import { describe, expect, it } from 'vitest';
import { children, fixture, plan, recordedStudy } from '../support/backends.js';
import { sleep } from '../support/studies.js';

const tooLong = (id: number, ms: number) => ({
  state: 'FAIL',
  value: null,
  error: { message: `trial ${id} took longer than timeoutMs = ${ms} ms` },
});

/** Keeps the thread. */
function compute(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
}

describe('an evaluation in this thread that took longer than its time', () => {
  const objectives = {
    'and kept the event loop': ({ x }: { x: number }, { trialId }: { trialId: number }) => {
      if (trialId === 1) compute(450);
      return x;
    },
    'and kept the event loop at its end': async ({ x }: { x: number }, { trialId }: { trialId: number }) => {
      await sleep(1);
      if (trialId === 1) compute(450);
      return x;
    },
    'and waited': async ({ x }: { x: number }, { trialId }: { trialId: number }) => {
      if (trialId === 1) await sleep(450);
      return x;
    },
  };

  it.each(Object.entries(objectives))('%s is a failed trial', async (_, objective) => {
    const shac = new SHAC({ x: uniform(0, 1) }, plan);
    shac.setNumParallelEvaluators(1);
    await shac.fit(objective, { timeoutMs: 300 });
    expect(shac.trials[1]).toMatchObject(tooLong(1, 300));
    expect(shac.trials.filter(({ state }) => state === 'COMPLETE')).toHaveLength(7);
  });

  it('does not make another one fail that was done in time', async () => {
    const shac = new SHAC({ x: uniform(0, 1) }, plan);
    shac.setNumParallelEvaluators(2);
    await shac.fit(objectives['and kept the event loop'], { timeoutMs: 300 });
    expect(shac.trials.map(({ state }) => state === 'FAIL')).toEqual(shac.trials.map(({ id }) => id === 1));
  });

  it.each([1, 2])('has ended before the next one begins on its evaluator, of %d', async (evaluators) => {
    const shac = new SHAC({ x: uniform(0, 1) }, plan);
    shac.setNumParallelEvaluators(evaluators);
    const busy = new Set<number>();
    await shac.fit(
      async ({ x }, { trialId, workerId }) => {
        expect(busy).not.toContain(workerId);
        busy.add(workerId);
        await sleep(trialId % 4 === 1 ? 600 : 1);
        busy.delete(workerId);
        return x;
      },
      { timeoutMs: 300 },
    );
    for (const trial of shac.trials.filter(({ id }) => id % 4 === 1))
      expect(trial).toMatchObject(tooLong(trial.id, 300));
    for (const { state } of shac.trials.filter(({ id }) => id % 4 !== 1)) expect(state).toBe('COMPLETE');
  });

  it('holds its evaluator for a while alone when it never ends, which is said', async () => {
    const shac = new SHAC({ x: uniform(0, 1) }, plan);
    shac.setNumParallelEvaluators(1);
    const warnings: string[] = [];
    const onWarning = ({ message }: Error) => void warnings.push(message);
    process.on('warning', onWarning);
    await shac.fit(({ x }, { trialId }) => (trialId === 1 ? new Promise<number>(() => {}) : x), { timeoutMs: 300 });
    process.off('warning', onWarning);
    expect(shac.trials.map(({ state }) => state === 'COMPLETE')).toEqual(shac.trials.map(({ id }) => id !== 1));
    expect(warnings).toEqual([expect.stringMatching(/^the objective of trial 1 goes on .* context\.signal/)]);
  });
});

describe.each(['threads', 'processes'] as const)('the signal of an objective in %s', (evaluatorBackend) => {
  const events = (study: ReturnType<typeof recordedStudy>) => study.recorded().map(({ event }) => event);

  it('is aborted at the time-out, and the objective may tidy up', async () => {
    const study = recordedStudy({ evaluatorBackend }, 1);
    await study.shac.fit(fixture('listens'), { timeoutMs: 200 });
    expect(study.shac.trials[1]).toMatchObject(tooLong(1, 200));
    expect(study.shac.trials.filter(({ state }) => state === 'COMPLETE')).toHaveLength(7);
    expect(events(study)).toEqual(['begin', 'aborted: trial 1 took longer than timeoutMs = 200 ms', 'tidy']);
    expect(children()).toEqual([]);
  });

  it('is aborted when the search is stopped', async () => {
    const study = recordedStudy({ evaluatorBackend }, 1, { way: 'all' });
    const controller = new AbortController();
    const fitting = study.shac.fit(fixture('listens'), { signal: controller.signal });
    const begun = () => {
      try {
        return study.recorded().length > 0;
      } catch {
        return false; // there is no file yet
      }
    };
    while (!begun()) await sleep(5);
    controller.abort(new Error('enough'));
    await expect(fitting).rejects.toThrow('enough');
    expect(events(study)).toEqual(['begin', 'aborted: enough', 'tidy']);
    expect(children()).toEqual([]);
  });
});
