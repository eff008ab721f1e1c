/** The engines on PyTorch, TensorFlow and Keras of Python. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { KerasSHAC, type ManagedOptions, python, type ShacOptions, TensorflowSHAC, TorchSHAC, uniform } from 'shac';
import { describe, expect, it } from 'vitest';
import { interpreter, pythonFixtures } from '../support/frameworks.js';

type Engine = typeof TorchSHAC | typeof TensorflowSHAC | typeof KerasSHAC;
type Options = Partial<ShacOptions & ManagedOptions> & { env?: Record<string, string> };

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The trials of a search that runs an objective of the fixtures, given as `file:function`. */
async function trialsOf(Engine: Engine, objective: string, { env = {}, ...options }: Options = {}) {
  const [file, name = ''] = objective.split(':');
  const plan = { totalBudget: 4, numBatches: 1, seed: 5, ...options };
  const shac = new Engine({ rate: uniform(0.001, 0.1) }, plan);
  await shac.fit(python({ module: `${file}.py`, function: name, cwd: pythonFixtures, python: interpreter, env }));
  return shac.trials;
}

const errorsIn = (trials: Awaited<ReturnType<typeof trialsOf>>) => trials.flatMap(({ error }) => error?.message ?? []);
const valuesOf = (trials: Awaited<ReturnType<typeof trialsOf>>) => trials.map(({ value }) => value);

describe('scores are the same with 1 and with 4 evaluators:', () => {
  it.each<[string, Engine]>([
    ['torch_objectives:train', TorchSHAC],
    ['tensorflow_objectives:train', TensorflowSHAC],
    ['tensorflow1_objectives:train', TensorflowSHAC],
    ['keras_objectives:train', KerasSHAC],
  ])('%s', async (objective, Engine) => {
    const one = await trialsOf(Engine, objective);
    expect(errorsIn(one)).toEqual([]);
    expect(new Set(valuesOf(one)).size).toBe(4);
    const four = await trialsOf(Engine, objective, { maxCpuEvaluators: 4 });
    expect(new Set(four.map(({ workerId }) => workerId)).size).toBe(4);
    expect(valuesOf(four)).toEqual(valuesOf(one));
  });
});

describe('Keras', () => {
  it('2 trains in the session of TensorFlow 1, as for PySHAC', async () => {
    const env = { TF_USE_LEGACY_KERAS: '1' };
    expect(errorsIn(await trialsOf(TensorflowSHAC, 'tensorflow1_objectives:keras', { env }))).toEqual([]);
  });

  it('3 on another back-end has no session', async () => {
    const trials = await trialsOf(KerasSHAC, 'keras_objectives:train', { env: { KERAS_BACKEND: 'torch' } });
    expect(errorsIn(trials)).toEqual([]);
    expect(new Set(valuesOf(trials)).size).toBe(4);
  });
});

describe('memory', () => {
  it.each<[string, Engine, number]>([
    ['torch_objectives:train', TorchSHAC, 200],
    ['tensorflow1_objectives:train', TensorflowSHAC, 50],
    ['tensorflow_objectives:train', TensorflowSHAC, 30],
  ])('is given back after each evaluation of %s', async (objective, Engine, totalBudget) => {
    const trials = await trialsOf(Engine, objective, { totalBudget });
    expect(errorsIn(trials)).toEqual([]);
    const [early, late] = [trials[9], trials[totalBudget - 1]].map((trial) => trial?.memory?.peakBytes ?? 0);
    expect(early).toBeGreaterThan(2 ** 26);
    expect(late).toBeLessThan((early as number) * 1.05);
  });

  it.each<[string, Engine]>([
    ['torch_objectives:hungry', TorchSHAC],
    ['tensorflow_objectives:hungry', TensorflowSHAC],
  ])('that is short in %s fails the trial and no other', async (objective, Engine) => {
    const trials = await trialsOf(Engine, objective);
    const short = trials.filter(({ params }) => params.rate > 0.05);
    expect(short.length).toBeGreaterThan(0);
    expect(trials.filter(({ state }) => state === 'FAIL')).toEqual(short);
    for (const { error } of short) expect(error?.code).toBe('ERR_OUT_OF_MEMORY');
  });
});

it('an objective of TensorFlow 2 has a session of TensorFlow 1 when it asks for one', async () => {
  expect(errorsIn(await trialsOf(TensorflowSHAC, 'tensorflow_objectives:eager'))).toEqual([]);
});

describe('an example finds a good network', () => {
  it.each([
    ['torch.mjs', 0.93],
    ['python-tensorflow.mjs', 0.93],
    ['python-keras.mjs', 0.95],
  ])('%s', async (file, good) => {
    const env = { ...process.env, PYTHON: interpreter };
    const { stdout } = await promisify(execFile)(process.execPath, [`examples/managed/${file}`], { cwd: root, env });
    expect(Number(stdout.match(/value: (\S+),/)?.[1])).toBeGreaterThan(good);
  });
});
