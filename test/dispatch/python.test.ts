import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Lease, type PythonOptions, python } from 'shac';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { isPythonSpec } from '../../dist/dispatch/python/python.js';
import { PythonDispatcher } from '../../dist/dispatch/python/python-dispatcher.js';
import { evaluated, exists, fixtures, gone, isRunning, numbersIn, rejection } from '../support/processes.js';
import { temporaryDirectory } from '../support/studies.js';

type Params = Record<string, unknown>;

function dispatcherOf(options: Partial<PythonOptions> = {}) {
  const spec = python({ module: 'objective.py', cwd: fixtures, ...options });
  const dispatcher = new PythonDispatcher<Params>(spec, { names: ['x', 'do'], evaluators: 1, limitMemory: false });
  onTestFinished(() => dispatcher.close(true));
  /** As a run does it. */
  const evaluate = async (what: string, x: unknown = 1, overrides: Partial<Lease<Params>> = {}) => {
    await dispatcher.prepare(overrides.workerId ?? 0);
    return await evaluated(dispatcher, { do: what, x }, overrides);
  };
  /** What the fixture knows. */
  const tell = async (workerId = 0) => JSON.parse((await evaluate('tell', 1, { workerId })).stderr as string);
  return { dispatcher, evaluate, tell };
}

describe('a Python objective', () => {
  it.each([
    [undefined, 'ERR_INVALID_ARGUMENT'],
    ['train.py', 'ERR_INVALID_ARGUMENT'],
    [{}, 'ERR_INVALID_ARGUMENT'],
    [{ module: '' }, 'ERR_INVALID_ARGUMENT'],
    [{ module: 'a', function: 5 }, 'ERR_INVALID_ARGUMENT'],
    [{ module: 'a', python: '' }, 'ERR_INVALID_ARGUMENT'],
    [{ module: 'a', env: { A: null } }, 'ERR_INVALID_ARGUMENT'],
    [{ module: 'a', stderr: 'pipe' }, 'ERR_INVALID_ARGUMENT'],
    [{ module: 'a', path: 'b' }, 'ERR_UNKNOWN_OPTION'],
  ])('of %j is refused', (options, code) => {
    expect(() => python(options as unknown as PythonOptions)).toThrow(expect.objectContaining({ code }));
  });

  it('is a plain frozen object with its defaults, which is known again', () => {
    const spec = python({ module: 'train.py' });
    expect(spec).toMatchObject({ module: 'train.py', function: 'evaluate', python: 'python3' });
    expect(Object.isFrozen(spec)).toBe(true);
    expect(isPythonSpec(spec)).toBe(true);
    expect(isPythonSpec({ ...spec, module: 5 })).toBe(true);
    expect(isPythonSpec({ module: 'train.py' })).toBe(false);
  });
});

