import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { temporaryDirectory } from './studies.js';

const STAND_IN = fileURLToPath(new URL('../fixtures/managed/stand-in.cjs', import.meta.url));

/**
 * A folder with an objective, `objective.mjs`, and with packages: what each of them does when it is loaded, or a small
 * stand-in for TensorFlow.js when that is left out.
 */
export function project(objective: string, packages: Record<string, string | undefined>): string {
  const folder = temporaryDirectory();
  for (const [name, code] of Object.entries(packages)) {
    const place = `${folder}/node_modules/${name}`;
    mkdirSync(place, { recursive: true });
    if (code === undefined) copyFileSync(STAND_IN, `${place}/index.js`);
    else writeFileSync(`${place}/index.js`, code);
  }
  writeFileSync(`${folder}/objective.mjs`, objective);
  return folder;
}
