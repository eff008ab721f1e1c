import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CommandSpec, command } from 'shac';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isCommandSpec } from '../../dist/dispatch/command/command.js';
import { CommandDispatcher } from '../../dist/dispatch/command/command-dispatcher.js';
import { evaluated, fixtures, gone, numbersIn, rejection } from '../support/processes.js';
import { temporaryDirectory } from '../support/studies.js';

const node = process.execPath;
const program = (...args: string[]) => [node, join(fixtures, 'program.mjs'), ...args];

function dispatcherOf(spec: CommandSpec, names: readonly string[] = ['x']) {
  const dispatcher = new CommandDispatcher<Record<string, unknown>>(spec, names, 1);
  onTestFinished(() => dispatcher.close());
  return dispatcher;
}

async function run(argv: readonly string[], params: Record<string, unknown> = { x: 1 }) {
  const dispatcher = dispatcherOf(command(argv), Object.keys(params));
  await dispatcher.prepare();
  return await evaluated(dispatcher, params);
}

const printing = (output: string) => run(program('print', output.replaceAll(/[{}]/g, '$&$&')));

describe('a command', () => {
  const wrong: [unknown, string][] = [
    ['train', 'ERR_INVALID_ARGUMENT'],
    [[], 'ERR_INVALID_ARGUMENT'],
    [[''], 'ERR_INVALID_ARGUMENT'],
    [['a', 5], 'ERR_INVALID_ARGUMENT'],
    [['a', 'b\0c'], 'ERR_INVALID_ARGUMENT'],
    [['a', 'lone { brace'], 'ERR_INVALID_ARGUMENT'],
    [['a', '{}'], 'ERR_INVALID_ARGUMENT'],
    [['a', '{x}}'], 'ERR_INVALID_ARGUMENT'],
  ];
  it.each(wrong)('of %j is refused', (argv, code) => {
    expect(() => command(argv as string[])).toThrow(expect.objectContaining({ code }));
  });

  it.each([
    [{ shell: true }, 'ERR_UNKNOWN_OPTION'],
    [{ cwd: '' }, 'ERR_INVALID_ARGUMENT'],
    [{ env: { A: 1 } }, 'ERR_INVALID_ARGUMENT'],
    [{ env: { 'A=B': '1' } }, 'ERR_INVALID_ARGUMENT'],
  ])('with the options %j is refused', (options, code) => {
    expect(() => command(['a'], options as object)).toThrow(expect.objectContaining({ code }));
  });

  it('is a plain frozen object that is known again', () => {
    const argv = ['a', ''];
    const spec = command(argv, { cwd: '/', env: { A: '1' } });
    argv.push('later');
    expect(spec).toMatchObject({ argv: ['a', ''], cwd: '/', env: { A: '1' } });
    expect(Object.isFrozen(spec)).toBe(true);
    expect(isCommandSpec(spec)).toBe(true);
    expect(isCommandSpec({ argv: ['a'] })).toBe(false);
  });

  it('with an unknown placeholder names the parameters', () => {
    const make = () => new CommandDispatcher(command(['train', '{lrr}']), ['lr', 'layers'], 1);
    expect(make).toThrow(/\{lrr\} is no parameter; the parameters are lr, layers/);
    expect(make).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' }));
  });
});

