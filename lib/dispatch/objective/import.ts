import { pathToFileURL } from 'node:url';
import { createJiti } from 'jiti';
import { show } from '../../errors.js';

/** Registered globally, so that a study made by another copy of the package is known as one. */
export const STUDY = Symbol.for('shac.study');

/** Imports a file as it is; TypeScript, and whatever does not find the package by itself, with this copy of it. */
export async function importFile(file: string): Promise<Record<string, unknown>> {
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
    // The package by its own name is this copy: Node looks into the package.json above this file first.
    virtualModules: { shac: await import('shac') },
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
