/** What does it cost to load the package? Baseline: a Node that does nothing. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { digits, median, printTable } from './table.mjs';

const root = fileURLToPath(new URL('..', import.meta.url)); // the package is found by its own name there
const usage = fileURLToPath(new URL('fixtures/usage.cjs', import.meta.url));
const main = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));

const PROCESSES = {
  'bare node': ['--eval', ''],
  "import 'shac'": ['--input-type=module', '--eval', "import 'shac'"],
  "require('shac')": ['--eval', "require('shac')"],
  'shac --version': [main, '--version'],
  'shac --help': [main, '--help'],
};

/** @param {{ quick: boolean }} options */
export async function run({ quick }) {
  const runs = Object.entries(PROCESSES).map(([name, args]) => ({ name, args, used: [] }));
  // In turns, so that whatever else the machine does slows all of them down.
  for (let round = 0; round < (quick ? 5 : 41); round++) for (const { args, used } of runs) used.push(usedBy(args));
  const medians = runs.map(({ name, used }) => ({
    name,
    wall: median(used.map((one) => one.wall)),
    milliseconds: median(used.map((one) => one.milliseconds)),
    mebibytes: median(used.map((one) => one.mebibytes)),
  }));
  const [bare] = medians;
  printTable(
    'One process, from its start to its end: milliseconds, of them those of the processor (user and system), and its largest memory in MiB (medians)',
    ['process', 'wall', 'processor', 'over bare', 'ratio', 'memory', 'over bare'],
    medians.map(({ name, wall, milliseconds, mebibytes }) => [
      name,
      digits(wall),
      digits(milliseconds),
      digits(milliseconds - bare.milliseconds),
      `${digits(Number((milliseconds / bare.milliseconds).toPrecision(2)))}x`,
      digits(mebibytes),
      digits(mebibytes - bare.mebibytes),
    ]),
  );
}

function usedBy(args) {
  const started = performance.now();
  const stdio = ['ignore', 'ignore', 'inherit', 'pipe'];
  const { status, output } = spawnSync(process.execPath, ['--require', usage, ...args], { cwd: root, stdio });
  const wall = performance.now() - started;
  if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}`);
  return { wall, ...JSON.parse(output[3]) };
}
