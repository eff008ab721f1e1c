import { spawnSync } from 'node:child_process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { show } from '../../errors.js';
import { ownFile } from '../../package/own-files.js';

/** Where this package's own code is. */
const OURS = ownFile('');

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
 * package, wherever the file is, and so does that from 'shac/storage'.
 */
export async function importWithPackage(file: string): Promise<Record<string, unknown>> {
  const { createJiti } = await import('jiti');
  const jiti = createJiti(import.meta.url, {
    tryNative: false, // the same way on every version of Node: enums work, whatever Node's own type stripping allows
    fsCache: false, // a cache of code in the shared temporary directory is not worth its risk for such small files
    // The package by its own name is this copy: Node looks into the package.json above this file first.
    virtualModules: { shac: await import('shac'), 'shac/storage': await import('shac/storage') },
  });
  return (await jiti.import(pathToFileURL(file).href)) as Record<string, unknown>;
}

/** Why the import of `file` failed, on one line, with the place of a syntax error, or where the user's code threw. */
export function importFailure(cause: unknown, file: string): string {
  if (!(cause instanceof Error)) return show(cause);
  const message = cause.message
    .replace(/\nRequire stack:[\s\S]*$/, '')
    .replace(/\s+/g, ' ')
    .trim();
  const place = placeOfSyntaxError(cause, file) ?? placeOfThrow(cause);
  return place === undefined || message.includes(place) ? message : `${message} (${place})`;
}

/** Of what Node does not parse or link it tells the place only where it prints the error. Nothing has run then. */
function placeOfSyntaxError(cause: Error, file: string): string | undefined {
  if (!(cause instanceof SyntaxError)) return undefined;
  const { stack = '' } = cause;
  const place = placePrinted(stack);
  const [, top = ''] = stack.match(/^\s+at (.*)/m) ?? [];
  if (place !== undefined || !top.includes('node:internal/modules')) return place;
  const code = `await import(${JSON.stringify(pathToFileURL(file).href)})`;
  return placePrinted(
    spawnSync(process.execPath, ['--input-type=module', '--eval', code], { encoding: 'utf8' }).stderr,
  );
}

/** The path or URL at the start of a place; Windows has drives, and Node ends its lines there as Windows does. */
const FILE = String.raw`file:\/\/\S+?|(?:[A-Za-z]:[\\/]|\/).*?`;
const PRINTED = new RegExp(String.raw`^(${FILE}):(\d+)\r?\n.*\r?\n(\s*)\^`, 'm');
const FRAME = new RegExp(String.raw`^\s+at (?:.*\()?(?:async )?(${FILE}):(\d+):\d+\)?$`, 'gm');

/** The place that Node prints above an error: file and line, then the line itself, then a caret below it. */
function placePrinted(text: string): string | undefined {
  const [, path, line, indent] = text.match(PRINTED) ?? [];
  return path && `${pathOf(path)}:${line}:${(indent as string).length + 1}`;
}

/** The first line of the stack that is neither ours nor a library's. */
function placeOfThrow({ stack = '' }: Error): string | undefined {
  for (const [, found, line] of stack.matchAll(FRAME)) {
    const path = pathOf(found as string);
    if (!path.startsWith(OURS) && !/[\\/]node_modules[\\/]/.test(path)) return `${path}:${line}`;
  }
  return undefined;
}

function pathOf(place: string): string {
  return place.startsWith('file:') ? fileURLToPath(place) : place;
}
