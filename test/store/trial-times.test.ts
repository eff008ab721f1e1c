import { SHAC, uniform } from 'shac';
import { expect, it } from 'vitest';
import { openDatabase } from '../support/database.js';
import { sleep, temporaryDirectory } from '../support/studies.js';

const plan = { totalBudget: 4, numBatches: 2, objective: 'min', seed: 1 } as const;

it('a trial has the times of its start and its end, also in another process', async () => {
  const storage = `${temporaryDirectory()}/study.db`;
  const shac = new SHAC({ x: uniform(0, 1) }, { ...plan, storage });
  shac.setNumParallelEvaluators(1);
  const before = Date.now();
  let tries = 0;
  await shac.fit(
    async ({ x }) => {
      await sleep(30);
      if (tries++ === 0) throw new Error('once');
      return x;
    },
    { retries: 1 },
  );
  const after = Date.now();
  const times = shac.trials.map(({ startedAt, endedAt }) => ({ startedAt, endedAt }));
  const inOrder = times.flatMap(({ startedAt, endedAt }) => [startedAt as number, endedAt as number]);
  expect([before, ...inOrder, after]).toEqual([before, ...inOrder, after].sort((a, b) => a - b));
  expect(inOrder[1] as number).toBeGreaterThanOrEqual((inOrder[0] as number) + 58); // with its second try
  shac.close();

  const again = new SHAC({ x: uniform(0, 1) }, { ...plan, storage });
  expect(again.trials.map(({ startedAt, endedAt }) => ({ startedAt, endedAt }))).toEqual(times);
  again.close();

  const database = openDatabase(storage, { readonly: true });
  const stored = database.prepare('SELECT datetime_start, datetime_complete FROM trials ORDER BY number').all();
  const asOptuna = (time = 0) => new Date(time).toISOString().replace('T', ' ').replace('Z', '000');
  expect(stored).toEqual(
    times.map(({ startedAt, endedAt }) => ({
      datetime_start: asOptuna(startedAt),
      datetime_complete: asOptuna(endedAt),
    })),
  );
  database.close();
});

it('a trial has its times when it is finished, be it told or evaluated', async () => {
  const shac = new SHAC({ x: uniform(0, 1) }, plan);
  const [first] = await shac.ask(2);
  for (const time of ['startedAt', 'endedAt']) expect(shac.trials[0]).not.toHaveProperty(time);
  await shac.tell(first?.id as number, 0.5);
  const { startedAt = 0, endedAt = 0 } = shac.trials[0] ?? {};
  expect(endedAt).toBeGreaterThanOrEqual(startedAt);
  await shac.fit(() => Promise.reject(new Error('stop')), { onFailure: 'stop' }).catch(() => {});
  const waiting = shac.trials.filter(({ state }) => state === 'WAITING');
  for (const trial of waiting) expect(trial).not.toHaveProperty('startedAt');
});

it('the times are kept in a directory', async () => {
  const dir = temporaryDirectory();
  const shac = new SHAC({ x: uniform(0, 1) }, plan);
  await shac.fit(({ x }) => x);
  await shac.saveData(dir);
  const again = new SHAC({ x: uniform(0, 1) }, plan);
  await again.restoreData(dir);
  expect(again.trials).toEqual(shac.trials);
});
