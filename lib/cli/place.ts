import { existsSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { ShacError } from '../errors.js';
import { hasStudy } from '../storage/directory.js';

/** Where a run keeps its study. */
export interface Place {
  /** Saved there after every batch; undefined: only when the run does not come to its end. */
  readonly storage: string | undefined;
  /** Where it is saved when the run does not come to its end. */
  readonly dir: string;
  /** Whether the command that continues has to name `dir`. */
  readonly named: boolean;
}

/**
 * Chooses the directory of a run: `--data`, else the study's own `storage`, else `<study file>.shac` here.
 *
 * @throws ERR_FILE when there is nothing to resume, or when something is there that a new run would overwrite.
 */
export function choosePlace(
  file: string,
  { data, resume }: { data?: string; resume?: true },
  ownStorage: string | undefined,
): Place {
  const standard = `${basename(file, extname(file))}.shac`;
  const given = data ?? ownStorage;
  const dir = given ?? standard;
  if (resume && !hasStudy(dir)) {
    throw new ShacError('ERR_FILE', `there is no study to resume in ${dir}; run without --resume to begin one`);
  }
  if (resume) return { storage: dir, dir, named: false };
  if (given === undefined) {
    const free = firstFree(standard);
    return { storage: undefined, dir: free, named: free !== standard };
  }
  if (hasStudy(dir)) {
    throw new ShacError(
      'ERR_FILE',
      `${dir} holds a study already; pass --resume to go on with it, or remove the directory to begin anew`,
    );
  }
  return { storage: dir, dir, named: false };
}

/** `branin.shac`, or `branin-2.shac` when an earlier run left that: what is kept is never overwritten. */
function firstFree(standard: string): string {
  let dir = standard;
  for (let n = 2; existsSync(dir); n++) dir = standard.replace(/\.shac$/, `-${n}.shac`);
  return dir;
}

/** The command that continues a run which was started with `args`. */
export function continuation(args: readonly string[], { dir, named }: Place): string {
  // npm and npx find the program where the shell may not.
  const program = process.env.npm_lifecycle_event === undefined ? ['shac'] : ['npx', 'shac'];
  const resume = args.includes('--resume') ? [] : ['--resume'];
  const data = named ? ['--data', dir] : [];
  return [...program, ...args, ...resume, ...data].map(quoted).join(' ');
}

/** For a POSIX shell. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