describe('the function', () => {
  it('gets the worker and an OrderedDict in the order of the space', async () => {
    const { tell } = dispatcherOf();
    expect(await tell()).toMatchObject({
      workerId: 0,
      type: 'OrderedDict',
      params: [
        ['x', 1],
        ['do', 'tell'],
      ],
    });
  });

  it('gets every value as it is', async () => {
    const { evaluate } = dispatcherOf();
    const { stderr } = await rejection(evaluate('tell', [null, true, 0.1, 5e-324, 'é\n葡 \u2028"']));
    expect(JSON.parse(stderr as string).params[0]).toEqual(['x', [null, true, 0.1, 5e-324, 'é\n葡 \u2028"']]);
    expect((await evaluate('tell', 1 / 3)).value).toBe(1 / 3);
  });

  it.each([
    ['params_only', 3],
    ['with_option', 30],
    ['starred', 2],
  ])('%s is called with what it takes', async (name, value) => {
    const { evaluate } = dispatcherOf({ module: 'functions.py', function: name });
    expect(await evaluate('', 3)).toEqual({ value });
  });

  it('that raises an error from itself fails its trial', async () => {
    const { evaluate } = dispatcherOf({ module: 'functions.py', function: 'raises_itself' });
    expect(await rejection(evaluate('', 1))).toMatchObject({ name: 'ValueError', message: 'no luck' });
  });

  it('may be in a package, found from the folder it runs in', async () => {
    expect(await dispatcherOf({ module: 'wines.train' }).evaluate('', 4)).toEqual({ value: 8 });
  });

  it.each(['fork', 'spawn'])('may have processes of its own, by %s', async (how) => {
    const { value, stderr } = await dispatcherOf({ module: 'pools.py' }).evaluate(how, 5);
    expect(value).toBe(30);
    expect(stderr).toContain('square of 4');
  });

  it('may print what it likes, and read', async () => {
    const { value, stderr } = await dispatcherOf().evaluate('protocol lines');
    expect(value).toBe(4);
    expect(stderr).toBe([666, 667, 668].map((n) => `{"type": "value", "value": ${n}}\n`).join(''));
  });

  it('has the last 16 KiB of what it printed kept, in whole characters, whatever the locale', async () => {
    const { stderr } = await dispatcherOf({ env: { LC_ALL: 'POSIX', PYTHONIOENCODING: 'latin-1' } }).evaluate('print');
    expect(Buffer.byteLength(stderr as string)).toBeGreaterThan(16 * 1024 - 4);
    expect(stderr).toMatch(/^[é葡]+ the end\n$/);
  });

  it('may print 100 MB', async () => {
    const { value, stderr } = await dispatcherOf().evaluate('flood');
    expect(value).toBe(1);
    expect(stderr).toBe('x'.repeat(16 * 1024));
  });

  it('has its own output alone kept', async () => {
    const { evaluate } = dispatcherOf();
    await evaluate('print');
    expect(await evaluate('result', 'int')).toEqual({ value: 3 });
  });

  it('has its output shown when that is asked for', async () => {
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    onTestFinished(() => write.mockRestore());
    await dispatcherOf().evaluate('protocol lines');
    expect(write).not.toHaveBeenCalled();
    const { stderr } = await dispatcherOf({ stderr: 'inherit' }).evaluate('protocol lines');
    expect(write.mock.calls.map(([chunk]) => String(chunk)).join('')).toBe(stderr);
  });

  it('reports', async () => {
    const reports: unknown[][] = [];
    await dispatcherOf().evaluate('reports', 1, { report: (...report) => void reports.push(report) });
    expect(reports).toEqual([[3], [2.5, 10], [2]]);
  });

  it('fails by a report that is refused, and the worker is replaced', async () => {
    const { evaluate } = dispatcherOf();
    const report = () => {
      throw new Error('refused');
    };
    expect((await rejection(evaluate('reports', 1, { report }))).message).toBe('refused');
    expect(await evaluate('reports')).toEqual({ value: 1 });
  });

  it('may report what is not finite: it has diverged, and goes on', async () => {
    const reports: unknown[][] = [];
    const { evaluate } = dispatcherOf();
    expect(await evaluate('report odd', 1, { report: (...report) => void reports.push(report) })).toEqual({ value: 1 });
    expect(reports).toEqual([[Number.NaN], [Number.POSITIVE_INFINITY, 4], [Number.NEGATIVE_INFINITY]]);
    const error = await rejection(evaluate('report text'));
    expect(error).toMatchObject({ name: 'TypeError', message: "report() takes a number, got str 'high'" });
  });
});

describe('the result', () => {
  it.each([
    ['int', 3],
    ['scalar', 2.5],
  ])('may be %s', async (which, value) => {
    expect(await dispatcherOf().evaluate('result', which)).toEqual({ value });
  });

  it('must be a finite number', async () => {
    const { evaluate, tell } = dispatcherOf();
    const { pid } = await tell();
    for (const which of ['array', 'bool', 'numpy bool', 'text', 'nothing', 'nan', 'infinite', 'huge']) {
      const error = await rejection(evaluate('result', which));
      expect(error.code).toBe('ERR_OBJECTIVE_FAILED');
      expect(error.message).toMatch(/^the objective must return a finite number, got /);
    }
    expect(await tell()).toMatchObject({ pid, calls: 10 });
  });
});

