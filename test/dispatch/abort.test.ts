import { describe, expect, it } from 'vitest';
import { type Backend, backends, backendsThat, children, fixture, recordedStudy } from '../support/backends.js';
import { runChild } from '../support/child.js';
import { outcome, temporaryDirectory } from '../support/studies.js';

const reason = new Error('stopped by the test');
/** What an aborted run may take to settle, on a busy machine; the objectives here never end by themselves. */
const SOON = 1000;

type Study = ReturnType<typeof recordedStudy>;

/** Fits until `stop` says so, then aborts: how long it took to be rejected. */
async function aborted(study: Study, objective: Parameters<Study['shac']['fit']>[0], stop: () => boolean) {
  const controller = new AbortController();
  let at = Number.NaN;
  const timer = setInterval(() => {
    if (!stop()) return;
    clearInterval(timer);
    at = performance.now();
    controller.abort(reason);
  }, 5);
  await expect(study.shac.fit(objective, { signal: controller.signal })).rejects.toBe(reason);
  return performance.now() - at;
}

const begun =
  ({ recorded }: Study, count: number) =>
  () => {
    try {
      return recorded().length >= count;
    } catch {
      return false; // there is no file yet
    }
  };

/** What the whole run finds when nothing stops it. */
async function uninterrupted(backend: Backend) {
  const { shac } = recordedStudy(backend, 2);
  await shac.fit(await backend.objective('lanes'));
  return outcome(shac.trials).map(({ params: { log: _, ...params }, ...rest }) => ({ ...rest, params }));
}

describe.each(backends)('an abort: $name', (backend) => {
  it('ends a hanging run soon, keeps what is finished, and the run can go on', async () => {
    const study = recordedStudy(backend, 2);
    const { shac } = study;
    const hanging = await backend.objective('hangs');
    const took = await aborted(
      study,
      hanging,
      () => shac.trials.filter(({ state }) => state === 'COMPLETE').length === 3,
    );
    expect(took).toBeLessThan(SOON);
    expect(shac.trials.map(({ state }) => state)).toEqual(['COMPLETE', 'WAITING', 'COMPLETE', 'COMPLETE']);
    const kept = shac.trials.map(({ value }) => value);
    await shac.fit(await backend.objective('lanes'));
    expect(shac.trials.slice(0, 4).map(({ value }) => value)).toEqual(
      kept.map((value, i) => value ?? shac.trials[i]?.value),
    );
    const found = outcome(shac.trials).map(({ params: { log: _, ...params }, ...rest }) => ({ ...rest, params }));
    expect(found).toEqual(await uninterrupted(backend));
  });

  it.runIf(backend.can.has('workers'))('ends endless loops, and leaves no process', async () => {
    const study = recordedStudy(backend, 2, { way: 'all' });
    expect(await aborted(study, await backend.objective('loops'), begun(study, 2))).toBeLessThan(SOON);
    expect(study.shac.trials.every(({ state }) => state === 'WAITING')).toBe(true);
    expect(children()).toEqual([]);
  });

  it.runIf(backend.can.has('workers'))('is told from a time-out, which ends an endless loop as well', async () => {
    const { shac, recorded } = recordedStudy(backend, 2);
    await shac.fit(await backend.objective('loops'), { timeoutMs: 300 });
    expect(shac.trials[1]).toMatchObject({ state: 'FAIL', error: { message: expect.stringContaining('300 ms') } });
    expect(shac.trials.filter(({ state }) => state === 'COMPLETE')).toHaveLength(7);
    expect(recorded()).toHaveLength(8);
  });

  it.runIf(backend.can.has('hooks'))('does not wait for a setup', async () => {
    const study = recordedStudy(backend, 2);
    const start = performance.now();
    const later = () => performance.now() - start > 100;
    expect(await aborted(study, await backend.objective('hangs-in-setup'), later)).toBeLessThan(SOON);
    expect(study.shac.trials).toEqual([]);
    expect(children()).toEqual([]);
  });
});

describe.each(backendsThat('workers', 'hooks'))('the teardown: $name', (backend) => {
  it('does not hold up an abort', async () => {
    // With limitMemory the worker of trial 0 is torn down while the others go on.
    const study = recordedStudy(backend, 2);
    study.shac.limitMemory = true;
    const first = () => study.shac.trials[0]?.state === 'COMPLETE';
    expect(await aborted(study, await backend.objective('hangs-in-teardown'), first)).toBeLessThan(SOON);
    expect(children()).toEqual([]);
  });
});

describe.each(backendsThat('hooks'))('the teardown: $name', (backend) => {
  it('may throw without losing the run', async () => {
    const { shac } = recordedStudy(backend, 2);
    await shac.fit(await backend.objective('throws-in-teardown'));
    expect(shac.trials.filter(({ state }) => state === 'COMPLETE')).toHaveLength(8);
  });
});

describe('a thread in native code, which cannot be killed', () => {
  it('does not hold up an abort', async () => {
    const study = recordedStudy({ evaluatorBackend: 'threads' }, 1);
    expect(await aborted(study, fixture('waits-for-a-process'), begun(study, 1))).toBeLessThan(SOON);
  });
});

describe('a program ends by itself', () => {
  it.each(['inline', 'threads', 'processes'].flatMap((backend) => ['fit', 'abort'].map((end) => ({ backend, end }))))(
    'after $end with $backend',
    async ({ backend, end }) => {
      const child = await runChild('fit-and-exit.mjs', [backend, end, `${temporaryDirectory()}/log`]);
      expect(child).toEqual({ code: 0, signal: null, stdout: end === 'fit' ? '\n' : 'enough\n\n', stderr: '' });
    },
  );
});
