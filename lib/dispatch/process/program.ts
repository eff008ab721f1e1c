import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, resolve } from 'node:path';
import { ShacError, show } from '../../errors.js';
import { coreShare } from './core-share.js';

/** Where a program will be started. */
export interface Place {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

/** The folder and the variables that the process of one of so many evaluators gets. */
export function placeOf(
  { cwd = '.', env = {} }: { cwd?: string; env?: Record<string, string> },
  evaluators: number,
): Place {
  const given = { ...process.env, ...env };
  return { cwd: resolve(cwd), env: { ...given, ...coreShare(evaluators, given) } };
}

/**
 * Checks that `program` could be started at `place`, so that a misspelt one is told before the first trial.
 *
 * It is looked up as the system does: with a slash in it, relative to the folder it runs in, else on its own PATH.
 *
 * @throws ShacError `ERR_INVALID_OBJECTIVE` when the folder or the program is not there or may not be run.
 */
export async function requireProgram(program: string, { cwd, env }: Place): Promise<void> {
  if (!(await isFolder(cwd))) throw unusable(`the folder ${show(cwd)} to run ${show(program)} in is not there`);
  if (program.includes('/')) {
    const file = resolve(cwd, program);
    if (await isRunnable(file)) return;
    throw unusable(
      (await exists(file))
        ? `${show(file)} cannot be run: make it executable (chmod +x), or name its interpreter first`
        : `the program ${show(program)} is not there (looked for ${file})`,
    );
  }
  // An empty entry of PATH is the folder itself; without any PATH the system has a default of its own.
  const folders = (env.PATH ?? '/usr/local/bin:/bin:/usr/bin').split(delimiter);
  for (const folder of folders) if (await isRunnable(resolve(cwd, folder, program))) return;
  throw unusable(
    `the program ${show(program)} is not on the PATH: install it, or give its path (PATH is ${folders.join(delimiter)})`,
  );
}

async function isFolder(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

async function isRunnable(path: string): Promise<boolean> {
  const runnable = access(path, constants.X_OK).then(() => stat(path));
  return await runnable.then(
    (found) => found.isFile(),
    () => false,
  );
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

function unusable(message: string): ShacError {
  return new ShacError('ERR_INVALID_OBJECTIVE', message);
}
