import { describe, expect, it } from 'vitest';
import { withAbort } from '../../dist/native/abort.js';
import { addon, type TokenHandle } from '../../dist/native/addon.js';
import { endless, impossibleCascade, longTraining } from '../support/codes.js';

/** Milliseconds. What is wanted is 50; machines that test are noisy. */
const BOUND = 250;

/** How long after its signal each of some jobs was over, aborted after each of `delays`: the median. */
async function latency(job: (token: TokenHandle) => Promise<unknown>, delays: readonly number[]): Promise<number> {
  const reason = new Error('stopped by the test');
  const times: number[] = [];
  for (const delay of delays) {
    const controller = new AbortController();
    let at = Number.NaN;
    setTimeout(() => {
      at = performance.now();
      controller.abort(reason);
    }, delay);
    await expect(withAbort(controller.signal, job)).rejects.toBe(reason);
    times.push(performance.now() - at);
  }
  return times.sort((a, b) => a - b)[times.length >> 1] as number;
}

describe('an AbortSignal', () => {
  it.each([1, 2, 8])('stops sampling on %i threads', async (threads) => {
    const cascade = await impossibleCascade();
    const job = (token: TokenHandle) => addon.sample(cascade, { ...endless, threads }, token);
    expect(await latency(job, [0, 5, 20, 40, 60])).toBeLessThan(BOUND);
  });

  it('stops sampling that may be relaxed', async () => {
    const cascade = await impossibleCascade();
    const job = (token: TokenHandle) => addon.sample(cascade, { ...endless, relax: true, count: 2 ** 24 }, token);
    expect(await latency(job, [5, 20, 40])).toBeLessThan(BOUND);
  });

  it('stops training', async () => {
    const request = longTraining();
    const job = (token: TokenHandle) => addon.train(request, token);
    expect(await latency(job, [5, 50, 150, 300, 600])).toBeLessThan(BOUND);
  });

  it('stops each of many jobs at once', async () => {
    const cascade = await impossibleCascade();
    const many = (token: TokenHandle) =>
      Promise.all(Array.from({ length: 8 }, () => addon.sample(cascade, { ...endless, threads: 1 }, token)));
    expect(await latency(many, [20])).toBeLessThan(BOUND);
  });

  it('really stops the threads: the processor is idle soon after', async () => {
    const cascade = await impossibleCascade();
    const request = longTraining();
    await latency((token) => addon.sample(cascade, endless, token), [50]);
    await latency((token) => addon.train(request, token), [50]);
    await new Promise((resolve) => setTimeout(resolve, 1500)); // the rounds under way end
    const before = process.cpuUsage();
    await new Promise((resolve) => setTimeout(resolve, 500));
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(250);
  });

  it('that was aborted before starts nothing', async () => {
    let started = false;
    const job = async () => {
      started = true;
    };
    const signal = AbortSignal.abort();
    await expect(withAbort(signal, job)).rejects.toBe(signal.reason);
    expect(started).toBe(false);
  });

  it('changes nothing when it comes after the end', async () => {
    const controller = new AbortController();
    const result = await withAbort(controller.signal, async () => 5);
    controller.abort();
    expect(result).toBe(5);
  });
});

describe('a token', () => {
  it('rejects the job with ABORT_ERR, and any job that is started with it later', async () => {
    const cascade = await impossibleCascade();
    const token = addon.createToken();
    const job = addon.sample(cascade, endless, token);
    setTimeout(() => addon.cancel(token), 10);
    await expect(job).rejects.toMatchObject({ code: 'ABORT_ERR' });
    await expect(addon.sample(cascade, endless, token)).rejects.toMatchObject({ code: 'ABORT_ERR' });
    await expect(addon.train(longTraining(), token)).rejects.toMatchObject({ code: 'ABORT_ERR' });
    addon.cancel(token);
  });
});
