/**
 * The packed tarballs as they are published, installed without network, without a compiler and without install scripts: on
 * several Nodes, in an older Debian and on musl. They are what `npm run prebuild` made.
 */
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { muslRoot, oldDebian } from '../../.ci/setup/roots.mjs';

const exec = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };
const MEGABYTE = 1e6;

interface Report {
  node: string;
  platform: string;
  seconds: number;
  bytes: number;
  best: number;
}

const place = mkdtempSync(join(tmpdir(), 'shac-install-'));
const tarballs = join(root, 'prebuilds');
const cache = join(place, 'cache');
/** No command is found here: no compiler, no shell, no npm. */
const nothing = join(place, 'nothing');

async function smoke(node: string, npm: string, platform: string): Promise<Report> {
  const args = [join(root, '.ci/release/smoke.mjs'), tarballs, platform, '--offline', '--cache', cache];
  const env = { PATH: nothing, npm_execpath: npm };
  const { stdout } = await exec(node, args, { env });
  return JSON.parse(stdout) as Report;
}

async function npmCli(): Promise<string> {
  const { stdout } = await exec('npm', ['root', '--global']);
  return join(stdout.trim(), 'npm/bin/npm-cli.js');
}

/** A Node of a major version, from npm's package of its binary. */
async function otherNode(major: number): Promise<string> {
  const folder = join(place, `node-${major}`);
  const name = `node-linux-${process.arch}`;
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  await exec('npm', ['install', '--prefix', folder, ...flags, `${name}@${major}`]);
  return join(folder, 'node_modules', name, 'bin/node');
}

/** What this machine's own Node finds: every other place has to find the same. */
let here: Report;
let npm: string;

beforeAll(async () => {
  await exec('npm', ['pack', '--ignore-scripts', '--pack-destination', tarballs], { cwd: root });
  mkdirSync(nothing);
  npm = await npmCli();
  // Fills the cache of npm: from here on there is no network.
  await exec(process.execPath, [join(root, '.ci/release/smoke.mjs'), tarballs, 'linux-x64-gnu', '--cache', cache]);
  here = await smoke(process.execPath, npm, 'linux-x64-gnu');
  return () => rmSync(place, { recursive: true, force: true });
}, 600_000);

describe('installed from tarballs, offline, with an empty PATH', () => {
  it('runs studies with a database, from ES modules, CommonJS and the command line', () => {
    expect(here.best).toBeLessThan(10);
  });

  it('takes less than 25 MB', () => {
    expect(here.bytes).toBeLessThan(25 * MEGABYTE);
  });

  it.each([20, 22, 24])('does the same on Node %i', async (major) => {
    const report = await smoke(await otherNode(major), npm, 'linux-x64-gnu');
    expect(report).toMatchObject({ node: expect.stringMatching(`^v${major}\\.`), best: here.best });
  });

  it('is a package of less than 4 MB for each platform, which says for whom it is', async () => {
    const tarball = join(tarballs, `shac-linux-x64-gnu-${version}.tgz`);
    const { stdout } = await exec('tar', ['-xzOf', tarball, 'package/package.json']);
    const manifest = JSON.parse(stdout);
    expect(manifest).toMatchObject({
      name: '@shac/linux-x64-gnu',
      version,
      os: ['linux'],
      cpu: ['x64'],
      libc: ['glibc'],
    });
    expect(manifest.scripts).toBeUndefined();
    expect((await stat(tarball)).size).toBeLessThan(4 * MEGABYTE);
  });

  it('needs nothing of the system but its C library', async () => {
    const addon = join(root, 'prebuilds/linux-x64/shac.glibc.node');
    const { stdout } = await exec('readelf', ['--dynamic', '--version-info', addon]);
    const needed = [...stdout.matchAll(/Shared library: \[(.+?)\]/g)].map(([, name]) => name?.replace(/\.so.*/, ''));
    expect(['libm', 'libc', 'ld-linux-x86-64', 'libpthread', 'libdl', 'librt']).toEqual(expect.arrayContaining(needed));
    const minor = [...stdout.matchAll(/GLIBC_2\.(\d+)/g)].map(([, number]) => Number(number));
    expect(Math.max(...minor)).toBeLessThanOrEqual(28);
  });
});

/** The same in a root of its own, by that root's Node. */
async function smokeIn(folder: string, node: string, platform: string): Promise<Report> {
  const inside = mkdtempSync(join(folder, 'tmp/shac-'));
  try {
    for (const part of ['release', 'setup']) cpSync(join(root, '.ci', part), join(inside, part), { recursive: true });
    cpSync(tarballs, join(inside, 'tarballs'), { recursive: true });
    cpSync(cache, join(inside, 'cache'), { recursive: true });
    cpSync(dirname(dirname(npm)), join(inside, 'npm'), { recursive: true, dereference: true });
    const at = join('/tmp', inside.slice(join(folder, 'tmp').length));
    const options = ['--offline', '--cache', `${at}/cache`];
    const args = [folder, node, `${at}/release/smoke.mjs`, `${at}/tarballs`, platform, ...options];
    const env = { PATH: '', HOME: '/root', npm_execpath: `${at}/npm/bin/npm-cli.js` };
    const { stdout } = await exec('/usr/sbin/chroot', args, { env });
    return JSON.parse(stdout) as Report;
  } finally {
    rmSync(inside, { recursive: true, force: true });
  }
}

const isRoot = process.getuid?.() === 0;

describe.skipIf(!isRoot)('in other systems', () => {
  it('runs in Debian 11, with glibc 2.31', async () => {
    const folder = oldDebian();
    const node = '/usr/local/bin/node';
    cpSync(await otherNode(24), join(folder, node));
    expect(await smokeIn(folder, node, 'linux-x64-gnu')).toMatchObject({ best: here.best });
  }, 600_000);

  // Its addon takes ten minutes to build: here only where somebody did.
  it.skipIf(!existsSync(join(tarballs, `shac-linux-x64-musl-${version}.tgz`)))(
    'runs on musl',
    async () => {
      expect(await smokeIn(muslRoot(), '/usr/bin/node', 'linux-x64-musl')).toMatchObject({ best: here.best });
    },
    600_000,
  );
});
