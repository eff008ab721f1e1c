import { ShacTypeError, show } from '../errors.js';
import { plainObject, text } from '../validate.js';

/** Marks what `command()` and `python()` return. A registered symbol, so that two copies of the package agree. */
export const BACKEND = Symbol.for('shac.backend');

/** Whether `value` is a spec of `backend`. */
export function hasBackend(value: unknown, backend: 'command' | 'python'): boolean {
  return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[BACKEND] === backend;
}

/** Where the objective's processes run. */
export interface Surroundings {
  /** The folder they run in, which relative paths are relative to. Default: the current one. */
  readonly cwd?: string;
  /** Variables added to those of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The `cwd` and `env` among `options`, checked and copied. */
export function surroundings(owner: string, options: Record<string, unknown>): Surroundings {
  const { cwd, env } = options;
  return {
    ...(cwd !== undefined && { cwd: processText(`the cwd of ${owner}`, cwd) }),
    ...(env !== undefined && { env: variables(`the env of ${owner}`, env) }),
  };
}

function variables(name: string, value: unknown): Readonly<Record<string, string>> {
  const entries = Object.entries(plainObject(name, value));
  for (const [key, one] of entries) {
    if (typeof one === 'string' && !`${key}${one}`.includes('\0') && key !== '' && !key.includes('=')) continue;
    throw new ShacTypeError(
      'ERR_INVALID_ARGUMENT',
      `${name} must be an object of strings, such as { OMP_NUM_THREADS: '1' }, but ${show(key)} is ${show(one)}`,
    );
  }
  return Object.freeze(Object.fromEntries(entries) as Record<string, string>);
}

/** A non-empty string that a system call can take: one without a NUL. */
export function processText(name: string, value: unknown): string {
  const checked = text(name, value);
  if (!checked.includes('\0')) return checked;
  throw new ShacTypeError('ERR_INVALID_ARGUMENT', `${name} must not contain a NUL character, got ${show(value)}`);
}
