import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';

/**
 * Whether a process can lead a group, which is signalled as one and gets no Ctrl-C of the terminal. Windows has no such
 * groups: there a process is ended with those that name it as their parent, as long as it lives.
 */
export const HAS_GROUPS = process.platform !== 'win32';

/** What taskkill exits with when there is none of these. */
const NOT_FOUND = 128;

/**
 * Kills processes with all that they have started. Unix does it at once; on Windows another program does, and is waited
 * for only when this process is `exiting`.
 */
export function killTrees(pids: Iterable<number>, { exiting = false } = {}): void {
  const roots = [...pids];
  if (HAS_GROUPS) for (const pid of roots) kill(-pid);
  else if (roots.length > 0) taskkill(roots, exiting);
}

function taskkill(pids: readonly number[], exiting: boolean): void {
  const program = join(process.env.SystemRoot ?? 'C:\\Windows', 'System32', 'taskkill.exe');
  const args = ['/F', '/T', ...pids.flatMap((pid) => ['/PID', String(pid)])];
  const options = { stdio: 'ignore', windowsHide: true } as const;
  const onExit = (code: number | null) => {
    if (code !== 0 && code !== NOT_FOUND) for (const pid of pids) kill(pid);
  };
  if (exiting) onExit(spawnSync(program, args, options).status);
  else
    spawn(program, args, options)
      .once('error', () => onExit(null))
      .once('exit', onExit);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // ESRCH: all of them are gone. EPERM: what is left belongs to another user.
  }
}
