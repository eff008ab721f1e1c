/** Which SQLite a program gets, in processes of their own. */
import { cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { platformName } from '../../dist/native/platform.js';
import { runChild } from '../support/child.js';
import { betterSqlite3Loads } from '../support/drivers.js';
import { temporaryDirectory } from '../support/studies.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const hasOwn = isBuiltin('node:sqlite');
const WITHOUT_OWN = hasOwn ? ['--no-experimental-sqlite'] : [];

/** A folder where shac is installed, and better-sqlite3 under the names of `drivers` only. */
function installed(drivers: readonly string[]): string {
  const folder = temporaryDirectory();
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, 'shac'), { recursive: true });
  for (const path of ['dist', 'package.json'])
    cpSync(join(root, path), join(modules, 'shac', path), { recursive: true });
  symlinkSync(join(root, 'build'), join(modules, 'shac/build'), 'junction');
  const link = (target: string, name: string) => {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(root, 'node_modules', target), join(modules, name), 'junction');
  };
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (name !== 'better-sqlite3' && name !== '@shac' && !name.startsWith('.')) link(name, name);
  }
  for (const name of drivers) link('better-sqlite3', name);
  return folder;
}

/** What a program prints that imports shac there, and does `code`. */
async function printed(
  folder: string,
  code: string,
  { flags = [], env = {} }: { flags?: string[]; env?: object } = {},
) {
  const script = join(folder, 'program.mjs');
  writeFileSync(script, `import { createRequire } from 'node:module';\nimport { sqlite } from 'shac';\n${code}`);
  const result = await runChild(pathToFileURL(script).href, [], flags, { ...process.env, SHAC_SQLITE: '', ...env });
  expect(result.code, result.stderr).toBe(0);
  return result;
}

/** Opens a database, which is a new one, and says which drivers are loaded then; or what is wrong. */
const OPEN = `
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
const file = fileURLToPath(new URL('a.db', import.meta.url));
writeFileSync(file, '');
const drivers = () => [
  ...(process.moduleLoadList.includes('NativeModule sqlite') ? ['node'] : []),
  ...(Object.keys(createRequire(import.meta.url).cache).some((path) => path.includes('better-sqlite3')) ? ['better-sqlite3'] : []),
];
const before = drivers();
try {
  sqlite(file).studies();
  console.log(JSON.stringify({ before, after: drivers() }));
} catch ({ name, code, message }) {
  console.log(JSON.stringify({ before, name, code, message }));
}
`;

async function opened(folder: string, options: { flags?: string[]; env?: object } = {}) {
  const { stdout, stderr } = await printed(folder, OPEN, options);
  expect(stderr).toBe('');
  return JSON.parse(stdout) as Record<string, unknown>;
}

describe('a program that keeps studies in files', () => {
  it('is told what it can do where there is no SQLite', async () => {
    const { before, code, message } = await opened(installed([]), { flags: WITHOUT_OWN });
    expect({ before, code }).toEqual({ before: [], code: 'ERR_SQLITE_NOT_FOUND' });
    expect(message).toBe(
      `there is no SQLite, which keeps studies in files: Node ${process.version} has none built in. Use Node 22.13 or newer, ` +
        'which has it built in; or run: npm install better-sqlite3; or give no storage, and studies stay in memory',
    );
  });

  it('is told why a better-sqlite3 that is there does not load', async () => {
    const folder = installed([]);
    const broken = join(folder, 'node_modules/better-sqlite3');
    mkdirSync(broken);
    writeFileSync(join(broken, 'index.js'), "throw new Error('built for another Node\\nmore');");
    const { code, message } = await opened(folder, { flags: WITHOUT_OWN });
    expect(code).toBe('ERR_SQLITE_NOT_FOUND');
    expect(message).toContain('better-sqlite3 cannot be loaded: built for another Node. Use');
    expect(message).toContain('npm rebuild better-sqlite3');
  });

  it.runIf(hasOwn)('gets that of its Node, without a warning that it did not ask for', async () => {
    const folder = installed(['better-sqlite3']);
    expect(await opened(folder)).toEqual({ before: [], after: ['node'] });
    expect(await opened(folder, { env: { SHAC_SQLITE: 'node' } })).toEqual({ before: [], after: ['node'] });
  });

  it.runIf(hasOwn)('gets all other warnings', async () => {
    const warning = "process.emitWarning('SQLite is mine', 'ExperimentalWarning');";
    const { stderr } = await printed(installed([]), `${OPEN}${warning}`);
    expect(stderr.match(/Warning: .*/g)).toEqual(['Warning: SQLite is mine']);
  });

  it.runIf(betterSqlite3Loads()).each(['better-sqlite3', `@shac/sqlite-${platformName()}`])(
    'gets %s where its Node has none, or where it is asked for',
    async (name) => {
      const folder = installed([name]);
      const expected = { before: [], after: ['better-sqlite3'] };
      expect(await opened(folder, { flags: WITHOUT_OWN })).toEqual(expected);
      expect(await opened(folder, { env: { SHAC_SQLITE: 'better-sqlite3' } })).toEqual(expected);
    },
  );

  it('gets no other than the one that is asked for', async () => {
    const without = await opened(installed(['better-sqlite3']), { flags: WITHOUT_OWN, env: { SHAC_SQLITE: 'node' } });
    expect(without).toMatchObject({
      code: 'ERR_SQLITE_NOT_FOUND',
      message: expect.stringContaining('SHAC_SQLITE=node takes no other'),
    });
    const better = await opened(installed([]), { env: { SHAC_SQLITE: 'better-sqlite3' } });
    expect(better).toMatchObject({
      code: 'ERR_SQLITE_NOT_FOUND',
      message: expect.stringContaining('SHAC_SQLITE=better-sqlite3 takes no other'),
    });
  });

  it('is told that SHAC_SQLITE is wrong', async () => {
    expect(await opened(installed([]), { env: { SHAC_SQLITE: 'sqlite3' } })).toEqual({
      ...{ before: [], name: 'ShacTypeError', code: 'ERR_INVALID_ARGUMENT' },
      message: 'the environment variable SHAC_SQLITE must be node or better-sqlite3, or not set, got "sqlite3"',
    });
  });
});
