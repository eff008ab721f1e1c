/**
 * One version everywhere: package.json, its optional dependencies (the packages of the platforms), package-lock.json and
 * the changelog.
 *
 *     node .ci/release/versions.mjs set 0.3.0    writes it
 *     node .ci/release/versions.mjs check v0.3.0 exits 1 when something has another
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { addonPackage, PLATFORMS, sqlitePackage } from './platforms.mjs';

const path = (name) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const read = (name) => JSON.parse(readFileSync(path(name), 'utf8'));

/** The manifests of the platform packages as npm's lock file has them: they are not installed to be locked. */
function locked(version, engines) {
  const platforms = Object.values(PLATFORMS);
  const entry = ({ os, cpu, libc }, node) => ({
    version,
    cpu: [cpu],
    ...(libc && { libc: [libc] }),
    optional: true,
    os: [os],
    engines: { node },
  });
  return Object.fromEntries([
    ...platforms.map((platform) => [addonPackage(platform.name), entry(platform, engines.node)]),
    ...platforms
      .filter(({ os }) => os === 'linux')
      .map((platform) => [sqlitePackage(platform.name), entry(platform, '20.x')]),
  ]);
}

function set(version) {
  if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version ?? ''))
    throw new Error(`usage: versions.mjs set 1.2.3, not ${version}`);
  const manifest = read('package.json');
  const packages = locked(version, manifest.engines);
  const optionalDependencies = Object.fromEntries(
    Object.keys(packages)
      .sort()
      .map((name) => [name, version]),
  );
  write('package.json', { ...manifest, version, optionalDependencies });
  const lock = read('package-lock.json');
  lock.version = version;
  Object.assign(lock.packages[''], { version, optionalDependencies });
  const others = Object.entries(lock.packages).filter(([name]) => !name.startsWith('node_modules/@shac/'));
  const ours = Object.entries(packages).map(([name, entry]) => [`node_modules/${name}`, entry]);
  lock.packages = Object.fromEntries([...others, ...ours].sort(([a], [b]) => (a < b ? -1 : 1)));
  write('package-lock.json', lock);
}

/** What has another version, in words. */
export function versionFaults(tag) {
  const manifest = read('package.json');
  const { version, optionalDependencies = {} } = manifest;
  const lock = read('package-lock.json');
  const faults = [];
  if (tag !== undefined && tag !== `v${version}`) faults.push(`the tag is ${tag}, package.json says ${version}`);
  if (lock.version !== version) faults.push(`package-lock.json says ${lock.version}`);
  for (const name of Object.keys(locked(version, manifest.engines))) {
    if (optionalDependencies[name] !== version) faults.push(`package.json wants ${name} ${optionalDependencies[name]}`);
    const held = lock.packages[`node_modules/${name}`];
    if (held?.version !== version) faults.push(`package-lock.json has ${name} ${held?.version}`);
  }
  const changelog = readFileSync(path('CHANGELOG.md'), 'utf8');
  if (!changelog.includes(`\n## [${version}]`)) faults.push(`CHANGELOG.md has no section [${version}]`);
  return faults;
}

function write(name, value) {
  writeFileSync(path(name), `${JSON.stringify(value, null, 2)}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [command, version] = process.argv.slice(2);
  if (command === 'set') set(version);
  else {
    const faults = versionFaults(version);
    for (const fault of faults) console.error(`versions: ${fault}`);
    process.exitCode = faults.length > 0 ? 1 : 0;
  }
}
