/**
 * Checks who includes whom in native/: a room uses itself and the floors below it, never one above, and never a room
 * beside it. Names every include that breaks this, and exits 1 then.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

// From the top down; rooms of one floor know nothing of each other. 'core' is what several rooms use.
const floors = [
  ['test'],
  ['addon.cc'],
  ['binding'],
  ['core/surrogate', 'core/sampler', 'core/training'],
  ['core/cascade'],
  ['core/xgboost'],
  ['core'],
];
// Node's headers are for the binding alone.
const napi = /^(napi|node_api|js_native_api)\.h$/;

const root = fileURLToPath(new URL('../native', import.meta.url));
const files = filesUnder('').filter((file) => /\.(cc|h)$/.test(file));
const broken = files.flatMap(brokenRules);

if (broken.length > 0) {
  for (const line of broken) console.error(`native rooms: ${line}`);
  process.exit(1);
}
console.log(`native rooms: ${files.length} files, no rule broken`);

function brokenRules(file) {
  if (floorOf(file) < 0) return [`${file} is in no room that .ci/native-rooms.mjs lists`];
  const text = readFileSync(join(root, file), 'utf8');
  const includes = [...text.matchAll(/^\s*#\s*include\s*["<]([^">]+)[">]/gm)].map(([, path]) => path);
  return includes.filter((path) => !mayInclude(file, path)).map((path) => `${file} may not include ${path}`);
}

function mayInclude(file, path) {
  if (napi.test(path)) return roomOf(file) === 'binding';
  if (!/^(addon|binding|core|test)\b/.test(path)) return true; // of a library
  return roomOf(file) === roomOf(path) || (floorOf(path) >= 0 && floorOf(file) < floorOf(path));
}

function floorOf(path) {
  return floors.findIndex((rooms) => rooms.includes(roomOf(path)));
}

function roomOf(path) {
  return path.includes('/') ? path.replace(/^test\/.*/, 'test/').replace(/\/[^/]*$/, '') : path;
}

function filesUnder(folder) {
  if (folder === 'xgboost/') return []; // the submodule
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesUnder(`${folder}${entry.name}/`) : [`${folder}${entry.name}`],
  );
}
