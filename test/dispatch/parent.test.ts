import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { python } from 'shac';
import { describe, expect, it, onTestFinished } from 'vitest';
import { PythonDispatcher } from '../../dist/dispatch/python/python-dispatcher.js';
import { evaluated, fixtures, gone, numbersIn } from '../support/processes.js';
import { temporaryDirectory } from '../support/studies.js';

/** A Node process with a command and a Python function under way, each of which has a child: the numbers of all four. */
async function parent(end = 'wait') {
  const dir = temporaryDirectory();
  const files = [join(dir, 'command'), join(dir, 'python')];
  const script = fileURLToPath(new URL('../support/dispatchers.mjs', import.meta.url));
  const node: ChildProcess = spawn(process.execPath, [script, fixtures, ...files, end], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void node.kill('SIGKILL'));
  const ended = once(node, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  const [commands, pythons] = await Promise.all(files.map((file) => numbersIn(file, 2)));
  return { node, ended, commands: commands as number[], pythons: pythons as number[] };
}

describe('no process outlives the one that started it', () => {
  it.each([
    ['exit', 0],
    ['throw', 1],
  ])('when it ends by %s', async (end, status) => {
    const { ended, commands, pythons } = await parent(end);
    expect(await ended).toEqual([status, null]);
    await gone([...commands, ...pythons]);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('when it ends by %s', async (signal) => {
    const { node, ended, commands, pythons } = await parent();
    await once(node.stdout as NodeJS.ReadableStream, 'data');
    node.kill(signal);
    expect(await ended).toEqual([null, signal]);
    await gone([...commands, ...pythons]);
  });

  it('when it is killed', async () => {
    const { node, ended, commands, pythons } = await parent();
    node.kill('SIGKILL');
    await ended;
    await gone([...commands, ...pythons]);
  });
});

it('leaves no listeners behind', async () => {
  const count = () => ['exit', 'SIGINT', 'SIGTERM', 'SIGHUP'].map((name) => process.listenerCount(name));
  const before = count();
  const spec = python({ module: 'functions.py', function: 'params_only', cwd: fixtures });
  const dispatcher = new PythonDispatcher<object>(spec, { names: ['x'], evaluators: 1, limitMemory: false });
  await dispatcher.prepare(0);
  expect(count()).not.toEqual(before);
  expect(await evaluated(dispatcher, { x: 3 })).toEqual({ value: 3 });
  await dispatcher.close(false);
  expect(count()).toEqual(before);
});