describe('what the program gets', () => {
  const params = { lr: 1e-7, act: '葡 "a b"', none: null, flag: true, w: [1, 2.5], 'with space': 0 };

  it('is its arguments, JSON on its input, and variables', async () => {
    const cwd = temporaryDirectory();
    const words = ['--lr={lr}', '{act}', '{none}{flag}', '{w}', '{with space}', '{{lr}}', '$HOME; `id` *'];
    const dispatcher = dispatcherOf(
      command(program('tell', ...words), { cwd, env: { EXTRA: 'é' } }),
      Object.keys(params),
    );
    const { stderr, value } = await evaluated(dispatcher, params, { trialId: 12, workerId: 3 });
    const json = JSON.stringify(params);
    expect(value).toBe(1);
    expect(JSON.parse(stderr as string)).toEqual({
      args: ['--lr=1e-7', params.act, 'nulltrue', '[1,2.5]', '0', '{lr}', '$HOME; `id` *'],
      stdin: json,
      env: { SHAC_PARAMS: json, SHAC_TRIAL_ID: '12', SHAC_WORKER_ID: '3', EXTRA: 'é' },
      cwd,
    });
  });

  it('has many parameters on its input alone', async () => {
    const w = Array.from({ length: 20_000 }, (_, i) => i / 7);
    const { stderr } = await run(program('tell'), { w });
    // The end of the output is kept: the variables are there.
    expect(stderr).toMatch(/"env":\{"SHAC_TRIAL_ID":"0"/);
  });

  it('need not be read', async () => {
    const w = Array.from({ length: 200_000 }, (_, i) => i / 7);
    expect(await run([node, '-e', 'console.log(2)'], { w })).toEqual({ value: 2 });
  });

  it('fails the trial when it is longer than the system allows', async () => {
    const w = Array.from({ length: 200_000 }, (_, i) => i / 7);
    const error = await rejection(run([node, '-e', '0', '{w}'], { w }));
    expect(error).toMatchObject({ code: 'ERR_OBJECTIVE_FAILED' });
    expect(error.message).toMatch(/could not be started: spawn E2BIG/);
  });
});

describe('the score', () => {
  const scores: [string, number][] = [
    ['0.5', 0.5],
    ['epoch 1: 3\nloss: -1.5e-3 (best)\n\n', -1.5e-3],
    ['{"value": 3, "epochs": 10}\r\n', 3],
    ['7\n{"value": 1e-3}\n \n', 1e-3],
    ['epoch 3: {"loss": 4}', 4],
    ['scores 4 with sha256', 4],
    ['took 0.25, at v1.2.3', 0.25],
    ['\x1b[32m0.5\x1b[0m', 0.5],
    ['.5', 0.5],
    ['it is 3.', 3],
    ['loss:0.25', 0.25],
    ['epoch1:0.25', 0.25],
    ['acc=98.5%', 98.5],
    ['$5', 5],
    ['0.5, resnet-50 in 5s', 0.5],
    ['0.93 ± 0.01', 0.01],
    ['--lr=-1E-3', -1e-3],
  ];
  it.each(scores)('of %j is %d', async (output, value) => {
    expect(await printing(output)).toEqual({ value });
  });

  it.each(['1\nloss: nan', '2\n-inf', '{"value": NaN}', '3\n{"value": null}', '{"value": 1e999}', '1e999'])(
    'of %j is not finite',
    async (output) => {
      const error = await rejection(printing(output));
      expect(error.code).toBe('ERR_OBJECTIVE_FAILED');
      expect(error.message).toContain(`not a finite number`);
      expect(error.message).toContain(output);
    },
  );

  it.each([
    '{"loss": 0.3, "epoch": 10}',
    "{'value': 0.3, 'epoch': 10}",
    '{"value": 0.3} # epoch 10',
    'loss \u22120.5',
    '0.42\u00b10.01',
    '1\u066b5',
    '1\u00a0234',
    '1,234.5',
    '0.5\ntook 12:30:05',
    '3/10',
    '0.9 (epoch 3/10)',
    '1_000',
    "1'000",
    '1.2.3',
    '1-2',
    '2026-11-28',
  ])('of %j is not guessed', async (output) => {
    const error = await rejection(printing(output));
    expect(error.code).toBe('ERR_OBJECTIVE_FAILED');
    expect(error.message).toContain(output);
  });

  it.each(['a-5', 'sha256', 'x1y'])('of %j is missing: that is a word', async (output) => {
    expect((await rejection(printing(output))).message).toMatch(/printed no score/);
  });

  it('is missing when nothing was printed', async () => {
    expect((await rejection(printing('\n'))).message).toMatch(/printed no score: .*standard output is empty/);
    expect((await rejection(printing('so: done'))).message).toMatch(/standard output ends with:\nso: done/);
  });

  it('is found at the end of 100 MB', async () => {
    expect(await run(program('flood', 'stdout', '100'))).toEqual({ value: 0.75 });
  });

  it('comes with the last 16 KiB of the standard error', async () => {
    const { value, stderr } = await run(program('flood', 'stderr', '20'));
    expect(value).toBe(0.75);
    expect(stderr).toBe('x'.repeat(16 * 1024));
  });
});

describe('a program that fails', () => {
  it('is told by its exit code', async () => {
    const error = await rejection(run(program('exit', '3')));
    expect(error).toMatchObject({ code: 'ERR_OBJECTIVE_FAILED', stderr: 'as asked\n' });
    expect(error.message).toMatch(/exited with code 3\nits standard error ends with:\nas asked$/);
  });

  it('is told by its signal', async () => {
    expect((await rejection(run(program('die', 'SIGTERM')))).message).toMatch(/was killed by SIGTERM/);
  });

  it.each([
    [['no-such-program'], {}, /"no-such-program" is not on the PATH/],
    [['./no-such-program'], {}, /"\.\/no-such-program" is not there \(looked for .*no-such-program\)/],
    [['sh'], { env: { PATH: '/nowhere' } }, /PATH is \/nowhere/],
    [['sh'], { cwd: '/nowhere' }, /the folder "\/nowhere" .* is not there/],
  ])('is not started when %j with %j cannot be', async (argv, options, message) => {
    const error = await rejection(dispatcherOf(command(argv, options)).prepare());
    expect(error).toMatchObject({ code: 'ERR_INVALID_OBJECTIVE' });
    expect(error.message).toMatch(message);
  });

  it('is looked up in its own folder, on its own PATH, and must be executable', async () => {
    const cwd = temporaryDirectory();
    writeFileSync(join(cwd, 'tool'), '#!/bin/sh\necho 5\n');
    const error = await rejection(dispatcherOf(command(['./tool'], { cwd })).prepare());
    expect(error.message).toMatch(/make it executable/);
    chmodSync(join(cwd, 'tool'), 0o755);
    for (const spec of [command(['./tool'], { cwd }), command(['tool'], { env: { PATH: cwd } })]) {
      const dispatcher = dispatcherOf(spec);
      await dispatcher.prepare();
      expect(await evaluated(dispatcher, { x: 1 })).toEqual({ value: 5 });
    }
  });

  it('is told by the trial when it depends on a parameter', async () => {
    const error = await rejection(run(['/nowhere/{x}'], { x: 'tool' }));
    expect(error).toMatchObject({ code: 'ERR_OBJECTIVE_FAILED' });
    expect(error.message).toMatch(/could not be started: .*ENOENT/);
  });
});

describe('no process is left', () => {
  it('after an abort, grand-children included', async () => {
    const file = join(temporaryDirectory(), 'pids');
    const dispatcher = dispatcherOf(command(program('family', file)));
    const controller = new AbortController();
    const evaluation = rejection(evaluated(dispatcher, { x: 1 }, { signal: controller.signal }));
    const pids = await numbersIn(file, 2);
    controller.abort(new Error('stopped by the test'));
    expect((await evaluation).message).toBe('stopped by the test');
    await gone(pids);
  });

  it('after an end that leaves a grand-child', async () => {
    const file = join(temporaryDirectory(), 'pids');
    expect(await run(program('family', file, 'end'))).toEqual({ value: 5 });
    await gone(await numbersIn(file, 2));
  });

  it('after a close', async () => {
    const file = join(temporaryDirectory(), 'pids');
    const dispatcher = dispatcherOf(command(program('family', file)));
    const evaluation = rejection(evaluated(dispatcher, { x: 1 }));
    const pids = await numbersIn(file, 2);
    await dispatcher.close();
    expect((await evaluation).message).toMatch(/was killed by SIGKILL/);
    await gone(pids);
  });

  it('waits for no process that left the group and holds its output', async () => {
    expect(await run(['sh', '-c', 'setsid sleep 8 & sleep 0.1; echo 6'])).toEqual({ value: 6 });
  });

  it('is started after an abort', async () => {
    const file = join(temporaryDirectory(), 'ran');
    const evaluation = evaluated(dispatcherOf(command(['touch', file])), { x: 1 }, { signal: AbortSignal.abort() });
    expect((await rejection(evaluation)).name).toBe('AbortError');
  });
});
