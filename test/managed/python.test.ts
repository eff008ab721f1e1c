/** What workers in Python do for an engine, with a stand-in for PyTorch and its GPU; test/frameworks has real ones. */
import { execFileSync } from 'node:child_process';
import { KerasSHAC, type ManagedOptions, python, type ShacOptions, TensorflowSHAC, TorchSHAC, uniform } from 'shac';
import { afterEach, describe, expect, it } from 'vitest';
import { fixtures } from '../support/processes.js';
import { temporaryDirectory } from '../support/studies.js';

const folder = `${fixtures}/../managed/python`;
const space = { x: uniform(0, 1) };
const plan = { totalBudget: 8, numBatches: 1, seed: 3 };

function search(options: Partial<ShacOptions & ManagedOptions> = {}) {
  return new TorchSHAC(space, { ...plan, ...options });
}

async function run(name: string, shac = search()) {
  const env = { PYTHONPATH: `${folder}/stand-ins` };
  await shac.fit(python({ module: 'device.py', function: name, cwd: folder, env }));
  return shac.trials;
}

/** What the objective printed in each trial, as JSON. */
const printed = (trials: readonly { stderr?: string }[]) => trials.map(({ stderr = '{}' }) => JSON.parse(stderr));

describe('a framework that the interpreter does not have', () => {
  const bare = () => {
    const place = temporaryDirectory();
    execFileSync('python3', ['-m', 'venv', '--without-pip', place]);
    return `${place}/bin/python`;
  };

  it.each([
    ['torch', TorchSHAC],
    ['tensorflow', TensorflowSHAC],
    ['keras', KerasSHAC],
  ] as const)('%s is named with the command that installs it', async (name, Engine) => {
    const interpreter = bare();
    const shac = new Engine(space, plan);
    const fit = shac.fit(python({ module: `${folder}/device.py`, python: interpreter }));
    await expect(fit).rejects.toMatchObject({
      code: 'ERR_FRAMEWORK_NOT_FOUND',
      message:
        `${Engine.name} needs the Python package ${name}, which ${interpreter} does not have; install it with ` +
        `${interpreter} -m pip install ${name}, or give the interpreter of the environment that has it as \`python\``,
    });
    expect(shac.trials).toEqual([]);
  });

  it('is another error than a module of the objective that is not there', async () => {
    const env = { PYTHONPATH: `${folder}/stand-ins` };
    const fit = search().fit(python({ module: `${fixtures}/bad_import.py`, env }));
    await expect(fit).rejects.toMatchObject({ code: 'ERR_INVALID_OBJECTIVE' });
  });
});

describe('the function', () => {
  it.each(['three', 'two', 'one'])('of %s arguments is not called with what it does not take', async (name) => {
    const env = { PYTHONPATH: `${folder}/stand-ins` };
    const shac = new KerasSHAC(space, plan);
    await shac.fit(python({ module: 'forms.py', function: name, cwd: folder, env }));
    expect(shac.trials.map(({ value }) => value)).toEqual(shac.trials.map(({ params }) => params.x));
  });

  it('of more arguments is refused with all that it may take', async () => {
    const env = { PYTHONPATH: `${folder}/stand-ins` };
    const fit = new KerasSHAC(space, plan).fit(python({ module: 'forms.py', function: 'four', cwd: folder, env }));
    await expect(fit).rejects.toThrow(
      /'four' must take \(session, worker_id, params\), \(session, params\) or params alone; it takes \(a, b, c, d\)/,
    );
  });
});

describe('devices', () => {
  const { CUDA_VISIBLE_DEVICES: visible } = process.env;
  afterEach(() => {
    if (visible === undefined) Reflect.deleteProperty(process.env, 'CUDA_VISIBLE_DEVICES');
    else process.env.CUDA_VISIBLE_DEVICES = visible;
  });
  const devices = async (shac: ReturnType<typeof search>) =>
    new Set(
      printed(await run('evaluate', shac)).map(({ worker, CUDA_VISIBLE_DEVICES: one }) => `${worker} has "${one}"`),
    );

  it('are hidden from CPU evaluators', async () => {
    expect(await devices(search())).toEqual(new Set(['0 has ""']));
  });

  it('are one for each GPU evaluator, of those that this process sees', async () => {
    process.env.CUDA_VISIBLE_DEVICES = '5,3';
    const shac = search({ maxGpuEvaluators: 2 });
    shac.limitMemory = false;
    expect(await devices(shac)).toEqual(new Set(['0 has "5"', '1 has "3"']));
  });
});

describe('seeds', () => {
  it('follow from the search and the trial, also when the module is loaded and in other processes', async () => {
    const one = await run('evaluate');
    const limited = search({ maxCpuEvaluators: 2 });
    limited.limitMemory = true;
    const other = await run('evaluate', limited);
    expect(new Set(one.map(({ value }) => value)).size).toBe(8);
    expect(other.map(({ value }) => value)).toEqual(one.map(({ value }) => value));
    const loads = printed([...one, ...other]);
    expect(new Set(loads.map(({ load }) => load)).size).toBe(1);
    expect(new Set(loads.map(({ PYTHONHASHSEED: seed }) => seed))).toEqual(new Set(['0']));
  });

  it('are given to PyTorch and all its devices before each evaluation, and its cache is emptied after it', async () => {
    const calls = printed(await run('calls'));
    for (const made of calls.slice(1)) {
      expect(made).toEqual([['empty_cache'], ['manual_seed', made[1][1]], ['manual_seed_all', made[1][1]]]);
    }
    expect(new Set(calls.slice(1).map((made) => made[1][1])).size).toBe(7);
  });
});

describe('memory', () => {
  it('of the process and of its device is told of each trial', async () => {
    const trials = await run('memory', search({ totalBudget: 4 }));
    expect(trials.map(({ memory }) => memory?.peakDeviceBytes)).toEqual(
      [4, 3, 2, 1].map((megabytes) => megabytes << 20),
    );
    for (const { memory } of trials) expect(memory?.peakBytes).toBeGreaterThan(2 ** 20);
    expect(new Set(trials.map(({ value }) => value)).size).toBe(1);
  });

  it('that is limited takes a process for each evaluation', async () => {
    const trials = await run('memory', search({ totalBudget: 3, maxGpuEvaluators: 1 }));
    expect(new Set(trials.map(({ value }) => value)).size).toBe(3);
  });

  it('that is short is an error of its own, also as the cause of another', async () => {
    const trials = await run('short', search({ totalBudget: 8 })).catch(() => undefined);
    expect(trials).toBeUndefined(); // all of them failed
    const shac = search();
    await run('short', shac).catch(() => {});
    for (const { error, params, memory } of shac.trials) {
      const name = params.x > 0.5 ? 'MemoryError' : 'ValueError';
      expect(error).toMatchObject({ name, code: 'ERR_OUT_OF_MEMORY' });
      expect(memory?.peakBytes).toBeGreaterThan(2 ** 20);
    }
    const others = search();
    await run('fails', others).catch(() => {});
    expect(others.trials[0]?.error).toMatchObject({ name: 'ValueError', code: 'ERR_OBJECTIVE_FAILED' });
  });
});

it('a process whose device is broken is replaced by another', async () => {
  const trials = await run('breaks', search({ totalBudget: 12 }));
  const failed = trials.filter(({ state }) => state === 'FAIL');
  expect(failed.map(({ id }) => id)).toEqual(trials.filter(({ params }) => params.x > 0.5).map(({ id }) => id));
  const processes = new Set(trials.flatMap(({ value }) => value ?? []));
  expect(processes.size).toBeGreaterThan(1);
});
