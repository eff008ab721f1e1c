/**
 * lib/ to dist/, in few files: each one that Node loads costs half a millisecond. Modules that are needed at the same
 * times are one file in dist/chunks. Every file of lib/ has its own in dist/ as well, which mostly exports what is in a
 * chunk: that is where workers, tests and benchmarks find it. The types are tsc's.
 */
import { readdirSync } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = fileURLToPath(new URL('../../', import.meta.url));
const lib = join(root, 'lib');
/** What begins without the engine: the command line, and workers. */
const COMMAND_LINE = ['cli/main', 'cli/program'];
const WORKER = 'dispatch/workers/worker-entry';
/** What lib/ loads by its path, when it is needed: see lib/package/own-files.ts. */
const LOADED = ['dispatch/managed/tensor-runtime', 'store/sqlite/sqlite-storage', 'study/event-schemas'];

const nameOf = (id) => relative(lib, id).slice(0, -'.ts'.length).split(sep).join('/');
const modules = readdirSync(lib, { recursive: true }).filter((path) => path.endsWith('.ts'));
const input = Object.fromEntries(modules.map((path) => join(lib, path)).map((id) => [nameOf(id), id]));

/** From where each module is needed: names of files that something begins with, or that are loaded later. */
let needed;

const bundle = await rolldown({
  cwd: root,
  input,
  platform: 'node',
  preserveEntrySignatures: 'allow-extension', // a file may have exports that only other files of dist use
  tsconfig: join(lib, 'tsconfig.json'),
  external: (id) => !id.startsWith('.') && !id.startsWith(lib),
});
await bundle.write({
  dir: join(root, 'dist'),
  cleanDir: true,
  // As deep as most files of lib/; a number tells them apart.
  chunkFileNames: ({ name }) => `chunks/${basename(name.split('+')[0])}.js`,
  comments: false,
  keepNames: true, // users see those of classes
  sourcemap: true,
  sourcemapExcludeSources: true,
  codeSplitting: { includeDependenciesRecursively: false, groups: [{ name: chunkOf, debugName: 'chunkOf' }] },
});

/** The chunk of a module; what something begins with has its own file. */
function chunkOf(id, graph) {
  needed ??= neededFrom(graph);
  const from = needed.get(id) ?? [];
  if (from.length === 0 || from.includes(nameOf(id))) return null;
  const isOfCli = from.some((name) => COMMAND_LINE.includes(name));
  if (!from.includes('index')) return isOfCli ? 'cli' : from.join('+');
  if (isOfCli || from.includes(WORKER)) return 'base';
  return from.includes('native/addon') ? 'native' : 'engine';
}

function neededFrom(graph) {
  const dynamic = Object.values(input).flatMap((id) => graph.getModuleInfo(id).dynamicallyImportedIds);
  const starts = new Set([
    'index',
    'native/addon',
    ...COMMAND_LINE,
    WORKER,
    ...LOADED,
    ...dynamic.filter((id) => id.startsWith(lib)).map(nameOf),
  ]);
  const reached = new Map();
  for (const start of starts) {
    const found = new Set([input[start]]);
    for (const id of found)
      for (const next of graph.getModuleInfo(id).importedIds) if (next.startsWith(lib)) found.add(next);
    for (const id of found) reached.set(id, [...(reached.get(id) ?? []), start]);
  }
  return reached;
}
