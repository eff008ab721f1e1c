/**
 * Installs packed tarballs as a user would, without install scripts, in an empty project, and runs a study with a database
 * from an ES module, from CommonJS and from the command line.
 *
 *     node .ci/release/smoke.mjs FOLDER [PLATFORM] [npm's options]    FOLDER has the tarballs
 *
 * Prints one line of JSON: { node, platform, seconds, bytes, best, sqlite }.
 */
import { execFileSync } from 'node:child_process';
import { lstatSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { thisPlatform } from './platforms.mjs';

const STUDY = `
async function study(shac, { SHAC, uniform }) {
  const search = new SHAC(
    { x: uniform(-5, 10), y: uniform(0, 15) },
    { totalBudget: 40, numBatches: 4, objective: 'min', seed: 1, storage: 'study.db', studyName: shac },
  );
  await search.fit(({ x, y }) => (x - 1) ** 2 + (y - 2) ** 2);
  console.log(JSON.stringify(search.bestTrial.value));
  await search.close();
}
`;

const [folder, name = thisPlatform()?.name, ...options] = process.argv.slice(2);
const project = mkdtempSync(join(tmpdir(), 'shac-smoke-'));
try {
  const tarballs = chosen(resolve(folder), name);
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'smoke', private: true }));
  const started = performance.now();
  // The command itself, not its shell script: there may be no shell.
  npm(['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', ...options, ...tarballs]);
  const seconds = (performance.now() - started) / 1000;

  writeFileSync(join(project, 'esm.mjs'), `import * as shac from 'shac';${STUDY}await study('esm', shac);`);
  writeFileSync(join(project, 'commonjs.cjs'), `const shac = require('shac');${STUDY}study('commonjs', shac);`);
  const values = [node('esm.mjs'), node('commonjs.cjs')].map((line) => JSON.parse(line));
  if (values[0] !== values[1]) throw new Error(`one seed, two results: ${values}`);
  const cli = join(project, 'node_modules/shac/dist/cli/main.js');
  const listed = JSON.parse(node(cli, 'studies', 'list', '--db', 'study.db', '--json'));
  if (listed.length !== 2 || listed.some(({ best }) => best !== values[0])) throw new Error(JSON.stringify(listed));
  const report = { node: process.version, platform: name, seconds, bytes: size(join(project, 'node_modules')) };
  console.log(JSON.stringify({ ...report, best: values[0] }));
} finally {
  rmSync(project, { recursive: true, force: true });
}

/** The main package, and what its optional dependencies would bring here. */
function chosen(place, platform) {
  const all = readdirSync(place).filter((file) => file.endsWith('.tgz'));
  const named = (start) => all.find((file) => file.startsWith(start) && /^\d/.test(file.slice(start.length)));
  const wanted = [named('shac-'), named(`shac-${platform}-`)];
  if (wanted.includes(undefined)) throw new Error(`${place} lacks tarballs for ${platform}: ${all}`);
  const sqlite = named(`shac-sqlite-${platform}-`);
  if (sqlite && process.versions.node.startsWith('20.')) wanted.push(sqlite);
  return wanted.map((file) => join(place, file));
}

function npm(args) {
  const cli = process.env.npm_execpath;
  const shell = process.platform === 'win32'; // npm is a script there
  if (cli?.endsWith('.js')) execFileSync(process.execPath, [cli, ...args], { cwd: project, stdio: ['ignore', 2, 2] });
  else execFileSync('npm', args, { cwd: project, stdio: ['ignore', 2, 2], shell });
}

function node(...args) {
  return execFileSync(process.execPath, args, { cwd: project, encoding: 'utf8', stdio: ['ignore', 'pipe', 2] });
}

function size(path) {
  const entry = lstatSync(path);
  if (!entry.isDirectory()) return entry.size;
  return readdirSync(path).reduce((sum, child) => sum + size(join(path, child)), 0);
}
