import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createJiti } from 'jiti';
import { ShacError, ShacTypeError, show } from '../../errors.js';
import { toTrialError } from '../../study/trial.js';
import { knownOptions, text } from '../../validate.js';
import type { Evaluation, EvaluationContext, FailedEvaluation } from '../evaluator.js';
import type { TensorTask } from '../managed/frameworks.js';
import { type Callable, type Runtime, startRuntime } from './runtime.js';

/** Registered globally, so that a study made by another copy of the package is known as one. */
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

/** What a module of an objective may export beside it. */
interface WorkerHooks {
  /** Called once in each worker, before its first evaluation. */
  readonly setup?: Callable;
  /** Called when the worker is no longer needed; not when it is killed. */
  readonly teardown?: (context: { workerId: number }) => unknown;
}

interface LoadedObjective extends WorkerHooks {
  readonly evaluate: Callable;
}

/** An objective whose module is loaded and set up. */
export interface ReadyObjective {
  /** Rejects, or resolves to a failure, when the objective fails. */
  evaluate(params: unknown, context: EvaluationContext): Promise<Evaluation | FailedEvaluation>;
  readonly teardown: WorkerHooks['teardown'];
  /** Gives back what `setup` made, in a thread that goes on without it. */
  end(): void;
}

export function isModuleObjective(value: unknown): value is string | URL | ModuleObjective {
  return typeof value === 'string' || value instanceof URL || (isObject(value) && 'module' in value);
}

/** @throws a typed error for what is not as documented, or a file that is not there. */
export function resolveModule(value: string | URL | ModuleObjective): ModuleFile {
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
 * Imports the module and finds its objective.
 *
 * @throws ERR_INVALID_OBJECTIVE when it cannot be loaded or has no function there.
 */
async function loadObjective({ file, export: name }: ModuleFile): Promise<LoadedObjective> {
  let loaded: Record<string, unknown>;
  try {
    loaded = await importFile(file);
  } catch (cause) {
    throw new ShacError('ERR_INVALID_OBJECTIVE', `the module ${file} cannot be loaded: ${importFailure(cause, file)}`, {
      cause,
    });
  }
  // A CommonJS or TypeScript module without a default export may come with an object as one.
  const evaluate =
    name === undefined ? (functionOf(loaded.default) ?? functionOf(loaded.evaluate)) : functionOf(loaded[name]);
  if (evaluate === undefined) {
    const what = name === undefined ? 'neither a default export nor an export "evaluate" that is a function' : null;
    throw new ShacTypeError(
      'ERR_INVALID_OBJECTIVE',
      `${file} has ${what ?? `no function as its export ${show(name)}`}; its exports are ${Object.keys(loaded).join(', ') || 'none'}`,
    );
  }
  for (const hook of ['setup', 'teardown'] as const) {
    if (loaded[hook] === undefined || typeof loaded[hook] === 'function') continue;
    throw new ShacTypeError(
      'ERR_INVALID_OBJECTIVE',
      `${hook} of ${file} must be a function, got ${show(loaded[hook])}`,
    );
  }
  return { ...(loaded as WorkerHooks), evaluate };
}

/**
 * Loads the objective, unless it is at hand, and sets it up for a worker.
 *
 * @param task The framework that it is called with, if any.
 * @throws ERR_INVALID_OBJECTIVE, ERR_FRAMEWORK_NOT_FOUND
 */
export async function setUpObjective(
  source: Callable | ModuleFile,
  workerId: number,
  task: TensorTask | undefined,
): Promise<ReadyObjective> {
  const runtime = await startRuntime(task, workerId);
  if (typeof source === 'function') {
    return ready(runtime, source, undefined);
  }
  const { evaluate, setup, teardown } = await loadObjective(source);
  try {
    await runtime.setUp(setup, workerId);
  } catch (cause) {
    const { name, message } = toTrialError(cause);
    throw new ShacError('ERR_INVALID_OBJECTIVE', `setup of ${source.file} failed: ${name}: ${message}`, { cause });
  }
  return ready(runtime, evaluate, teardown);
}

/** An objective in its runtime. */
export function ready(runtime: Runtime, objective: Callable, teardown: WorkerHooks['teardown']): ReadyObjective {
  return {
    evaluate: (params, context) => runtime.evaluate(objective, params, context),
    teardown,
    end: () => runtime.end(),
  };
}

/** The objective that an export is, or has as a study. */
function functionOf(value: unknown): Callable | undefined {
  const found = isObject(value) && STUDY in value ? (value as { evaluate?: unknown }).evaluate : value;
  return typeof found === 'function' ? (found as Callable) : undefined;
}

/** Imports a file as it is; TypeScript, and whatever does not find the package by itself, with this copy of it. */
async function importFile(file: string): Promise<Record<string, unknown>> {
  if (/\.[mc]?tsx?$/.test(file)) return importWithPackage(file);
  try {
    return (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ERR_MODULE_NOT_FOUND' && message.includes("'shac'")) return importWithPackage(file);
    throw error;
  }
}

/**
 * Imports JavaScript, or TypeScript without a build step. Its `import … from 'shac'` gives this very copy of the
 * package, wherever the file is.
 */
export async function importWithPackage(file: string): Promise<Record<string, unknown>> {
  const jiti = createJiti(import.meta.url, {
    tryNative: false, // the same way on every version of Node: enums work, whatever Node's own type stripping allows
    fsCache: false, // a cache of code in the shared temporary directory is not worth its risk for such small files
    virtualModules: { shac: await import('../../index.js') },
  });
  return (await jiti.import(pathToFileURL(file).href)) as Record<string, unknown>;
}

/** Why an import failed, on one line, with the line of the file where its own code threw. */
export function importFailure(cause: unknown, path: string): string {
  if (!(cause instanceof Error)) return show(cause);
  const message = cause.message
    .replace(/\nRequire stack:[\s\S]*$/, '')
    .replace(/\s+/g, ' ')
    .trim();
  const frame = cause.stack?.split(/\n\s+at /).find((line) => line.includes(path));
  const line = frame?.slice(frame.indexOf(path) + path.length).match(/^:(\d+)/)?.[1];
  return line === undefined || message.includes(path) ? message : `${message} (line ${line})`;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
