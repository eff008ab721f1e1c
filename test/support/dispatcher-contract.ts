/**
 * What every dispatcher keeps, wherever it runs objectives: by itself as `Dispatcher` says, and within whole runs. It works
 * with the objectives of test/fixtures/evaluators.
 */
import { existsSync } from 'node:fs';
import { custom, discrete, integer, type Lease, multi, SHAC, uniform } from 'shac';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createDispatcher } from '../../dist/dispatch/registry.js';
import { type Backend, children, listener, plan, type Recorded, recordedIn, recordedStudy } from './backends.js';
import { leaseOf } from './processes.js';
import { temporaryDirectory } from './studies.js';

type Params = Record<string, unknown>;

const values = [0.1 + 0.2, 5e-324, -0, Number.MAX_VALUE, 1 / 3, -(2 ** 53), 1e-7, 123456789.12345679];

interface Place extends Pick<Backend, 'evaluatorBackend' | 'can'> {
  readonly make: Backend['objective'];
}

/**
 * The contract of one kind of dispatcher.
 *
 * @param make What `fit` takes to evaluate the fixture of that name; a dispatcher of its own, `{ createDispatcher }`, too.
 * @param can What it can do beyond giving a value.
 */
export function dispatcherContract(
  name: string,
  make: Place['make'],
  { evaluatorBackend = 'inline', can }: Partial<Place> & Pick<Place, 'can'>,
): void {
  describe(name, () => {
    describe('by itself', () => byItself({ evaluatorBackend, can, make }));
    describe('in a run', () => inRun({ evaluatorBackend, can, make }));
  });
}

/** A dispatcher by itself, as a run calls it. */
function byItself({ evaluatorBackend, can, make }: Place): void {
  const run = { backend: evaluatorBackend, evaluators: 1, limitMemory: false, names: ['x', 'log', 'way'] };

  /** One that is closed with the test, and a file where its fixture records what it does. */
  async function start(name: string) {
    const log = `${temporaryDirectory()}/log`;
    const dispatcher = await createDispatcher<Params>(await make(name), run);
    let open = true;
    const close = async (now: boolean) => {
      open = false;
      await dispatcher.close(now);
    };
    onTestFinished(() => (open ? close(true) : undefined));
    const submit = async (lease: Partial<Lease<Params>> & { way?: string } = {}) => {
      await dispatcher.prepare(lease.workerId ?? 0);
      return dispatcher.submit(leaseOf({ x: 0.25, log, way: lease.way ?? 'any' }, lease));
    };
    const recorded = () => (existsSync(log) ? recordedIn(log) : []);
    return { dispatcher, close, submit, recorded };
  }

  const listeners = () => process.eventNames().map((name) => process.listenerCount(name));
  const begun = (recorded: () => unknown[], count: number) => vi.waitUntil(() => recorded().length >= count, 30_000);

  it('starts nothing before it is asked to prepare a worker', async () => {
    const before = listeners();
    await start('lanes');
    expect(children()).toEqual([]);
    expect(listeners()).toEqual(before);
  });

  it('answers each lease with one number, to the last bit', async () => {
    const { submit } = await start('echoes');
    for (const [trialId, value] of values.entries()) {
      expect(await submit({ trialId })).toMatchObject({ type: 'told', values: [value] });
    }
  });

  it('answers with a plain error for whatever is thrown, and for what is no finite number', async () => {
    const { submit } = await start('fails');
    for (let trialId = 0; trialId < 11; trialId++) {
      const answer = await submit({ trialId });
      expect(answer).toMatchObject({
        type: 'failed',
        error: { name: expect.any(String), message: expect.any(String) },
      });
      expect(structuredClone(answer)).toEqual(answer);
    }
    expect(await submit({ trialId: 11 })).toMatchObject({ type: 'told', values: [0.25] });
  });

  it('has several leases under way at once, each on the worker that it names', async () => {
    const { submit, recorded } = await start('lanes');
    const ids = [0, 1, 2];
    const answers = await Promise.all(ids.map((id) => submit({ trialId: id + 10, workerId: id, way: 'meet' })));
    expect(answers.map(({ type }) => type)).toEqual(['told', 'told', 'told']);
    const seen = recorded().flatMap(({ event, trialId, workerId }) => (event === 'begin' ? [[trialId, workerId]] : []));
    expect(seen.sort()).toEqual(ids.map((id) => [id + 10, id]));
  });

  it.runIf(can.has('reports'))('has handed all reports on, in order, when it answers', async () => {
    const { submit } = await start('reports');
    const reports: unknown[][] = [];
    await submit({ report: (value, step) => void reports.push([value, step]) });
    expect(reports).toEqual([
      [0.25, undefined],
      [1.25, undefined],
      [2.25, 10],
      [-0, undefined],
    ]);
  });

  it('does not begin a lease that is aborted already', async () => {
    const { submit, recorded } = await start('lanes');
    void submit({ trialId: 1, signal: AbortSignal.abort() }).catch(() => {});
    await submit({ trialId: 2, workerId: 1 });
    await submit({ trialId: 3 });
    expect(recorded().filter(({ trialId }) => trialId === 1)).toEqual([]);
  });

  it('ends a lease that is aborted and no other, and its worker takes the next one', async () => {
    const { submit, recorded } = await start('hangs');
    const controller = new AbortController();
    const hanging = submit({ trialId: 1, signal: controller.signal });
    await begun(recorded, 1);
    const other = await submit({ trialId: 2, workerId: 1 });
    controller.abort(new Error('enough'));
    // A function in this thread can only be told.
    if (can.has('ends')) await Promise.allSettled([hanging]);
    expect(other).toMatchObject({ type: 'told', values: [0.25] });
    expect(await submit({ trialId: 3 })).toMatchObject({ type: 'told', values: [0.25] });
  });

  it.each([true, false])('leaves nothing behind after close(%j), whatever is under way', async (now) => {
    const before = listeners();
    const { submit, recorded, close } = await start('hangs');
    await submit({ trialId: 2, workerId: 1 }); // idle from then on
    const hanging = submit({ trialId: 1 });
    await begun(recorded, 2);
    if (can.has('ends') || now) await close(now);
    else await close(true);
    if (can.has('ends')) expect(await hanging).toMatchObject({ type: 'failed' });
    expect(children()).toEqual([]);
    expect(listeners()).toEqual(before);
  });

  it('may be closed while a worker is prepared', async () => {
    const { dispatcher, close } = await start('lanes');
    const preparing = Promise.allSettled([dispatcher.prepare(0)]);
    await close(true);
    await preparing;
    expect(children()).toEqual([]);
  });

  it.runIf(can.has('hooks')).each([
    [false, 1],
    [true, 0],
  ])('with close(%j) tears %d workers down', async (now, count) => {
    const { submit, close, recorded } = await start('lanes');
    await submit();
    await close(now);
    expect(recorded().filter(({ event }) => event === 'teardown')).toHaveLength(count);
  });
}

