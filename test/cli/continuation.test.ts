/** The command that an interrupted run prints works as it is typed, however the run was started. */
import { chmodSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryDirectory } from '../support/studies.js';
import { commandIn, jsonOf, MAIN, shac, shell, studyFile } from './shac.js';

const NODE = dirname(process.execPath);
const HALTS = "if (id === 12 && !existsSync('go')) process.exit(0); return (x - 1) ** 2;";

async function goesOn(cwd: string, command: string): Promise<void> {
  writeFileSync(join(cwd, 'go'), '');
  const result = await shell(cwd, command);
  expect(result.stderr).toMatch(/^shac: going on with study .* 12 of 40 trials are there\n$/);
  expect(jsonOf(result)).toMatchObject({ trials: 40 });
}

it.each([
  [['--study', `it's $HOME "here"`, '--db', 'a b;c&d.db']],
  [['--seed', '5', '--evaluators', '2', '--study', '*', '--db', '~/`x`.db']],
  [['--budget=40', '--study=a=b', '--', 'FILE']],
])('with the flags %j', async (flags) => {
  const name = `my $study's "file" (1).mjs`;
  const { cwd } = studyFile(HALTS, { name });
  mkdirSync(join(cwd, '~'));
  const words = flags.includes('FILE') ? flags.map((word) => (word === 'FILE' ? name : word)) : [name, ...flags];
  const result = await shac(cwd, 'run', '--json', ...words);
  expect(result.code).toBe(1);
  await goesOn(cwd, commandIn(result));
});

it('as the program on the PATH', async () => {
  const { cwd, file } = studyFile(HALTS);
  const command = commandIn(await shell(cwd, `shac run ${file} --json`));
  expect(command).toBe('shac run study.ts --json --resume');
  await goesOn(cwd, command);
});

it('as a file that is not on the PATH', async () => {
  const { cwd, file } = studyFile(HALTS);
  mkdirSync(join(cwd, 'my bin'));
  symlinkSync(MAIN, join(cwd, 'my bin', 'shac'));
  chmodSync(MAIN, 0o755);
  const command = commandIn(await shell(cwd, `PATH=${NODE}:/bin 'my bin/shac' run ${file} --json`));
  expect(command).toBe("'my bin/shac' run study.ts --json --resume");
  await goesOn(cwd, command);
});

it('by Node, with its flags', async () => {
  const { cwd, file } = studyFile(HALTS);
  const command = commandIn(await shell(cwd, `node --max-old-space-size=500 ${MAIN} run ${file} --json`));
  expect(command).toBe(`node --max-old-space-size=500 ${MAIN} run study.ts --json --resume`);
  await goesOn(cwd, command);
});

it('by npx, and by a script of a package that was run from another folder', async () => {
  const cwd = realpathSync(temporaryDirectory());
  const { file } = studyFile(HALTS, { cwd });
  const npm = { npm_lifecycle_event: 'npx', npm_package_json: join(cwd, 'package.json'), INIT_CWD: cwd };
  const npx = await shell(cwd, `shac run ${file} --json`, npm);
  expect(commandIn(npx)).toBe('npx shac run study.ts --json --resume');
  const script = await shell(cwd, `shac run ${file} --json --db b.db`, { ...npm, INIT_CWD: join(cwd, 'below') });
  expect(commandIn(script)).toBe(`cd ${cwd} && npx shac run study.ts --json --db b.db --resume`);
});
