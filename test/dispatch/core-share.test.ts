/** Evaluators in processes share the cores: numerical libraries would each start a thread for every one. */

import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { command, integer, python, SHAC, uniform } from 'shac';
import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryDirectory } from '../support/studies.js';

const NAMES = ['OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS', 'TF_NUM_INTRAOP_THREADS'];

/** Objectives that give what the variable with the number `i` is in their process, 0 where it is not set. */
const OBJECTIVES: Record<string, (dir: string, env?: Record<string, string>) => unknown> = {
  command: (_, env) =>
    command(
      [process.execPath, '-e', `console.log(process.env[${JSON.stringify(NAMES)}[{i}]] ?? 0)`],
      env ? { env } : {},
    ),
  python: (dir, env) => {
    const module = join(dir, 'objective.py');
    writeFileSync(
      module,
      `import os\n\ndef evaluate(params):\n    return float(os.environ.get(${JSON.stringify(NAMES)}[params["i"]], 0))\n`,
    );
    return python({ module, ...(env && { env }) });
  },
  processes: (dir) => {
    const module = join(dir, 'objective.mjs');
    writeFileSync(module, `export default ({ i }) => Number(process.env[${JSON.stringify(NAMES)}[i]] ?? 0);\n`);
    return { module };
  },
};

async function seen(objective: unknown, evaluators: number): Promise<Record<string, number | null>> {
  const shac = new SHAC(
    { i: integer(0, NAMES.length - 1), x: uniform(0, 1) },
    { totalBudget: 24, numBatches: 1, seed: 2 },
  );
  shac.evaluatorBackend = 'processes';
  shac.setNumParallelEvaluators(evaluators);
  await shac.fit(objective as never);
  return Object.fromEntries(shac.trials.map(({ params, value }) => [NAMES[params.i] as string, value]));
}

function setting(name: string, value: string | undefined): void {
  const before = process.env[name];
  const set = (to: string | undefined) => {
    if (to === undefined) delete process.env[name];
    else process.env[name] = to;
  };
  set(value);
  onTestFinished(() => set(before));
}

describe.each(Object.entries(OBJECTIVES))('%s', (_, make) => {
  it('of several evaluators each start their share of threads', async () => {
    for (const name of NAMES) setting(name, undefined);
    const share = Math.max(1, Math.floor(availableParallelism() / 2));
    expect(await seen(make(temporaryDirectory()), 2)).toEqual(Object.fromEntries(NAMES.map((name) => [name, share])));
  });

  it('of one evaluator start what they like', async () => {
    for (const name of NAMES) setting(name, undefined);
    expect(await seen(make(temporaryDirectory()), 1)).toEqual(Object.fromEntries(NAMES.map((name) => [name, 0])));
  });

  it('leave what is set already', async () => {
    for (const name of NAMES) setting(name, undefined);
    setting('OMP_NUM_THREADS', '7');
    const values = await seen(make(temporaryDirectory()), 2);
    expect([values.OMP_NUM_THREADS, values.MKL_NUM_THREADS]).toEqual([7, 0]);
  });
});

it.each(['command', 'python'] as const)('what the env of %s sets stays', async (kind) => {
  for (const name of NAMES) setting(name, undefined);
  const objective = OBJECTIVES[kind]?.(temporaryDirectory(), { OMP_NUM_THREADS: '5', TF_NUM_INTRAOP_THREADS: '6' });
  const values = await seen(objective, 2);
  expect([values.OMP_NUM_THREADS, values.OPENBLAS_NUM_THREADS, values.TF_NUM_INTRAOP_THREADS]).toEqual([5, 0, 6]);
});