describe('an objective that fails', () => {
  it('by an exception has its class, message and traceback', async () => {
    const { evaluate, tell } = dispatcherOf();
    const { pid } = await tell();
    const error = await rejection(evaluate('fail', 'tea'));
    const message = "x is 'tea', not a wine — 葡萄酒";
    expect(error).toMatchObject({ name: 'ValueError', message, code: 'ERR_OBJECTIVE_FAILED' });
    expect(error.stack).toMatch(
      /^Traceback \(most recent call last\):\n {2}File ".*objective\.py", line \d+, in evaluate\n/,
    );
    expect(error.stack?.endsWith(`ValueError: ${message}`)).toBe(true);
    expect(error.stack).not.toContain('worker.py');
    expect(await tell()).toMatchObject({ pid });
  });

  it.each([
    ['sys.exit', 3, 'exited with code 3'],
    ['sys.exit', 0, 'exited with code 0'],
    ['sys.exit', null, 'exited with code 0'],
    ['sys.exit', 'a reason', 'exited with code 1\nits standard error ends with:\na reason'],
    ['os._exit', 4, 'exited with code 4'],
    ['segfault', 0, 'was killed by SIGSEGV'],
    ['kill', 0, 'was killed by SIGKILL'],
  ])('by %s (%j) is told how, and the worker replaced', async (what, x, how) => {
    const { evaluate, tell } = dispatcherOf();
    const { pid } = await tell();
    const error = await rejection(evaluate(what, x));
    expect(error).toMatchObject({ code: 'ERR_OBJECTIVE_FAILED', message: `the Python worker ${how}` });
    expect(isRunning(pid)).toBe(false);
    const next = await tell();
    expect(next).toMatchObject({ calls: 1, setup: [0] });
    expect(next.pid).not.toBe(pid);
  });

  it('is not ended by SIGINT', async () => {
    expect(await dispatcherOf().evaluate('interrupt')).toEqual({ value: 1 });
  });
});

