/** Constraints of a study file: `shac run` asks them, `shac show` tells of them. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryDirectory } from '../support/studies.js';
import { jsonOf, lastLine, shac } from './shac.js';

function fileWith(constraint: string): string {
  const cwd = temporaryDirectory();
  writeFileSync(
    join(cwd, 'study.ts'),
    `import { defineStudy, integer, uniform } from 'shac';
    export default defineStudy({
      space: { layers: integer(1, 4), width: integer(8, 512), rate: uniform(0, 1) },
      totalBudget: 40,
      numBatches: 4,
      objective: 'min',
      seed: 3,
      constraints: [({ layers, width }) => layers * width <= 512, ${constraint}],
      evaluate: ({ layers, width, rate }) => {
        if (layers * width > 512 || rate > 0.5) throw new Error('it does not fit');
        return rate / (layers * width);
      },
    });`,
  );
  return cwd;
}

it('are asked by `shac run`, in this process and in workers; their share is shown; the study is exported', async () => {
  const cwd = fileWith('({ rate }) => rate <= 0.5');
  const run = await shac(cwd, 'run', 'study.ts', '--backend', 'threads', '--json');
  expect(lastLine(run)).toMatchObject({ trials: 40, failed: 0 });
  const { stdout } = await shac(cwd, 'show');
  expect(stdout).toMatch(/^constraints: 2, which admit about \d+(\.\d+)? % of the space$/m);
  const shown = jsonOf(await shac(cwd, 'show', '--json'));
  expect(shown).toMatchObject({ constraints: 2 });
  expect(shown.admitted).toBeGreaterThan(0.1);
  expect(shown.admitted).toBeLessThan(0.5);
  const exported = await shac(cwd, 'export', '--dir', 'exported');
  expect(exported).toMatchObject({ code: 0 });
  const again = await shac(cwd, 'run', 'study.ts', '--json');
  expect(lastLine(again).best).toEqual(lastLine(run).best);
});

it('that admit all that was drawn are shown so', async () => {
  const cwd = fileWith('({ rate }) => rate <= 1');
  const source = readFileSync(join(cwd, 'study.ts'), 'utf8');
  writeFileSync(
    join(cwd, 'study.ts'),
    source.replace('layers * width <= 512', 'layers * width <= 2048').replace('> 512 ||', '> 2048 ||'),
  );
  await shac(cwd, 'run', 'study.ts');
  const { stdout } = await shac(cwd, 'show');
  expect(stdout).toContain('\nconstraints: 2, which admit all of 10 draws from the space\n');
});

it('that fail end `shac run`, which says which and why', async () => {
  const cwd = fileWith('({ rate }) => rate.toFixed(1).length');
  const { code, stderr } = await shac(cwd, 'run', 'study.ts');
  expect(code).toBe(1);
  expect(stderr).toMatch(/shac: constraints\[1\] \(.*\) returned 3, for the params \{ layers: \d, width: \d+, rate: /);
});
