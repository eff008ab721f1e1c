/** The package as a stranger gets it: packed, installed from the tarball in an empty project, used from JS and TS. */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { thisPlatform } from '../../.ci/release/platforms.mjs';

const exec = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const version = (createRequire(import.meta.url)('../../package.json') as { version: string }).version;

const PUBLISHED = [
  /^(package\.json|(README|CHANGELOG|CONTRIBUTING)\.md|LICENSE|CMakeLists\.txt)$/,
  /^dist\/.+\.(js|js\.map|d\.ts|py|sh)$/,
  /^native\/(addon\.(cc|map)|(core|binding)(\/[\w-]+)+\.(cc|h))$/,
  /^docs\/[\w-]+\.md$/,
  /^examples\/.+\.(ts|js|mjs|json|md|py)$/,
];

const REQUIRED = [
  'README.md',
  'LICENSE',
  'CHANGELOG.md',
  'CMakeLists.txt',
  'docs/README.md',
  'dist/index.js',
  'dist/index.d.ts',
  'dist/cli/main.js',
  'dist/dispatch/process/watcher.sh',
  'dist/dispatch/python/failures.py',
  'dist/dispatch/python/frameworks.py',
  'dist/dispatch/python/loading.py',
  'dist/dispatch/python/worker.py',
  'native/addon.cc',
  'native/addon.map',
  'examples/brotli.ts',
];

const STUDY = `
const shac = new SHAC(
  { x: uniform(-5, 10), y: uniform(0, 15) },
  { totalBudget: 40, numBatches: 4, objective: 'min', seed: 1, preset: 'paper', storage: 'study.db' },
);
await shac.fit(async ({ x, y }) => (x - 1) ** 2 + (y - 2) ** 2, { skipCvChecks: true });
`;

let project: string;
let tarball: string;
let packed: string[];

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'shac-consumer-'));
  const pack = await exec('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', project], { cwd: root });
  const [report] = Object.values<{ filename: string; files: { path: string }[] }>(JSON.parse(pack.stdout));
  if (!report) throw new Error(`npm pack gave no report: ${pack.stdout}`);
  tarball = join(project, report.filename);
  packed = report.files.map((file) => file.path);
  await install(project, [tarball, ...(await ofThisPlatform())]);
}, 600_000);

async function install(folder: string, tarballs: readonly string[]): Promise<void> {
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type: 'module' }));
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  await exec('npm', ['install', ...flags, ...tarballs], { cwd: folder });
}

/** What `npm run prebuild` made, and the registry would give: the addon, and SQLite for a Node that has none. */
async function ofThisPlatform(): Promise<string[]> {
  const prebuilds = join(root, 'prebuilds');
  const name = thisPlatform()?.name;
  const wanted = [`shac-${name}-${version}.tgz`, `shac-sqlite-${name}-${version}.tgz`];
  const found = (await readdir(prebuilds)).filter((file) => wanted.includes(file));
  return found.map((file) => join(prebuilds, file));
}

afterAll(() => rm(project, { recursive: true, force: true }));

describe('the tarball', () => {
  it('holds nothing but what is published', () => {
    expect(packed.filter((path) => !PUBLISHED.some((pattern) => pattern.test(path)))).toEqual([]);
  });

  it('holds the documents, the library, the sources of the addon and the examples', () => {
    expect(REQUIRED.filter((path) => !packed.includes(path))).toEqual([]);
  });

  it('has nothing that publint warns of', async () => {
    const file = await readFile(tarball);
    const data = file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength);
    const { messages, pkg } = await publint({ pack: { tarball: data }, strict: true, level: 'warning' });
    expect(messages.map((message) => formatMessage(message, pkg ?? {}))).toEqual([]);
  });
});