describe('an objective that cannot be used', () => {
  it.each<[Partial<PythonOptions>, RegExp[]]>([
    [{ module: 'missing.py' }, [/there is no file .*fixtures\/evaluators\/missing\.py/]],
    [
      { module: 'no.such.module' },
      [/ModuleNotFoundError: No module named 'no'/, /environment that has it as `python`/],
    ],
    [{ module: 'bad_import.py' }, [/No module named 'shac_is_not_here'/, /Traceback[\s\S]*bad_import\.py", line 1/]],
    [{ module: 'bad_syntax.py' }, [/SyntaxError/, /bad_syntax\.py", line 1/]],
    [{ module: 'bad_setup.py' }, [/OSError: no device 0/, /bad_setup\.py", line 2, in setup/]],
    [{ module: 'bad_exit.py' }, [/while it was loaded, the Python worker exited with code 7/, /leaving/]],
    [{ module: 'functions.py' }, [/no function 'evaluate'; its functions are params_only, with_option, starred/]],
    [{ module: 'functions.py', function: 'not_a_function' }, [/no function 'not_a_function'/]],
    [
      { module: 'functions.py', function: 'three' },
      [/must take \(worker_id, params\).*takes \(worker_id, params, seed\)/],
    ],
    [{ module: 'functions.py', function: 'keyword' }, [/must take \(worker_id, params\)/]],
    [{ python: 'python-of-nobody' }, [/"python-of-nobody" is not on the PATH/]],
    [{ python: 'false' }, [/while it was loaded, the Python worker exited with code 1/]],
    [{ cwd: '/nowhere' }, [/the folder "\/nowhere" .* is not there/]],
  ])('%j is told before any trial', async (options, messages) => {
    const error = await rejection(dispatcherOf(options).dispatcher.prepare(0));
    expect(error).toMatchObject({ name: 'ShacError', code: 'ERR_INVALID_OBJECTIVE' });
    for (const message of messages) expect(error.message).toMatch(message);
    expect(error.message).not.toContain('worker.py');
  });
});

describe('the workers', () => {
  const ids = Array.from({ length: 8 }, (_, i) => i);

  it('are one process an evaluator, set up once and torn down at the end', async () => {
    const file = join(temporaryDirectory(), 'teardown');
    const { dispatcher, evaluate, tell } = dispatcherOf({ env: { TEARDOWN_FILE: file } });
    const values = await Promise.all(ids.map((workerId) => evaluate('late', workerId / 10, { workerId })));
    expect(values.map(({ value }) => value)).toEqual(ids.map((workerId) => workerId / 10));
    const told = await Promise.all(ids.map(tell));
    const pids = told.map(({ pid }) => pid);
    expect(new Set(pids).size).toBe(8);
    for (const [workerId, one] of told.entries()) expect(one).toMatchObject({ workerId, setup: [workerId], calls: 2 });
    expect(pids.every(isRunning)).toBe(true);
    await dispatcher.close(false);
    expect(pids.some(isRunning)).toBe(false);
    expect(readFileSync(file, 'utf8').trim().split('\n').map(Number).sort()).toEqual(ids);
  });

  it.each([
    ['raise', /^the teardown of objective\.py failed[\s\S]*RuntimeError: teardown went wrong$/],
    ['hang', /^the teardown of objective\.py took more than 5 s and was killed$/],
  ])('are ended by a teardown that would %s, with a warning', async (how, message) => {
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
    const { dispatcher, tell } = dispatcherOf({ env: { TEARDOWN: how } });
    const { pid } = await tell();
    await dispatcher.close(false);
    expect(isRunning(pid)).toBe(false);
    expect((await warned).message).toMatch(message);
  });

  it('are killed at once by an abort, grand-children included', async () => {
    const dir = temporaryDirectory();
    const [pidsFile, teardownFile] = [join(dir, 'pids'), join(dir, 'teardown')];
    const { evaluate, dispatcher } = dispatcherOf({ env: { PIDS_FILE: pidsFile, TEARDOWN_FILE: teardownFile } });
    const controller = new AbortController();
    const evaluation = rejection(evaluate('family', 1, { signal: controller.signal }));
    const pids = await numbersIn(pidsFile, 2);
    controller.abort(new Error('stopped by the test'));
    expect((await evaluation).message).toBe('stopped by the test');
    await gone(pids);
    expect(await evaluate('result', 'int')).toEqual({ value: 3 });
    await dispatcher.close(true);
    expect(existsSync(teardownFile)).toBe(false);
  });

  it.each([true, false])('that are busy are killed by close(%j)', async (now) => {
    const file = join(temporaryDirectory(), 'pids');
    const { evaluate, dispatcher } = dispatcherOf({ env: { PIDS_FILE: file } });
    const evaluation = rejection(evaluate('family'));
    const pids = await numbersIn(file, 2);
    await dispatcher.close(now);
    expect((await evaluation).message).toBe('the Python worker was killed by SIGKILL');
    await gone(pids);
    expect((await rejection(dispatcher.prepare(0))).message).toMatch(/the run was ended/);
  });

  it('that are being started are killed by close', async () => {
    const { dispatcher } = dispatcherOf();
    const prepared = rejection(dispatcher.prepare(0));
    await dispatcher.close(true);
    await prepared;
  });

  it('that were killed while they were idle are replaced', async () => {
    const { tell } = dispatcherOf();
    const { pid } = await tell();
    process.kill(pid, 'SIGKILL');
    await vi.waitUntil(() => !exists(pid)); // once this process has heard of it
    expect((await tell()).pid).not.toBe(pid);
  });

  it('run in a folder of any name', async () => {
    const cwd = join(temporaryDirectory(), 'a b é');
    mkdirSync(cwd);
    const { evaluate } = dispatcherOf({ cwd, module: join(fixtures, 'functions.py'), function: 'params_only' });
    expect(await evaluate('', 2)).toEqual({ value: 2 });
  });
});

describe('with limited memory', () => {
  it('each evaluation has a process of its own, and none is left', async () => {
    const spec = python({ module: 'objective.py', cwd: fixtures });
    const dispatcher = new PythonDispatcher<Params>(spec, { names: ['x', 'do'], evaluators: 1, limitMemory: true });
    const pids: number[] = [];
    for (let i = 0; i < 3; i++) {
      await dispatcher.prepare(0);
      const { stderr } = await evaluated(dispatcher, { do: 'tell', x: 1 });
      pids.push(JSON.parse(stderr as string).pid);
    }
    await dispatcher.close(false);
    expect(new Set(pids).size).toBe(3);
    expect(pids.filter(exists)).toEqual([]);
  });
});
