/** What a run does with a dispatcher of the user's own: when it calls it, and what it makes of the answers. */
import { type Dispatcher, type DispatchRun, defineStudy, type Lease, SHAC, uniform } from 'shac';
import { describe, expect, it } from 'vitest';
import { plan } from '../support/backends.js';

const space = { x: uniform(0, 1), y: uniform(0, 1) };
type Params = { x: number; y: number };

const search = () => {
  const shac = new SHAC(space, plan);
  shac.setNumParallelEvaluators(1);
  return shac;
};

/** A dispatcher that answers as it is told, with all that is asked of it. */
function recording(submit: (lease: Lease<Params>) => unknown) {
  const calls: string[] = [];
  const runs: DispatchRun[] = [];
  const dispatcher = {
    async prepare(workerId: number) {
      calls.push(`prepare ${workerId}`);
    },
    async submit(lease: Lease<Params>) {
      calls.push(`submit ${lease.trialId}, attempt ${lease.attempt}`);
      return submit(lease);
    },
    async close(now: boolean) {
      calls.push(`close ${now}`);
    },
  } as Dispatcher<Params>;
  const createDispatcher = (run: DispatchRun) => {
    runs.push(run);
    return dispatcher;
  };
  return { calls, runs, source: { createDispatcher } };
}

const told = ({ params }: Lease<Params>) => ({ type: 'told', values: [params.x] });

