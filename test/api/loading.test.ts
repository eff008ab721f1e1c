/** What is loaded by what a program does: neither a package nor SQLite before something needs it. */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { MAIN } from '../cli/shac.js';
import { temporaryDirectory } from '../support/studies.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const SHAC = new URL('../../dist/index.js', import.meta.url).href;
const ENGINE = 'the engine';
const SQLITE = 'SQLite';
/** What finds addons. */
const OF_ADDONS = ['node-gyp-build', 'bindings', 'file-uri-to-path'];

/** Says at the end of a process whether Node's own SQLite is there: V8's coverage does not list it. */
const OWN_SQLITE = `process.on('exit', () => {
  if (process.moduleLoadList.includes('NativeModule sqlite')) require('node:fs').writeFileSync(process.env.OWN_SQLITE, '');
});`;

/** Runs Node; gives the packages that it has loaded, in all threads, and whether SQLite and the engine are there. */
async function loadedBy(...args: string[]): Promise<string[]> {
  const folder = temporaryDirectory();
  const preload = join(folder, 'preload.cjs');
  writeFileSync(preload, OWN_SQLITE);
  const coverage = join(folder, 'coverage'); // lists every script that V8 has, however it was loaded
  const env = { ...process.env, NODE_V8_COVERAGE: coverage, OWN_SQLITE: join(folder, 'sqlite') };
  await promisify(execFile)(process.execPath, ['--require', preload, ...args], { cwd: root, env });
  const scripts = readdirSync(coverage).flatMap((file) => {
    const { result } = JSON.parse(readFileSync(join(coverage, file), 'utf8')) as { result: { url: string }[] };
    return result.map(({ url }) => url);
  });
  expect(scripts).not.toEqual([]);
  const names = scripts.flatMap((url) => {
    if (url.endsWith('/dist/chunks/engine.js')) return [ENGINE];
    const name = url.match(/.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1] ?? [];
    return name === 'better-sqlite3' ? SQLITE : name;
  });
  if (existsSync(env.OWN_SQLITE)) names.push(SQLITE);
  return [...new Set(names)].filter((name) => !OF_ADDONS.includes(name)).sort();
}

/** The same of a module. */
function loadedByModule(code: string): Promise<string[]> {
  const file = join(temporaryDirectory(), 'program.mjs');
  writeFileSync(file, code.replaceAll("'shac'", JSON.stringify(SHAC)));
  return loadedBy(file);
}

const SEARCH = `
import { writeFileSync } from 'node:fs';
import { CSVLogger, EventCodec, python, SHAC, SearchSpace, uniform } from 'shac';
const space = { x: uniform(0, 1) };
const options = { totalBudget: 4, numBatches: 2 };
`;

/** What a program does, and the packages that it needs for that. */
const PROGRAMS: readonly [string, string, string[]][] = [
  ['an import of the package', "import 'shac';", []],
  ['a search', `${SEARCH} await new SHAC(space, options).fit(({ x }) => x);`, []],
  [
    'a search in a file',
    `${SEARCH} await new SHAC(space, { ...options, storage: FILE }).fit(({ x }) => x);`,
    [SQLITE, 'valibot'],
  ],
  [
    'a log',
    `${SEARCH} await new SHAC(space, options).fit(({ x }) => x, { callbacks: [new CSVLogger(FILE)] });`,
    ['csv-stringify'],
  ],
  [
    'an event that is read',
    `${SEARCH} new EventCodec(new SearchSpace(space)).decode('{"type":"seeded","seed":1,"predictions":0}');`,
    ['valibot'],
  ],
  [
    'a data set',
    `${SEARCH} writeFileSync(FILE, 'x,scores\\n0.5,1\\n'); await new SHAC(space, options).fitDataset(FILE);`,
    ['csv-parse', 'csv-stringify', 'valibot'],
  ],
];

describe('who loads what', () => {
  it.each(PROGRAMS)('%s', async (_what, code, packages) => {
    const file = JSON.stringify(join(temporaryDirectory(), 'file'));
    expect(await loadedByModule(code.replaceAll('FILE', file))).toEqual([ENGINE, ...packages].sort());
  });

  it('require of the package', async () => {
    expect(await loadedBy('--eval', "require('shac')")).toEqual([ENGINE]);
  });

  it('an objective in a thread', async () => {
    const module = join(temporaryDirectory(), 'objective.mjs');
    writeFileSync(module, 'export default ({ x }) => x;');
    const fit = `await search.fit(${JSON.stringify(module)});`;
    const code = `${SEARCH} const search = new SHAC(space, options); search.parallelEvaluators('threads'); ${fit}`;
    expect(await loadedByModule(code)).toEqual([ENGINE, 'tinypool', 'valibot'].sort());
  });

  it('a study file', async () => {
    expect(await loadedByModule("import { loadStudy } from 'shac'; await loadStudy('examples/branin.ts');")).toEqual(
      [ENGINE, 'jiti'].sort(),
    );
  });

  it('shac --version', async () => {
    expect(await loadedBy(MAIN, '--version')).toEqual([]);
  });

  it('shac --help', async () => {
    expect(await loadedBy(MAIN, 'run', '--help')).toEqual(['commander']);
  });
});
