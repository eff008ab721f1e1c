/** JSONL and CSV, as they are read and written. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { integer, multi, uniform } from 'shac';
import { describe, expect, it } from 'vitest';
import { csvLines } from '../../lib/exchange/csv-writer.js';
import type { ExchangeTrial } from '../../lib/exchange/study.js';
import { temporaryDirectory } from '../support/studies.js';
import { category, fitting, float, int, rowsIn, studyOf, trial } from './dataset-support.js';
import { exchanged } from './optuna-file.js';

describe('JSONL', () => {
  async function rowsOf(content: string) {
    const file = join(temporaryDirectory(), 'rows.txt');
    writeFileSync(file, content);
    return rowsIn({ x: uniform(0, 1), w: multi(integer(1, 3), 2) }, file);
  }
  const good = '{"params": {"x": 0.5, "w": [1, 2]}, "value": 1}';

  it('may be written by hand', async () => {
    const rows = await rowsOf(
      `\ufeff${good}\r\n\n{"value":null,"params":{"w_2":3,"x":0,"w_1":1}}\n{"params":{"x":1,"w":[2,2]},"value":"NaN","id":9}`,
    );
    expect(rows).toEqual([
      { params: { x: 0.5, w: [1, 2] }, value: 1 },
      { params: { x: 0, w: [1, 3] }, value: null },
      { params: { x: 1, w: [2, 2] }, value: null },
    ]);
  });

  it.each([
    ['{"params": {"x": 0.5', /line 2 .*not JSON/],
    ['[1, 2]', /line 2 .*with params and value, got \[1,2\]/],
    ['null', /line 2 .*got null/],
    ['{"x": 0.5, "w": [1, 2], "value": 1}', /line 2 .*with params and value/],
    ['{"params": {"x": 0.5, "w": [1, 2]}}', /line 2 .*value must be a number.*undefined/],
    ['{"params": {"x": 0.5, "w": [1, 2]}, "value": "1"}', /line 2 .*value must be a number.*"1"/],
    ['{"params": {"x": 0.5, "w": [1]}, "value": null}', /line 2 .*params\.w has 1 values/],
    ['{"params": {"x": 0.5, "w_1": 1}, "value": 1}', /line 2 .*params\.w has 1 values/],
    ['{"params": {"x": 0.5, "w_2": 1}, "value": 1}', /line 2 .*"w_1": undefined/],
    ['{"params": {"x": 0.5, "w": [1, 2], "w_1": 1}, "value": 1}', /line 2 .*"w_1", which is not in the space/],
    ['{"params": {"x": 0.5, "w": [1, 2], "z": 1}, "value": 1}', /line 2 .*"z", which is not in the space/],
    ['{"params": {"x": 2, "w": [1, 2]}, "value": null}', /line 2 .*"x": 2/],
  ])('names the line that does not fit: %s', async (line, message) => {
    const attempt = rowsOf(`${good}\n${line}\n${good}\n`);
    await expect(attempt).rejects.toMatchObject({
      code: 'ERR_DATASET_MISMATCH',
      message: expect.stringMatching(message),
    });
  });
});

describe('CSV', () => {
  async function csvOf(trials: readonly ExchangeTrial[], onLeftOut?: (why: string) => void): Promise<string> {
    let content = '';
    for await (const line of csvLines(exchanged(studyOf(trials)), onLeftOut)) content += line;
    return content;
  }

  it('has the finished trials that have all params', async () => {
    const failed = { state: 'FAIL', value: null } as const;
    expect(
      await csvOf([
        trial({ x: float(0.5) }, failed),
        trial({ x: float(0.5) }, { value: Number.POSITIVE_INFINITY }),
        trial(fitting, failed),
        trial(fitting, { state: 'RUNNING', value: null }),
        trial({ k: category(2), n: int(8), x: float(1e-7) }),
        trial(fitting, { value: Number.NEGATIVE_INFINITY }),
        trial(fitting, { state: 'PRUNED', value: 7 }),
      ]),
    ).toBe('id,k,n,x,scores\n2,,3,0.5,\n4,2,8,1e-7,1\n5,,3,0.5,-inf\n6,,3,0.5,\n');
  });

  it('of trials that all failed has the columns of the fullest', async () => {
    const failed = { state: 'FAIL', value: null } as const;
    expect(await csvOf([trial({ x: float(0.5) }, failed), trial(fitting, failed)])).toBe(
      'id,x,n,k,scores\n1,0.5,3,,\n',
    );
    expect(await csvOf([])).toBe('id,scores\n');
  });

  it.each([
    [{ x: float(0.5), n: int(3) }, /trial 1 has no value of "k"/],
    [{ ...fitting, z: float(1) }, /trial 1 has the param "z"/],
  ])('has one set of columns, and says which trials are left out: %#', async (params, message) => {
    const leftOut: string[] = [];
    const whole = await csvOf([trial(fitting), trial(params), trial(fitting)], (why) => leftOut.push(why));
    expect(whole.split('\n').map((line) => line.split(',')[0])).toEqual(['id', '0', '2', '']);
    expect(leftOut).toEqual([expect.stringMatching(message)]);
  });

  it.each([
    ['[[1, 2], "a"]', [1, 2], '"[1,2]"'],
    ['[[1, 2]]', [1, 2], '"[1,2]"'],
    ['[Infinity, 1]', Number.POSITIVE_INFINITY, 'Infinity'],
  ])('writes what only Optuna takes for a category: one of %s', async (choices, value, field) => {
    const distribution = `{"name": "CategoricalDistribution", "attributes": {"choices": ${choices}}}`;
    expect(await csvOf([trial({ k: { value, stored: { real: 0, distribution } } })])).toBe(
      `id,k,scores\n0,${field},1\n`,
    );
  });
});
