import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ShacError, ShacTypeError, show } from '../../errors.js';
import { knownOptions, text } from '../../validate.js';
import type { EvaluatorBackend } from '../backends.js';
import type { Callable } from './runtime.js';

/** Marks what `defineStudy` made. Registered globally, so that a study made by another copy of the package is known as one. */
export const STUDY = Symbol.for('shac.study');

/** An objective in a file of its own. */
export interface ModuleObjective {
  /** Path (from the current directory) or `file:` URL of a JavaScript or TypeScript module. */
  readonly module: string | URL;
  /** Which export: a function, or a study. Default: `default`, or else `evaluate`. */
  readonly export?: string;
}

/** The same, checked: a file that is there. */
export interface ModuleFile {
  readonly file: string;
  readonly export: string | undefined;
}

/** An objective in JavaScript: a function, or a module that exports one. */
export type CodeObjective = Callable | string | URL | ModuleObjective;

export function isCodeObjective(value: unknown): value is CodeObjective {
  return typeof value === 'function' || isModuleObjective(value);
}

function isModuleObjective(value: unknown): value is Exclude<CodeObjective, Callable> {
  return (
    typeof value === 'string' ||
    value instanceof URL ||
    (typeof value === 'object' && value !== null && 'module' in value)
  );
}

/** @throws a typed error for what is not as documented, or a file that is not there. */
export function resolveModule(value: Exclude<CodeObjective, Callable>): ModuleFile {
  const object = typeof value === 'string' || value instanceof URL ? { module: value } : value;
  const { module, export: name } = knownOptions('the objective', object, ['module', 'export']);
  const isUrl = module instanceof URL || (typeof module === 'string' && module.startsWith('file:'));
  if (!isUrl && (typeof module !== 'string' || module === '')) {
    throw new ShacTypeError('ERR_INVALID_ARGUMENT', `module must be a path or a file: URL, got ${show(module)}`);
  }
  if (isUrl && new URL(module).protocol !== 'file:') {
    throw new ShacTypeError('ERR_INVALID_ARGUMENT', `module must be a file: URL, got ${show(String(module))}`);
  }
  const file = isUrl ? fileURLToPath(module) : resolve(module as string);
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) {
    throw new ShacError('ERR_INVALID_OBJECTIVE', `there is no module ${file} to take the objective from`);
  }
  return { file, export: name === undefined ? undefined : text('export', name) };
}

/**
 * The module that workers load.
 *
 * @throws ERR_INVALID_OBJECTIVE for a function, which cannot be sent to one; else as {@link resolveModule} does.
 */
export function moduleForWorkers(source: CodeObjective, backend: EvaluatorBackend): ModuleFile {
  if (typeof source !== 'function') return resolveModule(source);
  throw new ShacTypeError(
    'ERR_INVALID_OBJECTIVE',
    `a function cannot be sent to ${backend}: move it to a module of its own and pass that, as in ` +
      "fit(new URL('./objective.js', import.meta.url)), or a study file; or call concurrentEvaluators() to run it here",
  );
}
