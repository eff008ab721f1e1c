/** The watcher of a search ends what is left of it in whatever shell a system has as /bin/sh: Alpine's is busybox. */
import { spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { isRunning } from '../support/processes.js';
import { temporaryDirectory } from '../support/studies.js';

const WATCHER = fileURLToPath(new URL('../../dist/dispatch/process/watcher.sh', import.meta.url));
const SHELLS = ['dash', 'bash --posix', 'busybox sh', 'zsh --emulate sh', 'mksh', 'ksh93'];
const isInstalled = (shell: string) => spawnSync('sh', ['-c', `${shell} -c exit`]).status === 0;

/** A PATH with nothing but busybox, as on Alpine. */
function busyboxPath(): string {
  const dir = join(temporaryDirectory(), 'bin');
  mkdirSync(dir);
  const file = spawnSync('sh', ['-c', 'command -v busybox'], { encoding: 'utf8' }).stdout.trim();
  for (const name of ['busybox', 'grep', 'sleep']) symlinkSync(file, join(dir, name));
  return dir;
}

/** In a group of its own, so that only the group or the mark leads to it. */
function started(args: readonly string[], env: NodeJS.ProcessEnv = {}): number {
  const [program, ...rest] = args;
  const { pid } = spawn(program as string, rest, {
    detached: true,
    stdio: 'ignore',
    env: { A: '1', PATH: process.env.PATH, ...env },
  });
  onTestFinished(() => {
    if (isRunning(pid as number)) process.kill(-(pid as number), 'SIGKILL');
  });
  return pid as number;
}

it.each(SHELLS.filter(isInstalled))('%s', async (line) => {
  const [shell = '', ...flags] = line.split(' ');
  const mark = randomUUID();
  const path = shell === 'busybox' ? busyboxPath() : process.env.PATH;
  const watcher = spawn(shell, [...flags, WATCHER, mark], {
    env: { PATH: path },
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  const group = started(['sh', '-c', "trap '' TERM; sleep 300 & while :; do sleep 300; done"]);
  const marked = started(['sleep', '300'], { SHAC_SUPERVISOR: `other ${mark}.1.` });
  const over = started(['sleep', '300']);
  watcher.stdin.end(`+ ${over}\n+ ${group}\n- ${over}\n`);
  expect(await once(watcher, 'exit')).toEqual([0, null]);
  await expect.poll(() => [group, marked].map(isRunning), { timeout: 30_000 }).toEqual([false, false]);
  expect(isRunning(over)).toBe(true);
});