/** The same within whole runs. */
function inRun({ evaluatorBackend, can, make }: Place): void {
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
    shac.evaluatorBackend = evaluatorBackend;
    await shac.fit(await make('echoes'));
    expect(shac.trials.map(({ value }) => value)).toEqual(values);
    const got = recordedIn(log);
    expect(got).toHaveLength(8);
    for (const { trialId, params } of got) {
      const { log: _, ...drawn } = shac.trials[trialId]?.params ?? {};
      expect(params).toEqual({ ...drawn, zero: can.has('clones') ? 'minus zero' : 0 });
    }
  });

  it('with one evaluator is strictly serial, in the order of the trials', async () => {
    const { shac, recorded } = recordedStudy({ evaluatorBackend }, 1);
    await shac.fit(await make('lanes'));
    const events = recorded().filter(({ event }) => event !== 'teardown');
    const expected = shac.trials.flatMap(({ id }) => [`begin ${id}`, `end ${id}`]);
    expect(events.map(({ event, trialId }) => `${event} ${trialId}`)).toEqual(expected);
    expect(new Set(events.map(({ workerId }) => workerId))).toEqual(new Set([0]));
  });

  it('runs at most n evaluations at once, each on a worker of its own that stays the same', async () => {
    const { shac, recorded } = recordedStudy({ evaluatorBackend }, 3, { totalBudget: 24, way: 'meet' });
    await shac.fit(await make('lanes'));
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
    if (!can.has('errors')) return; // a fixture is a process of its own, wherever its evaluator is
    const place = ({ pid, threadId }: Recorded) => `${pid} ${threadId}`;
    const places = new Set(begun.map(place)).size;
    expect(places).toBe(can.has('workers') ? new Set(begun.map(({ workerId }) => workerId)).size : 1);
  });

  it.runIf(can.has('hooks'))('calls setup once in each worker, before all, and teardown once, after all', async () => {
    const { shac, recorded } = recordedStudy({ evaluatorBackend }, 2);
    await shac.fit(await make('lanes'));
    const events = recorded();
    const workers = can.has('workers') ? [0, 1] : [0];
    for (const workerId of workers) {
      const own = events.filter((event) => workers.length === 1 || event.workerId === workerId);
      const begun = own.filter(({ event }) => event === 'begin');
      expect(begun.length).toBeGreaterThan(1);
      expect(begun.map(({ setups }) => setups)).toEqual(begun.map(() => [workerId]));
      expect(own.flatMap(({ event }, i) => (event === 'teardown' ? [i] : []))).toEqual([own.length - 1]);
      expect(own.at(-1)?.workerId).toBe(workerId);
    }
  });

  it('fails a trial for whatever is thrown, and for what is no finite number; the others have their values', async () => {
    const { shac } = recordedStudy({ evaluatorBackend }, 2, { totalBudget: 32 });
    await shac.fit(await make('fails'));
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
    if (can.has('errors')) expect(failed.map(({ error }) => error?.message)).toEqual(messages);
    else for (const [i, said] of messages.slice(0, 5).entries()) expect(failed[i]?.error?.message).toContain(said);
    for (const { state, value, attempts } of failed) {
      expect({ state, value, attempts }).toEqual({ state: 'FAIL', value: null, attempts: 1 });
    }
    for (const { state, value, params } of shac.trials.slice(messages.length)) {
      expect({ state, value }).toEqual({ state: 'COMPLETE', value: params.x });
    }
    if (!can.has('errors')) return;
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
    const { shac, recorded } = recordedStudy({ evaluatorBackend }, 2);
    await shac.fit(await make('flaky'), { retries: 3 });
    expect(shac.trials[1]).toMatchObject({ state: 'COMPLETE', attempts: 3 });
    expect(shac.trials[2]).toMatchObject({ state: 'FAIL', attempts: 4 });
    expect(shac.trials[2]?.error?.message).toContain('broken 4');
    expect(shac.trials.filter(({ attempts }) => attempts === 1)).toHaveLength(6);
    expect(recorded()).toHaveLength(6 + 3 + 4);
  });

  it("ends the run at the first failure with onFailure: 'stop'", async () => {
    const { shac } = recordedStudy({ evaluatorBackend }, 1);
    const attempt = shac.fit(await make('flaky'), { onFailure: 'stop' });
    await expect(attempt).rejects.toMatchObject({ code: 'ERR_OBJECTIVE_FAILED' });
    await expect(attempt).rejects.toThrow(/^trial 1 failed: .*broken 1/s);
    expect(shac.trials.map(({ state }) => state)).toEqual(['COMPLETE', 'FAIL', 'WAITING', 'WAITING']);
  });

  it('ends the run when all of a batch fail', async () => {
    const { shac } = recordedStudy({ evaluatorBackend }, 2);
    const attempt = shac.fit(await make('fails-always'));
    await expect(attempt).rejects.toMatchObject({ code: 'ERR_ALL_TRIALS_FAILED' });
    await expect(attempt).rejects.toThrow(/all 4 trials of batch 0 failed.*broken 0/s);
    expect(shac.trials).toHaveLength(4);
  });

  it('fails an evaluation that takes too long; the others have their values', async () => {
    const { shac } = recordedStudy({ evaluatorBackend }, 2);
    // Where each evaluation is a process of its own, its start counts.
    const timeoutMs = can.has('reports') ? 300 : 3000;
    await shac.fit(await make('hangs'), { timeoutMs });
    expect(shac.trials[1]).toMatchObject({
      state: 'FAIL',
      error: { message: `trial 1 took longer than timeoutMs = ${timeoutMs} ms` },
    });
    expect(shac.trials.filter(({ state, value, params }) => state === 'COMPLETE' && value === params.x)).toHaveLength(
      7,
    );
  });

  it.runIf(can.has('reports'))('hands reports on in order, before their trial ends', async () => {
    const { shac } = recordedStudy({ evaluatorBackend }, 2);
    const { heard, callback } = listener();
    const slow = { onReport: () => new Promise<void>((resolve) => setTimeout(resolve, 5)) };
    await shac.fit(await make('reports'), { callbacks: [slow, callback] });
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
}