describe('an installed package', () => {
  it('compiles nothing, and does not bring XGBoost or tests with it', async () => {
    const installed = join(project, 'node_modules/shac');
    expect(await readdir(installed)).not.toContain('build');
    expect(await readdir(join(installed, 'native'))).toEqual(expect.not.arrayContaining(['xgboost', 'test']));
  });

  it('runs a study from an ES module, and keeps it', async () => {
    const script = `import { SHAC, uniform } from 'shac';\n${STUDY}\nconsole.log(JSON.stringify(shac.bestTrial));\n`;
    await writeFile(join(project, 'study.mjs'), script);
    const { stdout } = await exec(process.execPath, ['study.mjs'], { cwd: project });
    const { value, params } = JSON.parse(stdout);
    expect(value).toBe((params.x - 1) ** 2 + (params.y - 2) ** 2);
    expect(value).toBeLessThan(10);
    const list = await exec('npx', ['--no-install', 'shac', 'studies', 'list', '--db', 'study.db', '--json'], {
      cwd: project,
    });
    expect(JSON.parse(list.stdout)).toMatchObject([{ name: 'shac', trials: { COMPLETE: 40 }, best: value }]);
  });

  it('runs a study from CommonJS, its storage by a path of its own, and warns of nothing', async () => {
    const script = `const { SHAC, ShacError, uniform } = require('shac');
const { memory, sqlite } = require('shac/storage');
(async () => {
  const search = new SHAC({ x: uniform(0, 1) }, { totalBudget: 4, numBatches: 2, storage: memory() });
  await search.fit(({ x }) => x);
  const isOurs = (() => { try { sqlite('') } catch (error) { return error.code } })();
  const { SHAC: imported } = await import('shac');
  console.log(search.trials.length, isOurs, imported === SHAC, typeof ShacError, require('shac/package.json').name);
})();
`;
    await writeFile(join(project, 'study.cjs'), script);
    const { stdout, stderr } = await exec(process.execPath, ['study.cjs'], { cwd: project });
    expect({ stdout, stderr }).toEqual({ stdout: '4 ERR_INVALID_ARGUMENT true function shac\n', stderr: '' });
  });

  it.each([
    { name: 'a CommonJS module', file: 'common.cts', module: 'nodenext', moduleResolution: 'nodenext' },
    { name: 'an ES module', file: 'es.mts', module: 'nodenext', moduleResolution: 'nodenext' },
    { name: 'a program that is bundled', file: 'bundled.ts', module: 'preserve', moduleResolution: 'bundler' },
  ])('type-checks from $name, without the types of Node, its declarations too', async ({ file, ...resolution }) => {
    const script = `import { SHAC, uniform, type Trial } from 'shac';
import { memory, type Storage } from 'shac/storage';
const storage: Storage = memory();
export const search = new SHAC({ x: uniform(0, 1) }, { totalBudget: 4, numBatches: 2, storage });
export const first: Trial<{ x: number }> | undefined = search.trials[0];
// @ts-expect-error: there may be none
search.bestTrial.value;
`;
    const { name: _, ...modules } = resolution;
    const compilerOptions = {
      ...{ noEmit: true, strict: true, skipLibCheck: false, target: 'es2022', lib: ['es2023', 'dom'], types: [] },
      ...modules,
    };
    await writeFile(join(project, file), script);
    const config = `${file}.json`; // tsc refuses to compile single files beside a tsconfig.json
    await writeFile(join(project, config), JSON.stringify({ compilerOptions, files: [file] }));
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    await exec(process.execPath, [tsc, '-p', config], { cwd: project }).catch(withOutput);
  });

  it('type-checks with its own declarations, and runs, from TypeScript', async () => {
    const script = `import { SHAC, uniform } from 'shac';
${STUDY}
const best = shac.bestTrial;
if (!best) throw new Error('no trial');
const x: number = best.params.x;
// @ts-expect-error: the space has no such parameter
best.params.z;
// @ts-expect-error: not a direction
() => new SHAC({ x: uniform(0, 1) }, { totalBudget: 4, numBatches: 2, objective: 'least' });
console.log(typeof x);
`;
    await writeFile(join(project, 'study.ts'), script);
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const nodeTypes = ['--typeRoots', join(root, 'node_modules/@types'), '--types', 'node'];
    const flags = ['--strict', '--target', 'es2022', '--module', 'nodenext', '--outDir', 'out', ...nodeTypes];
    await exec(process.execPath, [tsc, ...flags, 'study.ts'], { cwd: project }).catch(withOutput);
    expect((await exec(process.execPath, ['out/study.js'], { cwd: project })).stdout).toBe('number\n');
  });

  it('type-checks without the types of Node, its declarations too, and lets a callback say what it overrides', async () => {
    const script = `import { Callback, SHAC, uniform, type Trial } from 'shac';
class Last extends Callback {
  override onTrialEnd(trial: Trial): void {
    trial.value;
  }
}
const search = new SHAC({ x: uniform(0, 1) }, { totalBudget: 4, numBatches: 2 });
await search.fit(({ x }) => x, { callbacks: [new Last()] });
// @ts-expect-error: there may be none
search.bestTrial.value;
`;
    const compilerOptions = {
      ...{ noEmit: true, strict: true, noImplicitOverride: true, skipLibCheck: false },
      ...{ target: 'es2022', module: 'nodenext', lib: ['es2023', 'dom'], types: [] },
    };
    await writeFile(join(project, 'callback.ts'), script);
    await writeFile(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['callback.ts'] }));
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    await exec(process.execPath, [tsc, '-p', '.'], { cwd: project }).catch(withOutput);
  });

  it('tells its version and that of XGBoost', async () => {
    const { stdout } = await exec('npx', ['--no-install', 'shac', '--version'], { cwd: project });
    expect(stdout).toContain(version);
    expect(stdout).toMatch(/XGBoost \d+\.\d+\.\d+/i);
  });
});

describe('a package without its addon', () => {
  it('says so, and what to do; shac build compiles it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'shac-source-'));
    try {
      await install(folder, [tarball]);
      const shac = (command: string) =>
        exec(process.execPath, ['node_modules/shac/dist/cli/main.js', command], { cwd: folder });
      const refused: { code: number; stderr: string } = await shac('--version').catch((error) => error);
      expect(refused.code).toBe(1);
      expect(refused.stderr).toMatch(
        /^shac: The native addon .* cannot be loaded: there is no package @shac\/.*npx shac build/,
      );
      expect(refused.stderr.trim().split('\n')).toHaveLength(1);
      expect((await shac('--help')).stdout).toContain('shac [options] [command]');
      await shac('build');
      expect((await shac('--version')).stdout).toMatch(/XGBoost \d+\.\d+/);
      await writeFile(
        join(folder, 'study.mjs'),
        `import { SHAC, uniform } from 'shac';\n${STUDY.replace(", storage: 'study.db'", '')}\nconsole.log(shac.trials.length);\n`,
      );
      expect((await exec(process.execPath, ['study.mjs'], { cwd: folder })).stdout).toBe('40\n');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }, 600_000);
});

/** tsc writes its errors to stdout, which the error of execFile does not show. */
function withOutput(error: Error & { stdout?: string }): never {
  throw new Error(`${error.message}\n${error.stdout}`);
}
