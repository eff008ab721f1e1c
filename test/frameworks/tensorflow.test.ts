import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type ShacOptions, TensorflowSHAC, type TensorOptions, uniform } from 'shac';
import { describe, expect, it } from 'vitest';
import { managedFixture } from '../support/frameworks.js';
import { temporaryDirectory } from '../support/studies.js';

const fixture = (name: string) => managedFixture('tensors.mjs', name);

function search(options: Partial<ShacOptions & TensorOptions> = {}) {
  const plan = { totalBudget: 12, numBatches: 2, objective: 'min', seed: 5, classifier: { rounds: 20 } } as const;
  return new TensorflowSHAC({ rate: uniform(0, 1) }, { ...plan, ...options });
}

const valuesOf = ({ trials }: ReturnType<typeof search>) => trials.map(({ value }) => value);
const run = promisify(execFile);
const cli = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const fixtures = fileURLToPath(new URL('.', fixture('').module));

const failuresOf = ({ trials }: ReturnType<typeof search>) => trials.flatMap(({ error }) => error?.message ?? []);
const leaksOf = ({ trials }: ReturnType<typeof search>) => trials.map(({ memory }) => memory?.leakedTensors);

describe('memory, over 200 evaluations in a row', () => {
  it('is as before for an objective that disposes of everything', async () => {
    const shac = search({ totalBudget: 200 });
    await shac.fit(fixture('tidy'));
    expect(failuresOf(shac)).toEqual([]);
    expect(new Set(leaksOf(shac))).toEqual(new Set([0]));
  });

  it('is as before for one that leaks, and each trial says how many tensors', async () => {
    const shac = search({ totalBudget: 200 });
    await shac.fit(fixture('leaky'));
    expect(failuresOf(shac)).toEqual([]);
    expect(new Set(leaksOf(shac))).toEqual(new Set([7]));
  });

  it('is as before for one that throws, whose trials fail with its error', async () => {
    const shac = search({ totalBudget: 200 });
    await shac.fit(fixture('throwing'));
    for (const { params, state, error, memory } of shac.trials) {
      const { rate } = params;
      expect(state).toBe(rate < 0.75 ? 'FAIL' : 'COMPLETE');
      if (rate < 0.25) expect(error).toMatchObject({ name: 'RangeError', message: `rate ${rate} is no good` });
      else if (rate < 0.75) expect(error?.message).toMatch(/matMul/);
      expect(memory?.leakedTensors).toBe(2);
    }
  });
});

describe.each(['cpu', 'wasm'] as const)('with the back-end %s', (backend) => {
  it('scores follow from the seed alone: with 1 and 4 evaluators, in processes, threads and this thread', async () => {
    const runs: (readonly [(shac: ReturnType<typeof search>) => void, number])[] = [
      [(shac) => shac.parallelEvaluators(), 1],
      [(shac) => shac.parallelEvaluators(), 4],
      [(shac) => shac.parallelEvaluators('threads'), 4],
      [(shac) => shac.concurrentEvaluators(), 1],
    ];
    const values: unknown[] = [];
    for (const [choose, evaluators] of runs) {
      const shac = search({ backend });
      choose(shac);
      shac.setNumParallelEvaluators(evaluators);
      await shac.fit(fixture('tidy'));
      values.push(valuesOf(shac));
    }
    expect(values[0]).not.toContain(null);
    expect(values.slice(1)).toEqual([values[0], values[0], values[0]]);
  });

  it('another seed gives other scores of the same params', async () => {
    const rate = uniform(0.1, 0.1 + 1e-12);
    const scores = new Set<number | null>();
    for (const seed of [1, 2]) {
      const shac = new TensorflowSHAC({ rate }, { totalBudget: 3, numBatches: 1, backend });
      shac.setSeed(seed);
      await shac.fit(fixture('tidy'));
      for (const { value } of shac.trials) scores.add(value);
    }
    expect(scores.size).toBe(6);
  });

  it('is what the session has, and what computes', async () => {
    const shac = search({ backend, totalBudget: 2 });
    await shac.fit(fixture('backendOf'));
    expect(new Set(valuesOf(shac))).toEqual(new Set([backend === 'wasm' ? 11 : 0]));
  });
});

describe('in this thread', () => {
  it('gives back the memory of an evaluation that took too long, and that of setup at the end', async () => {
    const { random } = Math;
    for (const seed of [1, 2]) {
      const shac = search({ totalBudget: 4, numBatches: 1, seed });
      shac.concurrentEvaluators();
      await shac.fit(fixture('stuck'), { timeoutMs: 500 });
      expect(failuresOf(shac)).toEqual(['trial 0 took longer than timeoutMs = 500 ms']);
    }
    expect(Math.random).toBe(random);
  });

  it('evaluates functions, with the framework of the script', async () => {
    const { stdout, stderr } = await run(process.execPath, ['closure.mjs'], { cwd: fixtures });
    expect(stderr).toBe('');
    // The data of each training, and what a model that threw had not made yet.
    expect(JSON.parse(stdout)).toMatchObject({ failed: 1, leaked: [2, 2, 0, 2, 2, 2], numTensors: 0, numBytes: 0 });
  });
});

it.each(['processes', 'threads', 'inline'])(
  'shac run takes the engine of the study, with --backend %s',
  async (backend) => {
    const flags = ['--json', '--backend', backend, ...(backend === 'inline' ? ['--evaluators', '1'] : [])];
    const { stdout } = await run(
      process.execPath,
      [cli, 'run', 'study.ts', '--db', `${temporaryDirectory()}/db`, ...flags],
      {
        cwd: fixtures,
      },
    );
    expect(JSON.parse(stdout)).toMatchObject({ trials: 8, failed: 0, seed: 3 });
  },
);

it('takes WebAssembly unless told otherwise', async () => {
  const shac = search({ totalBudget: 2 });
  await shac.fit(fixture('backendOf'));
  expect(valuesOf(shac)).toEqual([11, 11]);
});

it('computes with WebAssembly what only JavaScript has a kernel for, to the same result', async () => {
  const [wasm, cpu] = [search({ backend: 'wasm' }), search({ backend: 'cpu' })];
  await wasm.fit(fixture('convolution'));
  await cpu.fit(fixture('convolution'));
  expect(wasm.trials[0]?.state).toBe('COMPLETE');
  wasm.trials.slice(0, 6).forEach(({ value }, id) => {
    expect(value).toBeCloseTo(cpu.trials[id]?.value as number, 4);
  });
  expect(new Set(leaksOf(wasm))).toEqual(new Set(leaksOf(cpu)));
});

it('keeps what it found of the memory in the database, and in the directory of saveData', async () => {
  const dir = temporaryDirectory();
  const shac = search({ storage: `${dir}/db`, totalBudget: 4 });
  await shac.fit(fixture('leaky'));
  await shac.saveData(`${dir}/saved`);
  shac.close();
  expect(existsSync(`${dir}/db`)).toBe(true);
  expect(leaksOf(search({ storage: `${dir}/db`, totalBudget: 4 }))).toEqual([7, 7, 7, 7]);
  const restored = search({ totalBudget: 4 });
  await restored.restoreData(`${dir}/saved`);
  expect(leaksOf(restored)).toEqual([7, 7, 7, 7]);
});
