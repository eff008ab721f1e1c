import { constants } from 'node:fs';
import { access, lstat, stat } from 'node:fs/promises';
import { delimiter, resolve } from 'node:path';
import { ShacError, show } from '../../errors.js';
import { coreShare } from './core-share.js';
import { variable, withVariables } from './variables.js';

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
  const given = withVariables(process.env, env);
  return { cwd: resolve(cwd), env: { ...given, ...coreShare(evaluators, given) } };
}

/** What Windows starts without a shell. */
const WINDOWS_PROGRAMS = ['.com', '.exe'];
/** What people call by the same name, and it does not start. */
const WINDOWS_SCRIPTS = ['', '.cmd', '.bat', '.ps1', '.py'];

/**
 * Checks that `program` could be started at `place`, so that a misspelt one is told before the first trial.
 *
 * It is looked up as the system does: with a slash in it, relative to the folder it runs in, else on its own PATH, on
 * Windows in the folder before.
 *
 * @param platform Whose rules count.
 * @throws ShacError `ERR_INVALID_OBJECTIVE` when the folder or the program is not there or may not be run.
 */
export async function requireProgram(
  program: string,
  { cwd, env }: Place,
  platform: NodeJS.Platform = process.platform,
): Promise<void> {
  if (!(await isFolder(cwd))) throw unusable(`the folder ${show(cwd)} to run ${show(program)} in is not there`);
  const onWindows = platform === 'win32';
  const isPath = onWindows ? /[\\/:]/.test(program) : program.includes('/');
  // An empty entry of PATH is the folder itself; without any PATH the system has a default of its own.
  const path = variable(env, 'PATH', platform) ?? (onWindows ? '' : '/usr/local/bin:/bin:/usr/bin');
  const folders = isPath ? [cwd] : [...(onWindows ? [cwd] : []), ...path.split(delimiter)];
  const files = folders.map((folder) => resolve(cwd, folder, program));
  if ((await first(onWindows ? files.flatMap(windowsPrograms) : files, isRunnable)) !== undefined) return;
  if (onWindows) {
    const script = await first(files.flatMap(named(WINDOWS_SCRIPTS)), isRunnable);
    if (script !== undefined) throw unusable(notStarted(script));
  } else if (isPath && (await exists(files[0] as string))) {
    throw unusable(`${show(files[0])} cannot be run: make it executable (chmod +x), or name its interpreter first`);
  }
  throw unusable(
    isPath
      ? `the program ${show(program)} is not there (looked for ${files[0]})`
      : `the program ${show(program)} is not on the PATH: install it, or give its path (PATH is ${path})`,
  );
}

/** A name has its ending, or one is added. */
function windowsPrograms(file: string): string[] {
  const whole = WINDOWS_PROGRAMS.some((ending) => file.toLowerCase().endsWith(ending));
  return [...(whole ? [file] : []), ...named(WINDOWS_PROGRAMS)(file)];
}

const named = (endings: readonly string[]) => (file: string) => endings.map((ending) => `${file}${ending}`);

function notStarted(script: string): string {
  const runner = /\.(?:cmd|bat)$/i.test(script) ? "'cmd', '/c'" : "'python'";
  return (
    `Windows starts only .exe and .com files by themselves, and ${show(script)} is none: name the program that runs it ` +
    `first, as in [${runner}, ${show(script)}]`
  );
}

async function first(files: readonly string[], is: (file: string) => Promise<boolean>): Promise<string | undefined> {
  for (const file of files) if (await is(file)) return file;
  return undefined;
}

async function isFolder(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

async function isRunnable(path: string): Promise<boolean> {
  // An alias of the Microsoft Store's, which Python is by default, can be started, and not always looked through.
  const runnable = access(path, constants.X_OK).then(() => stat(path).catch(() => lstat(path)));
  return await runnable.then(
    (found) => found.isFile() || found.isSymbolicLink(),
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
