/** Whatever an objective throws or reports is a failed trial, or data; never the end of the run. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type EvaluatorBackend, python, SHAC, type ShacOptions, sqlite, uniform } from 'shac';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../support/studies.js';

const BACKENDS: EvaluatorBackend[] = ['inline', 'threads', 'processes'];
const search = (backend: EvaluatorBackend, totalBudget: number, options: Partial<ShacOptions> = {}) => {
  const shac = new SHAC({ x: uniform(0, 1) }, { totalBudget, numBatches: 1, seed: 1, ...options });
  shac.evaluatorBackend = backend;
  shac.setNumParallelEvaluators(2);
  return shac;
};

/** Thrown by the trial with that number; the last one returns. */
const ODD = `
const circular = { name: 'loop' };
circular.self = circular;
const revoked = Proxy.revocable({}, {});
revoked.revoke();
const hostile = new Proxy({}, { get() { throw new Error('no'); }, getPrototypeOf() { throw new Error('no'); } });
const getters = Object.defineProperties(new Error('seen'), {
  stack: { get() { throw new Error('no stack'); } },
  stderr: { get() { throw new Error('no stderr'); } },
});
const unreadable = Object.defineProperty({}, 'message', { get() { throw new Error('no message'); } });
const ODD = [circular, revoked.proxy, hostile, getters, unreadable, 12n, Symbol('s'), undefined, null, () => {}];
export default (params, { trialId }) => {
  if (trialId in ODD) throw ODD[trialId];
  return 1;
};
`;
/** What each of them is told as. A worker's thread tells it in the same words. */
const TOLD = [
  /object Object/,
  /cannot be looked at/,
  /./,
  /seen/,
  /./,
  /12n/,
  /Symbol\(s\)/,
  /undefined/,
  /null/,
  /ODD|function/,
];

describe.each(BACKENDS)('what is thrown, %s', (backend) => {
  it('is a failed trial with a message, whatever it is', async () => {
    const module = join(temporaryDirectory(), 'odd.mjs');
    writeFileSync(module, ODD);
    const shac = search(backend, TOLD.length + 1);
    await shac.fit({ module });
    expect(shac.trials.map(({ state }) => state)).toEqual([...TOLD.map(() => 'FAIL'), 'COMPLETE']);
    TOLD.forEach((message, id) => {
      expect(shac.trials[id]?.error?.message).toMatch(message);
    });
  });

  it('is kept at a size that a file can bear', async () => {
    const module = join(temporaryDirectory(), 'long.mjs');
    writeFileSync(
      module,
      `export default (params, { trialId }) => {
        if (trialId > 1) return 1;
        throw trialId === 0 ? new RangeError('a'.repeat(5e6) + 'the end') : 'b'.repeat(5e6);
      };`,
    );
    const file = join(temporaryDirectory(), 'study.db');
    const shac = search(backend, 4, { storage: sqlite(file) });
    await shac.fit({ module });
    for (const id of [0, 1]) {
      const { message, stack = '' } = shac.trials[id]?.error ?? { message: '' };
      expect(message.length).toBeGreaterThan(1000);
      expect(message.length + stack.length).toBeLessThan(40_000);
      expect(message).toMatch(/characters are left out/);
    }
    expect(shac.trials[0]?.error).toMatchObject({
      name: 'RangeError',
      message: expect.stringMatching(/^aaa[\s\S]*the end$/),
    });
    expect(shac.trials[0]?.error?.stack).toMatch(/long\.mjs/);
  });

  it('is reported, NaN and infinities too', async () => {
    const module = join(temporaryDirectory(), 'reports.mjs');
    writeFileSync(
      module,
      'export default (params, { report }) => { report(NaN); report(Infinity); report(-Infinity, 7); return 1; };',
    );
    const heard: unknown[] = [];
    const shac = search(backend, 1);
    await shac.fit({ module }, { callbacks: [{ onReport: (report) => void heard.push(report) }] });
    expect(shac.trials[0]?.state).toBe('COMPLETE');
    expect(heard).toEqual([
      { trialId: 0, value: Number.NaN, step: 0 },
      { trialId: 0, value: Number.POSITIVE_INFINITY, step: 1 },
      { trialId: 0, value: Number.NEGATIVE_INFINITY, step: 7 },
    ]);
  });
});

it('what is told as an error is clipped, and may be anything', async () => {
  const shac = search('inline', 3);
  await shac.ask(3);
  const circular: Record<string, unknown> = {};
  circular.self = circular;
  await shac.tell(0, { error: circular });
  await shac.tell(1, { error: 'x'.repeat(1e6) });
  await shac.tell(2, { error: Proxy.revocable({}, {}).proxy });
  expect(shac.trials.map(({ state }) => state)).toEqual(['FAIL', 'FAIL', 'FAIL']);
  expect(shac.trials[1]?.error?.message.length).toBeLessThan(20_000);
});

it('a Python objective that reports what is not finite completes', async () => {
  const module = join(temporaryDirectory(), 'objective.py');
  writeFileSync(
    module,
    'from shac import report\n\ndef evaluate(params):\n    report(float("nan"))\n    report(float("-inf"), 3)\n    return 1.0\n',
  );
  const heard: unknown[] = [];
  const shac = search('inline', 1);
  await shac.fit(python({ module }), {
    callbacks: [{ onReport: ({ value, step }) => void heard.push([value, step]) }],
  });
  expect(shac.trials[0]?.state).toBe('COMPLETE');
  expect(heard).toEqual([
    [Number.NaN, 0],
    [Number.NEGATIVE_INFINITY, 3],
  ]);
});
