import { describe, expect, it } from 'vitest';
import { backendsThat, children, fixture, recordedStudy } from '../support/backends.js';

/** How a worker may die, and what is said of it. */
const ways = {
  threads: [
    ['exit', /^the worker thread exited with code 3$/],
    ['throw', /^nobody catches this$/],
  ],
  processes: [
    ['exit', /^the worker process exited with code 3$/],
    ['kill', /^the worker process was ended by SIGKILL$/],
    ['segfault', /^the worker process was ended by SIGSEGV$/],
    ['abort', /^the worker process was ended by SIGABRT$/],
    ['throw', /^the worker process exited with code 1$/],
  ],
} as const;

const cases = (['threads', 'processes'] as const).flatMap((evaluatorBackend) =>
  ways[evaluatorBackend].map(([way, message]) => ({ evaluatorBackend, way, message })),
);

describe('a worker that dies in an evaluation', () => {
  it.each(cases)(
    'by $way, of $evaluatorBackend, fails that trial alone',
    async ({ evaluatorBackend, way, message }) => {
      const { shac, recorded } = recordedStudy({ evaluatorBackend }, 2, { way });
      await shac.fit(fixture('dies'));
      expect(shac.trials[1]).toMatchObject({ state: 'FAIL', error: { message: expect.stringMatching(message) } });
      for (const { id, state, value, params } of shac.trials) {
        if (id !== 1) expect({ state, value }).toEqual({ state: 'COMPLETE', value: params.x });
      }
      // Trial 1 was the last on its worker.
      const events = recorded();
      const died = events.findIndex(({ trialId }) => trialId === 1);
      const place = ({ pid, threadId }: (typeof events)[number]) => `${pid} ${threadId}`;
      const after = events.slice(died + 1).map(place);
      expect(after).not.toContain(place(events[died] as (typeof events)[number]));
      expect(children()).toEqual([]);
    },
  );

  it.each(backendsThat('workers'))('of $name is replaced for each retry', async (backend) => {
    const { shac, recorded } = recordedStudy(backend, 1, { way: 'exit' });
    await shac.fit(await backend.objective('dies'), { retries: 2 });
    expect(shac.trials[1]).toMatchObject({
      state: 'FAIL',
      attempts: 3,
      error: { message: expect.stringContaining('code 3') },
    });
    const tries = recorded().filter(({ trialId }) => trialId === 1);
    expect(new Set(tries.map(({ pid, threadId }) => `${pid} ${threadId}`)).size).toBe(3);
  });
});

describe('a worker that dies when it is idle', () => {
  it.each(backendsThat('workers'))('of $name is replaced, and no trial fails', async (backend) => {
    const { shac, recorded } = recordedStudy(backend, 1, { totalBudget: 6, numBatches: 3 });
    const thrown = () => recorded().some(({ event }) => event === 'throws');
    // The second batch is not begun before the worker of the first is gone.
    const onEpochEnd = async (epoch: number) => {
      while (epoch === 0 && !thrown()) await new Promise((resolve) => setTimeout(resolve, 5));
      if (epoch === 0) await new Promise((resolve) => setTimeout(resolve, 300));
    };
    await shac.fit(await backend.objective('dies-later'), { callbacks: [{ onEpochEnd }] });
    expect(shac.trials.map(({ state }) => state)).toEqual(shac.trials.map(() => 'COMPLETE'));
    const places = recorded().filter(({ event }) => event === undefined);
    expect(new Set(places.map(({ pid, threadId }) => `${pid} ${threadId}`)).size).toBe(2);
  });
});

describe('a process that sends messages of its own', () => {
  it('disturbs nobody', async () => {
    const { shac } = recordedStudy({ evaluatorBackend: 'processes' }, 2);
    const heard: unknown[] = [];
    await shac.fit(fixture('sends'), { callbacks: [{ onReport: (report) => void heard.push(report) }] });
    expect(shac.trials.map(({ state }) => state)).toEqual(shac.trials.map(() => 'COMPLETE'));
    expect(heard).toEqual([]);
  });
});