describe('a run', () => {
  it('asks for a dispatcher once, prepares each lease, and closes it', async () => {
    const { calls, runs, source } = recording(told);
    const shac = search();
    await shac.fit(source);
    expect(shac.trials.map(({ value }) => value)).toEqual(shac.trials.map(({ params }) => params.x));
    const leases = shac.trials.flatMap(({ id }) => ['prepare 0', `submit ${id}, attempt 1`]);
    expect(calls).toEqual(['prepare 0', ...leases, 'close false']);
    expect(runs).toEqual([
      { backend: 'inline', evaluators: 1, limitMemory: false, names: ['x', 'y'], managed: undefined },
    ]);
  });

  it('keeps the params of its trials from being altered', async () => {
    const { source } = recording((lease) => {
      expect(() => Object.assign(lease.params, { x: 7 })).toThrow(TypeError);
      return told(lease);
    });
    const shac = search();
    await shac.fit(source);
    expect(shac.trials.every(({ state, params }) => state === 'COMPLETE' && params.x < 1)).toBe(true);
  });

  it('gives each attempt of a trial a number and a deadline of its own', async () => {
    const leases: Lease<Params>[] = [];
    const { source } = recording((lease) => {
      leases.push(lease);
      return lease.trialId === 1 && lease.attempt < 3 ? { type: 'failed', error: new Error('again') } : told(lease);
    });
    const shac = search();
    const begun = Date.now();
    await shac.fit(source, { retries: 3, timeoutMs: 60_000 });
    expect(leases.filter(({ trialId }) => trialId === 1).map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(shac.trials[1]).toMatchObject({ state: 'COMPLETE', attempts: 3 });
    for (const { deadline } of leases) {
      expect(deadline).toBeGreaterThanOrEqual(begun + 60_000);
      expect(deadline).toBeLessThanOrEqual(Date.now() + 60_000);
    }
    await search().fit(recording((lease) => told(leases[leases.push(lease) - 1] as Lease<Params>)).source);
    expect(leases.at(-1)?.deadline).toBeUndefined();
  });

  it('goes on without an answer once a lease is over its time, and hears no report of it any more', async () => {
    let late: Lease<Params> | undefined;
    const { source } = recording((lease) => {
      late?.report(1);
      if (lease.trialId !== 1) return told(lease);
      late = lease;
      return new Promise(() => {});
    });
    const heard: unknown[] = [];
    const shac = search();
    await shac.fit(source, { timeoutMs: 50, callbacks: [{ onReport: (report) => void heard.push(report) }] });
    expect(shac.trials[1]?.error?.message).toBe('trial 1 took longer than timeoutMs = 50 ms');
    expect(late?.signal.aborted).toBe(true);
    expect(shac.trials.filter(({ state }) => state === 'COMPLETE')).toHaveLength(7);
    expect(heard).toEqual([]);
  });

  it('rejects with what the first prepare rejects with, before any trial, and closes it at once', async () => {
    const { calls, source } = recording(told);
    const broken = {
      ...source.createDispatcher({} as DispatchRun),
      prepare: () => Promise.reject(new Error('no host')),
    };
    const shac = search();
    await expect(shac.fit({ createDispatcher: () => broken })).rejects.toThrow('no host');
    expect(shac.trials).toEqual([]);
    expect(calls).toEqual(['close true']);
  });
});

describe('an answer', () => {
  const shape =
    "a dispatcher must answer { type: 'told', values: [a finite number] } or { type: 'failed', error }, trial 1 got";

  it.each<[string, unknown, string]>([
    ['of NaN', { type: 'told', values: [Number.NaN] }, `${shape} values [null]`],
    ['of a string', { type: 'told', values: ['0.5'] }, `${shape} values ["0.5"]`],
    ['of no value', { type: 'told', values: [] }, `${shape} values []`],
    ['of two', { type: 'told', values: [1, 2] }, `${shape} values [1,2]`],
    ['of a bare number', 0.5, `${shape} 0.5`],
    ['of nothing', undefined, `${shape} undefined`],
    ['of another kind', { type: 'pruned' }, `${shape} {"type":"pruned"}`],
    ['without its error', { type: 'failed' }, `${shape} {"type":"failed"}`],
    ['whose error is a text', { type: 'failed', error: 'out of disk' }, 'out of disk'],
  ])('%s fails its trial alone', async (_, answer, message) => {
    const shac = search();
    await shac.fit(recording((lease) => (lease.trialId === 1 ? answer : told(lease))).source);
    expect(shac.trials[1]).toMatchObject({ state: 'FAIL', value: null, error: { message } });
    expect(shac.trials.filter(({ state }) => state === 'COMPLETE')).toHaveLength(7);
  });

  it('that is a throw fails its trial, with its class', async () => {
    const shac = search();
    const { source } = recording(told);
    const dispatcher = source.createDispatcher({} as DispatchRun);
    const submit: Dispatcher<Params>['submit'] = (lease) => {
      if (lease.trialId === 1) throw new RangeError('at once');
      return dispatcher.submit(lease);
    };
    await shac.fit({ createDispatcher: () => ({ ...dispatcher, submit }) });
    expect(shac.trials[1]).toMatchObject({ state: 'FAIL', error: { name: 'RangeError', message: 'at once' } });
  });

  it('that is no promise is taken all the same', async () => {
    const shac = search();
    const dispatcher = { prepare: () => undefined, submit: told, close: () => {} } as unknown as Dispatcher<Params>;
    await shac.fit({ createDispatcher: () => dispatcher });
    expect(shac.trials.map(({ state }) => state)).toEqual(shac.trials.map(() => 'COMPLETE'));
  });

  it('has what it brings kept, as far as trials have it', async () => {
    const beside = { stderr: 'said', memory: { peakBytes: 5, peakDeviceBytes: 'much', other: 1 } };
    const shac = search();
    await shac.fit(recording((lease) => ({ ...told(lease), ...beside, color: 'red' })).source);
    expect(shac.trials[0]).toMatchObject({ stderr: 'said', memory: { peakBytes: 5 } });
    expect(shac.trials[0]?.memory).toEqual({ peakBytes: 5 });
    const other = search();
    await other.fit(recording((lease) => ({ ...told(lease), stderr: 5, memory: 'much' })).source);
    expect(other.trials[0]).not.toHaveProperty('stderr');
    expect(other.trials[0]).not.toHaveProperty('memory');
  });
});

describe('what makes no dispatcher', () => {
  it('is refused before any trial, with what is missing', async () => {
    const shac = search();
    const createDispatcher = () => ({ submit: told }) as unknown as Dispatcher<Params>;
    const fit = shac.fit({ createDispatcher });
    await expect(fit).rejects.toMatchObject({ code: 'ERR_INVALID_OBJECTIVE' });
    await expect(fit).rejects.toThrow(/createDispatcher\(\) must return an object .*has no prepare, no close$/);
    expect(shac.trials).toEqual([]);
  });
});

it('a study may have one', async () => {
  const { source } = recording(told);
  const study = defineStudy({ space, totalBudget: 8, numBatches: 2, evaluate: source });
  const shac = new SHAC(study.space, study.options);
  await shac.fit(study.evaluate);
  expect(shac.trials).toHaveLength(8);
});
