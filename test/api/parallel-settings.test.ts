import type { EvaluatorBackend } from 'shac';
import { describe, expect, it } from 'vitest';
import { fixture, recordedStudy } from '../support/backends.js';
import { loss, sleep, study } from '../support/studies.js';

describe('where evaluations run', () => {
  it('is chosen by a method or a property, and is inline by default', () => {
    const shac = study();
    expect(shac.evaluatorBackend).toBe('inline');
    shac.parallelEvaluators();
    expect(shac.evaluatorBackend).toBe('processes');
    shac.parallelEvaluators('threads');
    expect(shac.evaluatorBackend).toBe('threads');
    shac.concurrentEvaluators();
    expect(shac.evaluatorBackend).toBe('inline');
    shac.evaluatorBackend = 'processes';
    expect(shac.evaluatorBackend).toBe('processes');
  });

  it('may be changed between any two calls of fit', async () => {
    const { shac, recorded } = recordedStudy({ evaluatorBackend: 'inline' }, 1, { totalBudget: 12, numBatches: 3 });
    const places: [EvaluatorBackend, number][] = [
      ['processes', 2],
      ['inline', 1],
      ['threads', 3],
    ];
    for (const [backend, evaluators] of places) {
      shac.evaluatorBackend = backend;
      shac.setNumParallelEvaluators(evaluators);
      const controller = new AbortController();
      const callbacks = [{ onEpochEnd: () => controller.abort() }];
      await shac.fit(fixture('lanes'), { callbacks, signal: controller.signal }).catch(() => {});
    }
    const begun = recorded().filter(({ event }) => event === 'begin');
    expect(begun.map(({ trialId }) => trialId).sort((a, b) => a - b)).toEqual(shac.trials.map(({ id }) => id));
    for (const { trialId, pid, threadId, workerId } of begun) {
      const [backend, evaluators] = places[Math.floor(trialId / 4)] as (typeof places)[number];
      expect(workerId).toBeLessThan(evaluators);
      expect(pid !== process.pid).toBe(backend === 'processes');
      expect(threadId !== 0).toBe(backend === 'threads');
    }
  });

  it.each([
    ['evaluatorBackend', 'loky'],
    ['evaluatorBackend', undefined],
    ['limitMemory', 'yes'],
    ['limitMemory', 1],
    ['generatorBackend', 'threads'],
    ['generatorBackend', null],
  ] as const)('refuses %s = %j', (name, value) => {
    const shac = study();
    const before = shac[name];
    const set = () => Object.assign(shac, { [name]: value });
    expect(set).toThrow(expect.objectContaining({ name: 'ShacTypeError', code: 'ERR_INVALID_ARGUMENT' }));
    expect(set).toThrow(name);
    expect(shac[name]).toBe(before);
  });

  it('refuses a backend without workers for parallelEvaluators, and numbers that are none', () => {
    const shac = study();
    expect(() => shac.parallelEvaluators('inline' as 'threads')).toThrow(
      /backend must be "threads" or "processes".*"inline"/,
    );
    const { numParallelEvaluators, numParallelGenerators } = shac;
    for (const n of [0, -1, 1.5, 257, Number.NaN]) {
      const error = expect.objectContaining({ name: 'ShacRangeError', code: 'ERR_INVALID_ARGUMENT' });
      expect(() => shac.setNumParallelEvaluators(n), String(n)).toThrow(error);
      expect(() => shac.setNumParallelGenerators(n), String(n)).toThrow(error);
    }
    expect(() => shac.setNumParallelEvaluators('2' as never)).toThrow(
      expect.objectContaining({ name: 'ShacTypeError' }),
    );
    expect([shac.numParallelEvaluators, shac.numParallelGenerators]).toEqual([
      numParallelEvaluators,
      numParallelGenerators,
    ]);
  });
});

describe('generators', () => {
  it('are one when concurrent, else as many as were set', async () => {
    const shac = study({ totalBudget: 12, numBatches: 2 });
    expect(shac.generatorBackend).toBe('parallel');
    shac.setNumParallelGenerators(5);
    shac.concurrentGenerators();
    expect([shac.generatorBackend, shac.numParallelGenerators]).toEqual(['concurrent', 1]);
    const heard: number[] = [];
    const callbacks = [
      { onEpochBegin: (_: number, logs: { generatorThreads: number }) => void heard.push(logs.generatorThreads) },
    ];
    await shac.fit(loss, { callbacks });
    expect(heard).toEqual([1, 1]);
    shac.parallelGenerators();
    expect([shac.generatorBackend, shac.numParallelGenerators]).toEqual(['parallel', 5]);
    shac.generatorBackend = 'concurrent';
    expect(shac.numParallelGenerators).toBe(1);
    shac.setNumParallelGenerators(3);
    expect([shac.generatorBackend, shac.numParallelGenerators]).toEqual(['parallel', 3]);
  });
});

describe('limitMemory', () => {
  it.each(['threads', 'processes'] as const)('takes a new worker of %s for each evaluation', async (backend) => {
    const { shac, recorded } = recordedStudy({ evaluatorBackend: backend }, 2);
    shac.limitMemory = true;
    await shac.fit(fixture('lanes'));
    const begun = recorded().filter(({ event }) => event === 'begin');
    expect(new Set(begun.map(({ pid, threadId }) => `${pid} ${threadId}`)).size).toBe(8);
    for (const { setups, workerId } of begun) expect(setups).toEqual([workerId]);
    // The next one on a slot is not set up before the last one is torn down.
    for (const slot of [0, 1]) {
      const events = recorded().filter(({ workerId }) => workerId === slot);
      expect(events.map(({ event }) => event)).toEqual(events.map((_, i) => ['begin', 'end', 'teardown'][i % 3]));
    }
  });

  it('collects garbage after each evaluation in this thread', async () => {
    const shac = study({ totalBudget: 8, numBatches: 2 });
    shac.setNumParallelEvaluators(1);
    shac.limitMemory = true;
    const held: WeakRef<object>[] = [];
    const alive: number[] = [];
    await shac.fit(async (params) => {
      alive.push(held.filter((ref) => ref.deref() !== undefined).length);
      held.push(new WeakRef(new Array(1000).fill(params.x)));
      await sleep(0);
      return loss(params);
    });
    expect(alive).toEqual(Array.from({ length: 8 }, () => 0));
  });
});
