/**
 * Is this checkout as fast as another one? `npm run bench -- against DIR`, where DIR has another commit, built (`git worktree
 * add DIR COMMIT`, then `npm run setup` there). Both in turns, each time in a process of its own.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { digits, median, printTable } from './table.mjs';

const OWN = fileURLToPath(new URL('..', import.meta.url));
const MEASURES = fileURLToPath(new URL('against/measures.mjs', import.meta.url));

/** @param {{ quick: boolean, args: string[] }} options */
export async function run({ quick, args: [dir] }) {
  const other = resolve(dir ?? '');
  if (dir === undefined || !existsSync(join(other, 'dist/index.js'))) {
    throw new Error(`against needs the folder of another checkout that is built, got ${dir}`);
  }
  const rounds = quick ? 3 : 9;
  const runs = { [OWN]: [], [other]: [] };
  for (let round = 0; round < rounds; round++) {
    for (const root of round % 2 === 0 ? [other, OWN] : [OWN, other]) runs[root].push(measured(root, quick ? 0.25 : 1));
  }
  const rows = Object.keys(runs[OWN][0]).map((name) => {
    const [own, before] = [OWN, other].map((root) => median(runs[root].map((one) => one[name])));
    const ratios = runs[OWN].map((one, round) => one[name] / runs[other][round][name]);
    return [name, digits(own), digits(before), digits(own / before), digits(median(ratios))];
  });
  printTable(
    `Milliseconds, medians of ${rounds} runs in turns: of the processor, or passed for processes and Python; below 1 is faster`,
    ['what', 'this checkout', other, 'ratio of medians', 'median ratio'],
    rows,
  );
}

function measured(root, scale) {
  return JSON.parse(
    execFileSync(process.execPath, ['--expose-gc', MEASURES, root, String(scale)], { encoding: 'utf8' }),
  );
}
