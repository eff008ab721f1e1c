/** Journals as Optuna writes them, operation by operation, and as they are left when something goes wrong. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { integer, SHAC } from 'shac';
import { describe, expect, it } from 'vitest';
import { readJournal } from '../../lib/exchange/journal-reader.js';
import { temporaryDirectory } from '../support/studies.js';
import { plain } from './optuna-file.js';

const FLOAT = '{"name": "FloatDistribution", "attributes": {"step": null, "low": -5.0, "high": 10.0, "log": false}}';
const OTHER_BOUNDS = FLOAT.replace('10.0', '20.0');
const LOG = FLOAT.replace('false', 'true').replace('-5.0', '0.1');
const CATEGORIES = '{"name": "CategoricalDistribution", "attributes": {"choices": ["relu", null, true, 2]}}';
const SHORT = '{"type": "int", "low": 1, "high": 8}';

type Operation = { op_code: number; [key: string]: unknown };
const study = (name: string, directions = [1]) => ({ op_code: 0, study_name: name, directions });
const trial = (more: object = {}) => ({
  op_code: 4,
  study_id: 0,
  datetime_start: '2026-11-24T18:08:55.609378+00:00',
  ...more,
});
const param = (id: number, name: string, real: number, distribution: string) => ({
  op_code: 5,
  trial_id: id,
  param_name: name,
  param_value_internal: real,
  distribution,
});
const end = (id: number, state: number, values: unknown) => ({
  op_code: 6,
  trial_id: id,
  state,
  values,
  datetime_complete: '2026-11-24T20:08:56.5+02:00',
});

function journal(operations: readonly (Operation | string)[], ending = '\n'): string {
  const file = join(temporaryDirectory(), 'journal.log');
  const lines = operations.map((one) => (typeof one === 'string' ? one : JSON.stringify({ worker_id: 'w-1', ...one })));
  writeFileSync(file, lines.join('\n') + ending);
  return file;
}

async function read(operations: readonly (Operation | string)[], ending?: string) {
  return plain(await readJournal(journal(operations, ending)));
}

const valuesOf = ({ params }: { params: ReadonlyMap<string, { value: unknown }> }) =>
  Object.fromEntries([...params].map(([column, { value }]) => [column, value]));

it('replays what Optuna does, step by step', async () => {
  const { trials, ...rest } = await read([
    study('one'),
    { op_code: 2, study_id: 0, user_attr: { who: 'me' } },
    { op_code: 3, study_id: 0, system_attr: { 'study:metric_names': ['loss'] } },
    trial(),
    param(0, 'x', 1.5, FLOAT),
    param(0, 'act', 2, CATEGORIES),
    param(0, 'layers', 3, SHORT),
    { op_code: 7, trial_id: 0, step: 0, intermediate_value: 0.5 },
    '{"op_code":7,"worker_id":"w-1","trial_id":0,"step":1,"intermediate_value":NaN}',
    { op_code: 8, trial_id: 0, user_attr: { note: [1] } },
    { op_code: 9, trial_id: 0, system_attr: { fixed: {} } },
    end(0, 1, [0.25]),
    trial({ state: 4, datetime_start: null }),
    { op_code: 10, trials: [] },
  ]);
  expect(rest).toEqual({
    name: 'one',
    objective: 'min',
    userAttributes: { who: 'me' },
    systemAttributes: { 'study:metric_names': ['loss'] },
  });
  expect(trials.map(valuesOf)).toEqual([{ x: 1.5, act: true, layers: 3 }, {}]);
  expect(trials).toMatchObject([
    {
      number: 0,
      state: 'COMPLETE',
      value: 0.25,
      intermediateValues: new Map([
        [0, 0.5],
        [1, Number.NaN],
      ]),
      started: '2026-11-24T18:08:55.609378Z',
      completed: '2026-11-24T18:08:56.500000Z',
      userAttributes: { note: [1] },
      systemAttributes: { fixed: {} },
    },
    { number: 1, state: 'WAITING', value: null, started: null, completed: null },
  ]);
});

it('passes over what Optuna refuses', async () => {
  const { trials } = await read([
    study('one'),
    study('one', [2]), // the name is taken
    trial(),
    param(0, 'x', 1, FLOAT),
    param(0, 'x', 15, OTHER_BOUNDS), // bounds may change
    param(0, 'x', 5, LOG), // the scale may not
    param(0, 'act', 0, CATEGORIES),
    end(0, 1, [1]),
    param(0, 'y', 1, FLOAT), // it is finished
    end(0, 3, null),
    { op_code: 8, trial_id: 0, user_attr: { late: true } },
    trial(),
    param(1, 'act', 0, CATEGORIES.replace('relu', 'tanh')),
    param(7, 'x', 1, FLOAT), // there is none
    trial({ study_id: 9 }),
    { op_code: 6, trial_id: 1, state: 0, values: null, datetime_start: '2027-01-01T00:00:00+00:00' }, // it runs already
  ]);
  expect(trials.map(valuesOf)).toEqual([{ x: 15, act: 'relu' }, {}]);
  expect(trials).toMatchObject([
    { state: 'COMPLETE', value: 1, userAttributes: {} },
    { state: 'RUNNING', started: '2026-11-24T18:08:55.609378Z' },
  ]);
});

it('counts trials of deleted studies, whose names are free again', async () => {
  const { trials } = await read([
    study('one'),
    trial(),
    { op_code: 1, study_id: 0 },
    study('one'),
    trial({ study_id: 1 }),
    end(0, 1, [5]),
    end(1, 1, [6]),
  ]);
  expect(trials).toMatchObject([{ number: 0, value: 6 }]);
});

it('starts a trial that waited', async () => {
  const { trials } = await read([
    study('one'),
    trial({ state: 4, datetime_start: null }),
    { op_code: 6, trial_id: 0, state: 0, values: null, datetime_start: '2027-01-01T00:00:00.000001+00:00' },
  ]);
  expect(trials).toMatchObject([{ state: 'RUNNING', started: '2027-01-01T00:00:00.000001Z', completed: null }]);
});

it('has dates in local time where an old Optuna does not name the zone', async () => {
  const { trials } = await read([study('one'), trial({ datetime_start: '2026-01-02T03:04:05.000007' })]);
  const local = new Date(2026, 0, 2, 3, 4, 5).toISOString();
  expect(trials[0]?.started).toBe(local.replace('.000Z', '.000007Z'));
});

it('is recognised whatever it is called, and whatever the order of its keys', async () => {
  const created = '{"worker_id":"w-1","study_name":"one","directions":[2],"op_code":0}';
  const shac = new SHAC({ n: integer(1, 8) }, { totalBudget: 4, numBatches: 1 });
  await shac.fitDataset(journal([created, trial(), param(0, 'n', 3, SHORT), end(0, 1, [0.5])]));
  expect(shac.trials).toMatchObject([{ params: { n: 3 }, value: 0.5 }]);
});

describe('which study', () => {
  it.each([
    [[study('a'), study('b')], undefined, 'ERR_STUDY_NOT_FOUND', /has 2 studies.*"a", "b"/],
    [[study('a'), study('b')], 'c', 'ERR_STUDY_NOT_FOUND', /no study "c" .* there are "a", "b"/],
    [[study('a'), { op_code: 1, study_id: 0 }], undefined, 'ERR_STUDY_NOT_FOUND', /there is no study in/],
    [[study('a', [1, 2])], undefined, 'ERR_DATASET_MISMATCH', /"a" has 2 objectives/],
  ])('%#', async (operations, name, code, message) => {
    const attempt = readJournal(journal(operations), name);
    await expect(attempt).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });
});

describe('a last line that is not whole', () => {
  const whole = [study('one'), trial(), end(0, 1, [1])];

  it.each([
    ['cut off', '\n{"op_code":4,"study'],
    ['whole, but for its end', `\n${JSON.stringify(trial())}`],
    ['cut off, and ended', '\n{"op_code":4,"study\n'],
  ])('%s, is ignored', async (_, ending) => {
    expect((await read(whole, ending)).trials).toHaveLength(1);
  });

  it('is damage when another one follows', async () => {
    const attempt = read([...whole, '{"op_code":4,"stu', trial()]);
    await expect(attempt).rejects.toMatchObject({ code: 'ERR_STORAGE', message: expect.stringMatching(/^line 4 of /) });
  });
});

it.each([
  [{ op_code: 11 }, 'ERR_STORAGE_VERSION', /line 3 .*operation 11 is not known/],
  ['[]', 'ERR_STORAGE', /line 3 .*op_code is undefined/],
  ['null', 'ERR_STORAGE', /line 3 .*it is null/],
  [{ op_code: 0 }, 'ERR_STORAGE', /line 3 .*no study_name/],
  [{ op_code: 4, study_id: 'x' }, 'ERR_STORAGE', /line 3 .*study_id is "x"/],
  [param(0, 'x', 1, 'float'), 'ERR_STORAGE', /line 3 .*"float" is no distribution/],
  [param(0, 'x', 1, '{"name": "CategoricalDistribution", "attributes": {}}'), 'ERR_STORAGE', /no distribution/],
  [param(0, 'act', 4, CATEGORIES), 'ERR_STORAGE', /line 3 .*4 stands for none of the 4 choices/],
  [end(0, 9, [1]), 'ERR_STORAGE', /line 3 .*state is 9/],
  [end(0, 1, ['high']), 'ERR_STORAGE', /line 3 .*values is \["high"\]/],
])('names the line of an operation that is none: %#', async (operation, code, message) => {
  const attempt = read([study('one'), trial(), operation, trial()]);
  await expect(attempt).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
});
