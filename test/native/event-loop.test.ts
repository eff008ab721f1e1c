import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { SHAC } from 'shac';
import { describe, expect, it } from 'vitest';
import { addon, type TokenHandle } from '../../dist/native/addon.js';
import { endless, impossibleCascade, longTraining } from '../support/codes.js';
import { loss, space } from '../support/studies.js';

/** Ticks of a 10 ms interval while `work` is under way: about none if the event loop is blocked. */
async function ticksDuring(work: () => Promise<unknown>): Promise<number> {
  let ticks = 0;
  const timer = setInterval(() => ticks++, 10);
  await work().catch(() => {});
  clearInterval(timer);
  return ticks;
}

/** Runs a job that takes minutes for half a second. */
function stoppedLater(start: (token: TokenHandle) => Promise<unknown>): Promise<unknown> {
  const token = addon.createToken();
  setTimeout(() => addon.cancel(token), 500);
  return start(token);
}

describe('the event loop goes on', () => {
  it('while candidates are drawn', async () => {
    const cascade = await impossibleCascade();
    const job = (token: TokenHandle) => addon.sample(cascade, { ...endless, threads: 4 }, token);
    expect(await ticksDuring(() => stoppedLater(job))).toBeGreaterThan(15);
  });

  it('while a classifier is trained', async () => {
    const request = longTraining();
    const job = (token: TokenHandle) => addon.train(request, token);
    expect(await ticksDuring(() => stoppedLater(job))).toBeGreaterThan(15);
  });

  it('with files and all else that needs a thread of libuv, however many jobs are running', async () => {
    const cascade = await impossibleCascade();
    const token = addon.createToken();
    const jobs = Array.from({ length: 8 }, () => addon.sample(cascade, { ...endless, threads: 1 }, token));
    let over = 0;
    for (const job of jobs) job.catch(() => over++);
    expect(await readFile(fileURLToPath(import.meta.url), 'utf8')).toContain('libuv');
    const { draws } = await addon.sample(cascade, { ...endless, classifiers: 1 });
    expect(draws).toBeGreaterThan(0);
    expect(over).toBe(0);
    addon.cancel(token);
    await Promise.allSettled(jobs);
  });

  it('during whole searches', async () => {
    const started = performance.now();
    const ticks = await ticksDuring(async () => {
      // As many as take a second, whatever the machine: long enough to tell.
      for (let seed = 0; performance.now() - started < 1000; seed++) {
        const shac = new SHAC(space, { totalBudget: 400, numBatches: 20, objective: 'min', seed });
        await shac.fit(loss, { skipCvChecks: true });
      }
    });
    const possible = (performance.now() - started) / 10;
    expect(ticks).toBeGreaterThan(possible / 4);
  });
});
