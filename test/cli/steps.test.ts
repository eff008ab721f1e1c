/** Parameters with a step, and long lists, in what the command line prints and writes. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryDirectory } from '../support/studies.js';
import { jsonOf, lastLine, shac } from './shac.js';

const STUDY = `
import { defineStudy, discrete, integer, uniform } from 'shac';
export default defineStudy({
  space: {
    drop: uniform(0, 0.5, { step: 0.05 }),
    k: integer(0, 64, { step: 4 }),
    city: discrete(Array.from({ length: 500 }, (_, i) => 'city ' + i)),
  },
  totalBudget: 40, numBatches: 4, objective: 'min', seed: 1, skipCvChecks: true, classifier: { rounds: 20 },
  evaluate: ({ drop, k }) => (drop - 0.15) ** 2 + (k - 12) ** 2,
});
`;
const TWENTIETHS = /^0(\.\d5?)?$/;

it('are those of the study file', async () => {
  const cwd = temporaryDirectory();
  writeFileSync(join(cwd, 'study.ts'), STUDY);
  const run = await shac(cwd, 'run', 'study.ts', '--json');
  expect(run.code, run.stderr).toBe(0);
  const best = lastLine(run).best as { id: number; value: number; params: { drop: number; k: number; city: string } };
  expect(String(best.params.drop)).toMatch(TWENTIETHS);
  expect(best.params.city).toMatch(/^city \d+$/);

  const { stdout } = await shac(cwd, 'show');
  expect(stdout).toContain('\n  drop  uniform(0, 0.5, { step: 0.05 })\n  k     integer(0, 64, { step: 4 })\n');
  expect(stdout).toMatch(/\n {2}city {2}discrete\(\["city 0",.*"city 19", … 500 in all\]\)\n/);
  expect(jsonOf(await shac(cwd, 'show', '--json'))).toMatchObject({
    space: { drop: { step: 0.05 }, k: { step: 4 } },
    best,
  });
  const { drop, k, city } = best.params;
  expect((await shac(cwd, 'best')).stdout).toContain(`  drop  ${drop}\n  k     ${k}\n  city  '${city}'\n`);

  const { stdout: csv } = await shac(cwd, 'export', '--csv');
  const rows = csv.trimEnd().split('\n').slice(1);
  expect(rows).toHaveLength(40);
  for (const row of rows) expect(row.split(',')[1]).toMatch(TWENTIETHS);

  for (const form of ['csv', 'jsonl', 'optuna-journal']) {
    expect((await shac(cwd, 'export', `--${form}`, form)).code).toBe(0);
    const place = ['--db', `${form}.db`, '--study', 'copy'];
    const imported = await shac(cwd, 'import', form, 'study.ts', ...place, '--no-presort');
    expect(imported).toMatchObject({ code: 0, stderr: '' });
    expect((await shac(cwd, 'export', '--csv', ...place)).stdout).toBe(csv);
  }

  expect(await shac(cwd, 'export', '--dir', 'saved')).toEqual({ code: 0, stdout: '', stderr: '' });
  const parameters = JSON.parse(readFileSync(join(cwd, 'saved/datasets/parameters.json'), 'utf8'));
  expect(parameters.drop[1].values).toEqual([0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5]);
  expect(readFileSync(join(cwd, 'saved/datasets/dataset.csv'), 'utf8')).toBe(csv);
});
