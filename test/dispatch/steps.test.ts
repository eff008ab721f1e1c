/** Values with a step are those that a person would type, wherever an objective runs. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { command, integer, python, SHAC, uniform } from 'shac';
import { expect, it } from 'vitest';
import { temporaryDirectory } from '../support/studies.js';

const space = { drop: uniform(0, 1, { step: 0.1 }), k: integer(0, 64, { step: 4 }) };
const options = { totalBudget: 40, numBatches: 1, objective: 'min', seed: 1 } as const;

const PYTHON = `
def evaluate(params):
    assert params["drop"] in [float(f"0.{digit}") for digit in range(10)] + [1], params
    assert params["k"] in range(0, 65, 4) and isinstance(params["k"], int), params
    return params["drop"] + params["k"]
`;
const PROGRAM = `
const [drop, k] = process.argv.slice(1);
if (!/^(0|0\\.\\d|1)$/.test(drop) || k % 4 !== 0) throw new Error(drop + ' ' + k);
console.log(Number(drop) + Number(k));
`;

it.each([
  [
    'a Python function',
    (dir: string) => {
      writeFileSync(join(dir, 'train.py'), PYTHON);
      return python({ module: 'train.py', cwd: dir });
    },
  ],
  ['a program', () => command([process.execPath, '-e', PROGRAM, '{drop}', '{k}'])],
])('%s gets them exactly', async (_, objective) => {
  const shac = new SHAC(space, options);
  await shac.fit(objective(temporaryDirectory()));
  expect(shac.trials.map(({ error }) => error?.message)).toEqual(Array(40).fill(undefined));
  expect(shac.trials.map(({ value }) => value)).toEqual(shac.trials.map(({ params: { drop, k } }) => drop + k));
  expect(new Set(shac.trials.map(({ params }) => params.drop)).size).toBeGreaterThan(5);
});
