import { accessSync, constants, realpathSync } from 'node:fs';
import { basename, delimiter, dirname, isAbsolute, join, relative, sep } from 'node:path';

const ON_WINDOWS = process.platform === 'win32';

/**
 * The command that continues what was started with `args`, for a POSIX shell, on Windows for
 * cmd.exe, in the folder that it was typed in.
 *
 * @param added Flags that it has besides.
 */
export function continuation(args: readonly string[], added: readonly string[] = []): string {
  const end = args.indexOf('--'); // what follows it are no flags
  const at = end < 0 ? args.length : end;
  const words = [...program(), ...args.slice(0, at), ...added, ...args.slice(at)];
  return [...folder(), words.map((word) => quoted(word)).join(' ')].join(' && ');
}

/** As this program was started. */
function program(): string[] {
  const script = process.argv[1] as string;
  if (ON_WINDOWS ? script.includes('\\node_modules\\shac\\') : basename(script) === 'shac') {
    // npm and npx find the program where the shell may not.
    if (process.env.npm_lifecycle_event !== undefined) return ['npx', 'shac'];
    if (isOnPath(script)) return ['shac'];
    if (!ON_WINDOWS) return [path(script)];
  }
  const node = found(ON_WINDOWS ? 'node.exe' : 'node') === realpathSync(process.execPath) ? 'node' : process.execPath;
  return [node, ...process.execArgv, path(script)];
}

/** npm has put a link to the script there, on Windows a file that starts it. */
function isOnPath(script: string): boolean {
  if (!ON_WINDOWS) return found('shac') === realpathSync(script);
  const starter = found('shac.cmd');
  return starter !== undefined && script.startsWith(join(dirname(starter), 'node_modules', 'shac', sep));
}

/** npm runs a package's scripts in the folder of the package, wherever they were asked for. */
function folder(): string[] {
  const { INIT_CWD: typed, npm_lifecycle_event: script, npm_package_json: manifest = '' } = process.env;
  const moved = script !== undefined && dirname(manifest) === process.cwd() && typed !== process.cwd();
  return moved ? [`${ON_WINDOWS ? 'cd /d' : 'cd'} ${quoted(process.cwd())}`] : [];
}

function path(file: string): string {
  const local = relative(process.cwd(), file);
  if (local.startsWith('..') || isAbsolute(local)) return file;
  return local.includes(sep) ? local : `.${sep}${local}`;
}

/** The file that a shell runs for a name. */
function found(name: string): string | undefined {
  for (const directory of (process.env.PATH ?? '').split(delimiter)) {
    const file = join(directory, name);
    try {
      accessSync(file, constants.X_OK);
      return realpathSync(file);
    } catch {
      // not there
    }
  }
  return undefined;
}

/** A word for the shell of the system. */
export function quoted(word: string, platform: NodeJS.Platform = process.platform): string {
  if (platform === 'win32') {
    if (/^[\w@+=:,./\\-]+$/.test(word)) return word;
    return `"${word.replace(/(\\*)"/g, '$1$1\\"').replace(/\\+$/, '$&$&')}"`;
  }
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
