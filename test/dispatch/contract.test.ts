import { custom, discrete, integer, multi, SHAC, uniform } from 'shac';
import { describe, expect, it } from 'vitest';
import { backends, listener, plan, type Recorded, recordedIn, recordedStudy } from '../support/backends.js';
import { temporaryDirectory } from '../support/studies.js';

const values = [0.1 + 0.2, 5e-324, -0, Number.MAX_VALUE, 1 / 3, -(2 ** 53), 1e-7, 123456789.12345679];

describe.each(backends)('$name', (backend) => {
  it('passes params and values on exactly', async () => {
    const log = `${temporaryDirectory()}/log`;
    const space = {
      real: uniform(-1, 1),
      tiny: uniform(1e-300, 1e-290, { log: true }),
      whole: integer(-(2 ** 40), 2 ** 40),
      flag: discrete([true, false]),
      none: discrete([null]),
      text: discrete(['naïve – "π" \\ 𝄞\n\u0000', '']),
      zero: custom({ decode: () => -0, encode: () => 0.5 }),
      many: multi(uniform(-1e9, 1e9), 3),
      log: discrete([log]),
    };
    const shac = new SHAC(space, plan);
    shac.evaluatorBackend = backend.evaluatorBackend;
    await shac.fit(await backend.objective('echoes'));
    expect(shac.trials.map(({ value }) => value)).toEqual(values);
    const got = recordedIn(log);
    expect(got).toHaveLength(8);
    for (const { trialId, params } of got) {
      const { log: _, ...drawn } = shac.trials[trialId]?.params ?? {};
      expect(params).toEqual({ ...drawn, zero: backend.can.has('clones') ? 'minus zero' : 0 });
    }
  });

  it('with one evaluator is strictly serial, in the order of the trials', async () => {
    const { shac, recorded } = recordedStudy(backend, 1);
    await shac.fit(await backend.objective('lanes'));
    const events = recorded().filter(({ event }) => event !== 'teardown');
    const expected = shac.trials.flatMap(({ id }) => [`begin ${id}`, `end ${id}`]);
    expect(events.map(({ event, trialId }) => `${event} ${trialId}`)).toEqual(expected);
    expect(new Set(events.map(({ workerId }) => workerId))).toEqual(new Set([0]));
  });

  it('runs at most n evaluations at once, each on a worker of its own that stays the same', async () => {
    const { shac, recorded } = recordedStudy(backend, 3, { totalBudget: 24, way: 'meet' });
    await shac.fit(await backend.objective('lanes'));
    const events = recorded();
    const busy = new Map<number, number>();
    let most = 0;
    for (const { event, trialId, workerId } of events) {
      expect([0, 1, 2]).toContain(workerId);
      if (event === 'begin') {
        expect(busy.has(workerId)).toBe(false);
        busy.set(workerId, trialId);
        most = Math.max(most, busy.size);
      } else if (event === 'end') {
        expect(busy.get(workerId)).toBe(trialId);
        busy.delete(workerId);
      }
    }
    expect(most).toBeGreaterThan(1);
    const begun = events.filter(({ event }) => event === 'begin');
    expect(begun.map(({ trialId }) => trialId).sort((a, b) => a - b)).toEqual(shac.trials.map(({ id }) => id));
    for (const { trialId, workerId } of begun) expect(shac.trials[trialId]?.workerId).toBe(workerId);
    if (!backend.can.has('errors')) return; // a fixture is a process of its own, wherever its evaluator is
    const place = ({ pid, threadId }: Recorded) => `${pid} ${threadId}`;
    const places = new Set(begun.map(place)).size;
    expect(places).toBe(backend.can.has('workers') ? new Set(begun.map(({ workerId }) => workerId)).size : 1);
  });

  it.runIf(backend.can.has('hooks'))(
    'calls setup once in each worker, before all, and teardown once, after all',
    async () => {
      const { shac, recorded } = recordedStudy(backend, 2);
      await shac.fit(await backend.objective('lanes'));
      const events = recorded();
      const workers = backend.can.has('workers') ? [0, 1] : [0];
      for (const workerId of workers) {
        const own = events.filter((event) => workers.length === 1 || event.workerId === workerId);
        const begun = own.filter(({ event }) => event === 'begin');
        expect(begun.length).toBeGreaterThan(1);
        expect(begun.map(({ setups }) => setups)).toEqual(begun.map(() => [workerId]));
        expect(own.flatMap(({ event }, i) => (event === 'teardown' ? [i] : []))).toEqual([own.length - 1]);
        expect(own.at(-1)?.workerId).toBe(workerId);
      }
    },
  );

  it('fails a trial for whatever is thrown, and for what is no finite number; the others have their values', async () => {
    const { shac } = recordedStudy(backend, 2, { totalBudget: 32 });
    await shac.fit(await backend.objective('fails'));
    const messages = [
      'the loss is infinite: ∞',
      'rejected',
      'a string',
      'undefined',
      'not an Error',
      ...['NaN', 'Infinity', '-Infinity', '"0.5"', 'undefined', 'a function'].map(
        (got, i) => `the objective must return a finite number, trial ${i + 5} gave ${got}`,
      ),
    ];
    const failed = shac.trials.slice(0, messages.length);
    if (backend.can.has('errors')) expect(failed.map(({ error }) => error?.message)).toEqual(messages);
    else for (const [i, said] of messages.slice(0, 5).entries()) expect(failed[i]?.error?.message).toContain(said);
    for (const { state, value, attempts } of failed) {
      expect({ state, value, attempts }).toEqual({ state: 'FAIL', value: null, attempts: 1 });
    }
    for (const { state, value, params } of shac.trials.slice(messages.length)) {
      expect({ state, value }).toEqual({ state: 'COMPLETE', value: params.x });
    }
    if (!backend.can.has('errors')) return;
    expect(failed.slice(0, 5).map(({ error }) => error?.name)).toEqual([
      'DivergedError',
      'TypeError',
      'Error',
      'Error',
      'Odd',
    ]);
    for (const { error } of failed.slice(0, 2)) expect(error?.stack).toContain('fails.mjs');
  });

  it('tries a failed evaluation again, as often as retries says', async () => {
    const { shac, recorded } = recordedStudy(backend, 2);
    await shac.fit(await backend.objective('flaky'), { retries: 3 });
    expect(shac.trials[1]).toMatchObject({ state: 'COMPLETE', attempts: 3 });
    expect(shac.trials[2]).toMatchObject({ state: 'FAIL', attempts: 4 });
    expect(shac.trials[2]?.error?.message).toContain('broken 4');
    expect(shac.trials.filter(({ attempts }) => attempts === 1)).toHaveLength(6);
    expect(recorded()).toHaveLength(6 + 3 + 4);
  });

  it("ends the run at the first failure with onFailure: 'stop'", async () => {
    const { shac } = recordedStudy(backend, 1);
    const attempt = shac.fit(await backend.objective('flaky'), { onFailure: 'stop' });
    await expect(attempt).rejects.toMatchObject({ code: 'ERR_OBJECTIVE_FAILED' });
    await expect(attempt).rejects.toThrow(/^trial 1 failed: .*broken 1/s);
    expect(shac.trials.map(({ state }) => state)).toEqual(['COMPLETE', 'FAIL', 'WAITING', 'WAITING']);
  });

  it('ends the run when all of a batch fail', async () => {
    const { shac } = recordedStudy(backend, 2);
    const attempt = shac.fit(await backend.objective('fails-always'));
    await expect(attempt).rejects.toMatchObject({ code: 'ERR_ALL_TRIALS_FAILED' });
    await expect(attempt).rejects.toThrow(/all 4 trials of batch 0 failed.*broken 0/s);
    expect(shac.trials).toHaveLength(4);
  });

  it('fails an evaluation that takes too long; the others have their values', async () => {
    const { shac } = recordedStudy(backend, 2);
    // Where each evaluation is a process of its own, its start counts.
    const timeoutMs = backend.can.has('reports') ? 300 : 3000;
    await shac.fit(await backend.objective('hangs'), { timeoutMs });
    expect(shac.trials[1]).toMatchObject({
      state: 'FAIL',
      error: { message: `trial 1 took longer than timeoutMs = ${timeoutMs} ms` },
    });
    expect(shac.trials.filter(({ state, value, params }) => state === 'COMPLETE' && value === params.x)).toHaveLength(
      7,
    );
  });

  it.runIf(backend.can.has('reports'))('hands reports on in order, before their trial ends', async () => {
    const { shac } = recordedStudy(backend, 2);
    const { heard, callback } = listener();
    const slow = { onReport: () => new Promise<void>((resolve) => setTimeout(resolve, 5)) };
    await shac.fit(await backend.objective('reports'), { callbacks: [slow, callback] });
    expect(shac.trials.map(({ state }) => state === 'FAIL')).toEqual(shac.trials.map(({ id }) => id === 3));
    expect(shac.trials[3]?.error?.message).toMatch(/report takes a value and a step.*low/);
    for (const { id, params } of shac.trials) {
      const x = params.x;
      const own = heard.filter(([event, detail]) => (event === 'end' ? detail : (detail as Recorded).trialId) === id);
      const reports = [x, x + 1, x + 2, -0].map((value, i) => [
        'report',
        { trialId: id, value, step: [0, 1, 10, 11][i] },
      ]);
      expect(own).toEqual([...(id === 3 ? [] : reports), ['end', id]]);
    }
  });
});
