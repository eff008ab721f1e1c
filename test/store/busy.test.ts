/** Another program that holds SQLite's write lock delays what is written, and nothing else. */
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SHAC, type ShacOptions, sqlite } from 'shac';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openDatabase } from '../support/database.js';
import { findings, loss, outcome, space, study, studyOptions, temporaryDirectory } from '../support/studies.js';

/** A search in a file, and another program's connection to it. */
async function beside(options: Partial<ShacOptions> & { busyTimeoutMs?: number } = {}) {
  const { busyTimeoutMs, ...rest } = options;
  const file = join(temporaryDirectory(), 'study.db');
  const storage = sqlite(file, { ...(busyTimeoutMs !== undefined && { busyTimeoutMs }) });
  const search = new SHAC(space, studyOptions({ storage, ...rest }));
  const [first] = await search.ask(1); // makes the file
  await search.tell(0, loss(first?.params as never));
  const other = openDatabase(file);
  onTestFinished(() => {
    other.close();
    storage.close();
  });
  let locked = false;
  const lock = () => {
    other.exec('BEGIN IMMEDIATE');
    locked = true;
  };
  const unlock = () => {
    other.exec('COMMIT');
    locked = false;
  };
  const isLocked = () => locked;
  return { file, search, lock, unlock, isLocked };
}

describe('while another program holds the write lock', () => {
  it('a search goes on evaluating, holds up nothing, and tells of results once they are kept, in their order', async () => {
    const { file, search, lock, unlock, isLocked } = await beside();
    const whileLocked: number[] = [];
    const heard: number[] = [];
    let ticks = 0;
    const ticking = setInterval(() => {
      if (isLocked()) ticks++;
    }, 1);
    search.setNumParallelEvaluators(2);
    await search.fit(
      async (params, { trialId }) => {
        await sleep(1);
        if (isLocked()) whileLocked.push(trialId);
        if (trialId === 12) {
          lock();
          setTimeout(unlock, 1000); // never, if the event loop were held
        }
        return loss(params);
      },
      {
        callbacks: [
          {
            onTrialEnd: ({ id }) => {
              expect(isLocked()).toBe(false);
              heard.push(id);
            },
          },
        ],
      },
    );
    clearInterval(ticking);
    expect(whileLocked.length).toBeGreaterThan(3);
    expect(ticks).toBeGreaterThan(20);
    expect([...heard].sort((a, b) => a - b)).toEqual(Array.from({ length: 59 }, (_, i) => i + 1));
    const whole = study();
    await whole.fit(loss);
    expect(await findings(search)).toEqual(await findings(whole));
    expect(outcome(study({ storage: file }).trials)).toEqual(outcome(whole.trials));
  });

  it('asks and tells wait', async () => {
    const { file, search, lock, unlock } = await beside();
    lock();
    setTimeout(unlock, 300);
    const [trial] = await search.ask(1);
    expect(trial?.id).toBe(1);
    lock();
    setTimeout(unlock, 300);
    await search.tell(1, 5);
    expect(study({ storage: file }).trials[1]).toMatchObject({ state: 'COMPLETE', value: 5 });
  });

  it('a search gives up after busyTimeoutMs, and keeps what it has for the next one', async () => {
    const { file, search, lock, unlock } = await beside({ busyTimeoutMs: 200 });
    const calls: number[] = [];
    const objective = (params: never, { trialId }: { trialId: number }) => {
      calls.push(trialId);
      if (trialId === 4) lock();
      return loss(params);
    };
    await expect(search.fit(objective as never)).rejects.toMatchObject({
      code: 'ERR_STORAGE',
      message: expect.stringMatching(
        /another program keeps it locked; end that one\. \d+ finished trials are in memory/,
      ),
    });
    unlock();
    await search.fit(objective as never);
    expect(new Set(calls).size).toBe(calls.length); // none was evaluated twice
    const whole = study();
    await whole.fit(loss);
    expect(outcome(study({ storage: file }).trials)).toEqual(outcome(whole.trials));
  });

  it('what is left to do after that time does not wait as long again', async () => {
    const { search, lock } = await beside({ busyTimeoutMs: 2300 });
    const warned: unknown[] = [];
    const listener = (warning: Error & { code?: string }) => warned.push(warning.code);
    process.on('warning', listener);
    onTestFinished(() => void process.off('warning', listener));
    const objective = (params: never, { trialId }: { trialId: number }) => {
      if (trialId === 4) lock();
      return loss(params);
    };
    await expect(search.fit(objective as never)).rejects.toMatchObject({ code: 'ERR_STORAGE' });
    expect(warned).toEqual(['SHAC_STORAGE_BUSY']); // once for each time that it is waited for
  });

  it('a warning says so, once', async () => {
    const { search, lock, unlock } = await beside();
    lock();
    const asked = search.ask(1);
    const [warning] = await once(process, 'warning');
    expect(warning).toMatchObject({
      code: 'SHAC_STORAGE_BUSY',
      message: expect.stringMatching(/study\.db.*at most 60 s/),
    });
    unlock();
    await asked;
  });

  it('a search that is closed lets go of its study as soon as it can', async () => {
    const { file, search, lock, unlock } = await beside();
    await search.ask(1);
    lock();
    const closed = search.close();
    setTimeout(unlock, 100);
    await closed;
    expect(sqlite(file).studies()[0]?.owner).toBeUndefined();
  });
});

it.each([-1, 1.5, 2 ** 31, 'long'])('refuses busyTimeoutMs %s', (busyTimeoutMs) => {
  expect(() => sqlite('study.db', { busyTimeoutMs: busyTimeoutMs as number })).toThrow(/busyTimeoutMs/);
});
