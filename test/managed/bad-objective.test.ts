/** What the engines of frameworks refuse before any trial, and how they say it. */
import { command, defineStudy, KerasSHAC, python, TensorflowSHAC, TorchSHAC, uniform } from 'shac';
import { describe, expect, it } from 'vitest';
import { project } from '../support/managed.js';

const space = { x: uniform(0, 1) };
const plan = { totalBudget: 4, numBatches: 1, seed: 3 };
const OBJECTIVE = 'export default ({ backend }) => ["cpu", "wasm", "node"].indexOf(backend)';
const BROKEN = "throw new Error('no binary for this platform\\n  at somewhere');";

interface Search {
  fit(objective: unknown): Promise<unknown>;
  readonly trials: readonly { readonly value: number | null }[];
}

async function refused(shac: object, objective: unknown): Promise<{ code: string; message: string }> {
  const search = shac as Search;
  const error = await search.fit(objective).then(
    () => expect.unreachable(),
    (reason) => reason,
  );
  expect(search.trials).toEqual([]);
  return error;
}

describe('a framework that is not there', () => {
  it('is named with the command that installs it', async () => {
    const folder = project(OBJECTIVE, {});
    for (const Engine of [TensorflowSHAC, KerasSHAC]) {
      const error = await refused(new Engine(space, plan), `${folder}/objective.mjs`);
      expect(error.code).toBe('ERR_FRAMEWORK_NOT_FOUND');
      expect(error.message).toBe(
        `${Engine.name} needs @tensorflow/tfjs, which ${folder}/objective.mjs does not find; ` +
          'run: npm install @tensorflow/tfjs',
      );
    }
  });

  it('is the part that the chosen back-end lacks', async () => {
    const file = `${project(OBJECTIVE, { '@tensorflow/tfjs': undefined })}/objective.mjs`;
    const missing = async (options: object) => {
      const { code, message } = await refused(new TensorflowSHAC(space, { ...plan, ...options }), file);
      expect(code).toBe('ERR_FRAMEWORK_NOT_FOUND');
      return message.match(/^(.*) needs .*run: npm install (.*)$/)?.slice(1);
    };
    expect(await missing({ backend: 'wasm' })).toEqual([
      "TensorflowSHAC with backend 'wasm'",
      '@tensorflow/tfjs-backend-wasm',
    ]);
    expect(await missing({ backend: 'node' })).toEqual(["TensorflowSHAC with backend 'node'", '@tensorflow/tfjs-node']);
    expect(await missing({ maxGpuEvaluators: 1 })).toEqual([
      'TensorflowSHAC with maxGpuEvaluators 1',
      '@tensorflow/tfjs-node-gpu',
    ]);
  });

  it('may be there and not work', async () => {
    const folder = project(OBJECTIVE, { '@tensorflow/tfjs-node': BROKEN, '@tensorflow/tfjs': undefined });
    const { code, message } = await refused(new TensorflowSHAC(space, plan), `${folder}/objective.mjs`);
    expect(code).toBe('ERR_FRAMEWORK_NOT_FOUND');
    expect(message).toBe(
      '@tensorflow/tfjs-node is installed, but cannot be loaded: no binary for this platform; run: ' +
        "npm rebuild @tensorflow/tfjs-node --foreground-scripts; choose another one, as in { backend: 'cpu' }",
    );
    const other = new TensorflowSHAC(space, { ...plan, backend: 'cpu' });
    await other.fit(`${folder}/objective.mjs`);
    expect(other.trials[0]?.value).toBe(0);
  });
});

it("takes TensorFlow's own library when it is installed", async () => {
  const folder = project(OBJECTIVE, { '@tensorflow/tfjs-node': undefined, '@tensorflow/tfjs': undefined });
  const shac = new TensorflowSHAC(space, plan);
  await shac.fit(`${folder}/objective.mjs`);
  expect(shac.trials.map(({ value }) => value)).toEqual([2, 2, 2, 2]);
});

describe('an objective that cannot run', () => {
  const file = () => `${project(OBJECTIVE, { '@tensorflow/tfjs': undefined })}/objective.mjs`;

  it('because the engine takes none of its kind', async () => {
    const torch = await refused(new TorchSHAC(space, plan), file());
    expect(torch.message).toMatch(
      /objective of TorchSHAC must be a Python function, python\(.*\), got ".*objective\.mjs"/,
    );
    const closure = await refused(new TorchSHAC(space, plan), () => 1);
    expect(closure.message).toMatch(/must be a Python function, python\(.*\), got/);
    const tensorflow = await refused(new TensorflowSHAC(space, plan), command(['true']));
    expect(tensorflow.message).toMatch(/of TensorflowSHAC must be a function or a module .* or a Python function/);
  });

  it('because a function cannot be sent to a process', async () => {
    const error = await refused(new TensorflowSHAC(space, plan), () => 1);
    expect(error.message).toMatch(/a function cannot be sent to processes: .*concurrentEvaluators/);
  });

  it('because a thread has only one TensorFlow.js, and a process one set of devices', async () => {
    const shac = new TensorflowSHAC(space, { ...plan, maxCpuEvaluators: 2 });
    shac.concurrentEvaluators();
    expect((await refused(shac, file())).message).toMatch(
      /one evaluation at a time in this thread, not 2: .*parallelEvaluators/,
    );
    const onGpu = new TensorflowSHAC(space, { ...plan, maxGpuEvaluators: 2 });
    onGpu.parallelEvaluators('threads');
    expect((await refused(onGpu, file())).message).toMatch(/threads cannot have a GPU each, as maxGpuEvaluators 2/);
    const wasm = new TensorflowSHAC(space, { ...plan, maxGpuEvaluators: 1, backend: 'wasm' });
    expect((await refused(wasm, file())).message).toMatch(/maxGpuEvaluators 1 needs backend 'node', got "wasm"/);
  });

  it('because a back-end is of TensorFlow.js, and it is in Python', async () => {
    const shac = new KerasSHAC(space, { ...plan, backend: 'wasm' });
    expect((await refused(shac, python({ module: 'train.py' }))).message).toMatch(
      /backend "wasm" is of TensorFlow\.js/,
    );
  });
});

describe('a study', () => {
  const study = { space, ...plan, evaluate: () => 1 };

  it('of an engine that is not there', () => {
    const jax = { ...study, engine: 'jax' as 'keras' };
    expect(() => defineStudy(jax)).toThrow(/engine must be "tensorflow" or "keras" or "torch", got "jax"/);
  });

  it('with an option of engines, but without an engine, or with one that its engine lacks', () => {
    // @ts-expect-error: an option of an engine, and none is named
    expect(() => defineStudy({ ...study, maxCpuEvaluators: 2 })).toThrow(/unknown option "maxCpuEvaluators"/);
    const torch = { ...study, engine: 'torch', evaluate: python({ module: 'train.py' }), backend: 'cpu' } as const;
    // @ts-expect-error: PyTorch has no back-ends to choose from
    expect(() => defineStudy(torch)).toThrow(/unknown option "backend" of defineStudy/);
    expect(() => defineStudy({ ...study, engine: 'keras', maxCpuEvaluators: 0 })).toThrow(/maxCpuEvaluators must be/);
  });
});
