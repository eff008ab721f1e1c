/** Failures of the addon reach users as errors of the library, with a code, a way out and the line of the call. */
import { existsSync, readFileSync } from 'node:fs';
import { ShacError, ShacRangeError, ShacTypeError } from 'shac';
import { describe, expect, it } from 'vitest';
import { addon } from '../../dist/native/addon.js';
import { trainRequest } from '../support/codes.js';
import { contradiction, loss } from '../support/studies.js';

const sampling = {
  ...{ seed: 1n, stream: 0, classifiers: 0, threads: 1, relax: false, memory: 0, maxDraws: 1e6, sweeps: 0 },
  count: 1,
};
const cascade = addon.createCascade(Uint32Array.of(10), [null]);

function promisesAnyMemory(): boolean {
  const setting = '/proc/sys/vm/overcommit_memory';
  return !existsSync(setting) || readFileSync(setting, 'utf8').trim() === '1';
}

async function failureOf(call: () => unknown): Promise<Error & { code?: string }> {
  try {
    await call();
  } catch (error) {
    return error as Error;
  }
  throw new Error('it did not fail');
}

describe('a failure of the addon', () => {
  // Where the system promises any amount of memory, it would be used.
  it.skipIf(promisesAnyMemory())('of memory says what to do', async () => {
    const wide = addon.createCascade(new Uint32Array(30_000).fill(32768), Array(30_000).fill(null));
    const population = { ...sampling, count: 2 ** 24, memory: 2 ** 40, sweeps: 1 }; // half a terabyte
    const callOfTheTest = () => addon.sample(wide, population);
    const error = await failureOf(callOfTheTest);
    expect(error).toBeInstanceOf(ShacError);
    expect(error).toMatchObject({ code: 'ERR_OUT_OF_MEMORY', message: expect.stringMatching(/samplerMemory/) });
    expect(error.stack).toMatch(/callOfTheTest/);
  });

  it('of an argument is a type error with the line of the call', async () => {
    const callOfTheTest = () => addon.sample(cascade, { ...sampling, seed: 1 as never });
    const error = await failureOf(callOfTheTest);
    expect(error).toBeInstanceOf(ShacTypeError);
    expect(error).toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
    expect(error.stack).toMatch(/^ShacTypeError: seed must be a BigInt\n {4}at callOfTheTest/);
  });

  it('in a job has the line of the call, too', async () => {
    const request = trainRequest(Uint16Array.of(1, 2, 3, 4), Uint8Array.of(0, 1));
    const callOfTheTest = () => addon.train({ ...request, labels: new Uint8Array(3) });
    const error = await failureOf(callOfTheTest);
    expect(error).toBeInstanceOf(ShacError);
    expect(error).toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
    expect(error.stack).toMatch(/\n {4}at callOfTheTest/);
  });

  it('that is none of its own is an internal one, with its cause', async () => {
    const cause = new Error('from a getter');
    const request = Object.defineProperty({ ...sampling }, 'stream', {
      get() {
        throw cause;
      },
    });
    const error = await failureOf(() => addon.sample(cascade, request));
    expect(error).toBeInstanceOf(ShacError);
    expect(error).toMatchObject({ code: 'ERR_INTERNAL', cause, message: expect.stringMatching(/getter.*report/) });
  });

  it.each(['predict', 'ask', 'fit'] as const)('has the line of the user who called %s', async (call) => {
    const shac = await contradiction();
    const callOfTheTest = async () => (call === 'fit' ? await shac.fit(loss) : await shac[call](5));
    const error = await failureOf(callOfTheTest);
    expect(error).toBeInstanceOf(ShacRangeError);
    expect(error).toMatchObject({ code: 'ERR_EMPTY_REGION' });
    expect(error.stack).toMatch(/callOfTheTest/);
  });
});
