/**
 * Files of this package, by their paths in dist/: modules are bundled there, so that their own places say nothing. This one
 * is as deep in lib/ as its code is in dist/.
 */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const DIST = new URL('..', import.meta.url);

/** Loads packages at once, where there is no waiting for an import. */
export const require = createRequire(import.meta.url);

/** The path of a file in dist/. */
export function ownFile(path: string): string {
  return fileURLToPath(new URL(path, DIST));
}

/** A module in dist/, loaded at once. */
export function ownModule<T>(path: string): T {
  return require(ownFile(path)) as T;
}
