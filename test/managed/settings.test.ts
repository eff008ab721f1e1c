/** What the engines of frameworks are told, and what their evaluators get of it. */
import { KerasSHAC, type ShacOptions, TensorflowSHAC, type TensorOptions, TorchSHAC, uniform } from 'shac';
import { afterEach, describe, expect, it } from 'vitest';
import { project } from '../support/managed.js';

const space = { x: uniform(0, 1) };
const plan = { totalBudget: 8, numBatches: 1, seed: 3 };
const engines = [TensorflowSHAC, KerasSHAC, TorchSHAC];

const search = (options: Partial<ShacOptions & TensorOptions> = {}) =>
  new TensorflowSHAC(space, { ...plan, ...options });

describe.each(engines)('%o', (Engine) => {
  it('evaluates one at a time, or as many as maxCpuEvaluators or maxGpuEvaluators says', () => {
    const shac = new Engine(space, plan);
    expect(shac).toMatchObject({ numParallelEvaluators: 1, maxCpuEvaluators: 1, maxGpuEvaluators: 0 });
    expect(shac).toMatchObject({ evaluatorBackend: 'processes', limitMemory: false });
    expect(new Engine(space, { ...plan, maxCpuEvaluators: 3 }).numParallelEvaluators).toBe(3);
    const onGpu = new Engine(space, { ...plan, maxCpuEvaluators: 3, maxGpuEvaluators: 2 });
    expect(onGpu).toMatchObject({ numParallelEvaluators: 2, limitMemory: true });
  });

  it('setNumParallelEvaluators overrides it, until null', () => {
    const shac = new Engine(space, { ...plan, maxCpuEvaluators: 3 });
    shac.setNumParallelEvaluators(7);
    expect(shac.numParallelEvaluators).toBe(7);
    shac.setNumParallelEvaluators(null);
    expect(shac.numParallelEvaluators).toBe(3);
  });

  it('refuses what is no such option', () => {
    expect(() => new Engine(space, { ...plan, maxCpuEvaluators: 0 })).toThrow(
      /maxCpuEvaluators must be a whole number/,
    );
    expect(() => new Engine(space, { ...plan, maxGpuEvaluators: -1 })).toThrow(
      /maxGpuEvaluators must be a whole number/,
    );
    const unknown = { ...plan, maxTpuEvaluators: 1 };
    expect(() => new Engine(space, unknown)).toThrow(
      new RegExp(`"maxTpuEvaluators" of new ${Engine.name}; the options are .*maxGpuEvaluators`),
    );
    expect(() => new Engine(space, { ...plan, totalBudget: 9, numBatches: 2 })).toThrow(/9 is not divisible/);
  });
});

it('only engines with a JavaScript side have a backend to choose', () => {
  expect(() => search({ backend: 'webgl' as 'wasm' })).toThrow(
    /backend must be "node" or "wasm" or "cpu", got "webgl"/,
  );
  const torch = { ...plan, backend: 'cpu' };
  expect(() => new TorchSHAC(space, torch)).toThrow(/unknown option "backend" of new TorchSHAC/);
});

describe('seeds', () => {
  const seedsOf = async (shac: ReturnType<typeof search>) => {
    const folder = project('export default ({ seed }) => seed', { '@tensorflow/tfjs': undefined });
    await shac.fit(`${folder}/objective.mjs`);
    return shac.trials.map(({ value }) => value as number);
  };

  it('follow from the search and the trial, whoever evaluates it', async () => {
    const seeds = await seedsOf(search());
    expect(new Set(seeds).size).toBe(8);
    for (const seed of seeds) expect(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 31).toBe(true);
    expect(await seedsOf(search({ maxCpuEvaluators: 4 }))).toEqual(seeds);
  });

  it('are others after setSeed', async () => {
    const shac = search();
    shac.setSeed(4);
    const others = await seedsOf(shac);
    expect(others).toEqual(await seedsOf(search({ seed: 4 })));
    expect(others).not.toEqual(await seedsOf(search()));
  });
});

it('Math.random follows from them, in setup as well, and is its own again after', async () => {
  const folder = project(
    `let first;
    export const setup = () => { first = Math.random(); };
    export default async () => { const a = Math.random(); await null; return first + a * 2 + Math.random() * 4; }`,
    { '@tensorflow/tfjs': undefined },
  );
  const { random } = Math;
  const values: unknown[] = [];
  for (const place of ['inline', 'threads', 'processes'] as const) {
    const shac = search();
    shac.evaluatorBackend = place;
    await shac.fit(`${folder}/objective.mjs`);
    values.push(shac.trials.map(({ value }) => value));
  }
  expect(new Set(values[0] as number[]).size).toBe(8);
  expect(values.slice(1)).toEqual([values[0], values[0]]);
  expect(Math.random).toBe(random);
});

describe('devices', () => {
  const objective = `export default (session, params, { workerId }) => {
    const { CUDA_VISIBLE_DEVICES: device, TF_FORCE_GPU_ALLOW_GROWTH: grows } = process.env;
    return device === '' ? -1 : workerId * 100 + Number(device) * 10 + (grows === 'true' ? 1 : 0);
  }`;
  const devicesOf = async (shac: ReturnType<typeof search>) => {
    const folder = project(objective, { '@tensorflow/tfjs': undefined, '@tensorflow/tfjs-node-gpu': undefined });
    await shac.fit(`${folder}/objective.mjs`);
    return new Set(shac.trials.map(({ value }) => value));
  };
  const { CUDA_VISIBLE_DEVICES: visible } = process.env;
  afterEach(() => {
    if (visible === undefined) Reflect.deleteProperty(process.env, 'CUDA_VISIBLE_DEVICES');
    else process.env.CUDA_VISIBLE_DEVICES = visible;
  });

  it('are hidden from CPU evaluators', async () => {
    expect(await devicesOf(search({ backend: 'cpu', maxCpuEvaluators: 2 }))).toEqual(new Set([-1]));
  });

  it('are one for each GPU evaluator, whose memory grows', async () => {
    Reflect.deleteProperty(process.env, 'CUDA_VISIBLE_DEVICES');
    expect(await devicesOf(search({ maxGpuEvaluators: 2 }))).toEqual(new Set([1, 111]));
  });

  it('are those that this process sees, in turn when there are more evaluators', async () => {
    process.env.CUDA_VISIBLE_DEVICES = '5, 3';
    const shac = search({ maxGpuEvaluators: 2 });
    shac.setNumParallelEvaluators(3);
    shac.limitMemory = false;
    expect(await devicesOf(shac)).toEqual(new Set([50, 130, 250]));
  });
});
