import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DatasetRow, multi, SHAC, uniform } from 'shac';
import { beforeAll, describe, expect, it } from 'vitest';
import { loss, outcome, type Params, paperStudy, study, temporaryDirectory } from '../support/studies.js';

/** Evaluations of the prior, as some other program may have made them. */
let rows: DatasetRow<Params>[];

beforeAll(async () => {
  const params = await study({ seed: 3 }).predict(60);
  rows = params.map((one) => ({ params: one, value: loss(one) }));
});

const values = (shac: ReturnType<typeof study>) => shac.trials.map(({ value }) => value);
const one = { x: 0, y: 1, layers: 1, act: null };

describe('fitDataset', () => {
  it('learns batch by batch, worst rows first', async () => {
    const shac = paperStudy();
    const history = await shac.fitDataset(rows);
    const worstFirst = rows.map(({ value }) => value as number).sort((a, b) => b - a);
    expect(values(shac)).toEqual(worstFirst);
    expect(history.epochs).toEqual([0, 1, 2, 3, 4, 5]);
    expect(history.history.datasetIndex).toEqual([10, 20, 30, 40, 50, 60]);
    expect(shac.classifiers.length).toBeGreaterThan(0);
    expect(shac.trials.every(({ state, attempts }) => state === 'COMPLETE' && attempts === 1)).toBe(true);
    expect(shac.bestTrial?.value).toBe(worstFirst.at(-1));
  });

  it('sorts smallest first for max, failures before all', async () => {
    const shac = study({ objective: 'max' });
    await shac.fitDataset([
      { params: one, value: 5 },
      { params: one, value: Number.NaN },
      { params: one, value: -5 },
    ]);
    expect(values(shac)).toEqual([null, -5, 5]);
  });

  it('keeps the order of the rows without presort', async () => {
    const shac = study();
    await shac.fitDataset(rows, { presort: false });
    expect(shac.trials.map(({ params }) => params)).toEqual(rows.map(({ params }) => params));
  });

  it('learns what fit would have learned from the same results', async () => {
    const [fitted, fed] = [study(), study()];
    await fitted.fit(loss);
    await fed.fitDataset(
      fitted.trials.map(({ params, value }) => ({ params, value })),
      { presort: false },
    );
    expect(fed.classifiers).toEqual(fitted.classifiers);
    expect(await fed.predict(5)).toEqual(await fitted.predict(5));
  });

  it.each([10, 25, 60, 1])('of %i rows lets fit go on to the end of the budget', async (count) => {
    const shac = study();
    await shac.fitDataset(rows.slice(0, count));
    expect(shac.trials).toHaveLength(count);
    const calls: number[] = [];
    await shac.fit((params, { trialId }) => {
      calls.push(trialId);
      return loss(params);
    });
    expect(shac.trials).toHaveLength(60);
    expect(calls.sort((a, b) => a - b)).toEqual(Array.from({ length: 60 - count }, (_, i) => count + i));
    expect(shac.trials.map(({ stage }) => stage)).toEqual(shac.trials.map(({ id }) => Math.floor(id / 10)));
  });

  it('counts null, NaN and infinities as failures', async () => {
    const shac = study();
    const bad = [null, Number.NaN, Number.POSITIVE_INFINITY];
    await shac.fitDataset([...bad.map((value) => ({ params: one, value })), ...rows.slice(0, 7)], { presort: false });
    expect(shac.trials.slice(0, 4).map(({ state }) => state)).toEqual(['FAIL', 'FAIL', 'FAIL', 'COMPLETE']);
    expect(shac.trials[0]?.error?.message).toMatch(/no value in the data set/);
  });

  it('stops early, as fit does', async () => {
    const shac = study();
    const same = rows.map(({ params }) => ({ params, value: 1 }));
    const history = await shac.fitDataset(same, { earlyStop: true });
    expect(history.stoppedEarly).toBe(true);
    expect(shac.trials).toHaveLength(10);
  });

  it('keeps its own copy of the rows', async () => {
    const shac = study();
    const row = { params: { ...one }, value: 1 };
    await shac.fitDataset([row]);
    row.params.x = 7;
    expect(shac.trials[0]?.params).toEqual(one);
  });
});

describe('a data set in a file', () => {
  it('is what saveData writes', async () => {
    const [fitted, fed, direct] = [study(), study(), study()];
    await fitted.fit((params, { trialId }) => (trialId % 9 === 4 ? Number.NaN : loss(params)));
    const dir = temporaryDirectory();
    await fitted.saveData(dir);
    await fed.fitDataset(join(dir, 'datasets', 'dataset.csv'));
    await direct.fitDataset(fitted.trials.map(({ params, value }) => ({ params, value })));
    expect(outcome(fed.trials)).toEqual(outcome(direct.trials));
    expect(fed.classifiers).toEqual(direct.classifiers);
  });

  it('may be one of PySHAC: columns in any order, None and nan, a BOM, without ids', async () => {
    const file = join(temporaryDirectory(), 'data.csv');
    writeFileSync(file, '\ufeffscores,act,layers,x,y\n1.5,None,3,0.25,2\nnan,tanh,8.0,-1,1e-1\n,relu,1,10,100\n');
    const shac = study();
    await shac.fitDataset(file, { presort: false });
    expect(shac.trials.map(({ params, value }) => ({ params, value }))).toEqual([
      { params: { act: null, layers: 3, x: 0.25, y: 2 }, value: 1.5 },
      { params: { act: 'tanh', layers: 8, x: -1, y: 0.1 }, value: null },
      { params: { act: 'relu', layers: 1, x: 10, y: 100 }, value: null },
    ]);
  });

  it('has one column an element of a multi', async () => {
    const file = join(temporaryDirectory(), 'data.csv');
    writeFileSync(file, 'id,w_1,w_2,scores\n0,0.5,0.25,1\n');
    const shac = new SHAC({ w: multi(uniform(0, 1), 2) }, { totalBudget: 4, numBatches: 2 });
    await shac.fitDataset(file);
    expect(shac.trials[0]?.params).toEqual({ w: [0.5, 0.25] });
  });

  const header = 'id,x,y,layers,act,scores';
  it.each([
    ['id,x,y,layers,scores\n0,1,1,1,1\n', /missing: act/],
    [`${header},extra\n0,1,1,1,relu,1,1\n`, /not in the space: "extra"/],
    ['id,x,x,y,layers,act,scores\n0,1,1,1,1,relu,1\n', /twice/],
    [`${header}\n0,11,1,1,relu,1\n`, /row 1.*"x".*11/],
    [`${header}\n0,1,1,1,relu,1\n1,1,1,1,gelu,1\n`, /row 2.*"act".*"gelu"/],
    [`${header}\n0,1,1,1.5,relu,1\n`, /row 1.*"layers".*1\.5/],
    [`${header}\n0,1,1,1,relu,good\n`, /row 1.*"good"/],
    [`${header}\n0,1,1,1\n`, /not a CSV file/],
    [`${header}\n`, /0 rows, expected 1 to totalBudget 60/],
    ['', /missing: x, y, layers, act, scores/],
    ['\0\0"', /./],
  ])('%j does not fit', async (content, message) => {
    const file = join(temporaryDirectory(), 'data.csv');
    writeFileSync(file, content);
    const shac = study();
    const attempt = shac.fitDataset(file);
    await expect(attempt).rejects.toMatchObject({ code: 'ERR_DATASET_MISMATCH' });
    await expect(attempt).rejects.toThrow(message);
    expect(shac.trials).toEqual([]);
    expect(shac.history.epochs).toEqual([]);
  });

  it('must be there', async () => {
    const file = join(temporaryDirectory(), 'none.csv');
    const attempt = study().fitDataset(file);
    await expect(attempt).rejects.toMatchObject({ code: 'ERR_FILE', message: expect.stringContaining(file) });
  });
});

describe('rows', () => {
  it.each([
    [[{ params: { ...one, x: 11 }, value: 1 }], /row 0.*"x".*11/],
    [
      [
        { params: one, value: 1 },
        { params: { x: 0 }, value: 1 },
      ],
      /row 1.*"y"/,
    ],
    [[{ params: { ...one, z: 1 }, value: 1 }], /row 0.*"z"/],
    [[{ params: one, value: '1' }], /row 0.*"1"/],
    [[{ params: one }], /row 0.*undefined/],
    [[{ params: null, value: 1 }], /row 0.*null/],
    [[null], /row 0/],
    [[5], /row 0/],
    [[], /0 rows/],
    [Array.from({ length: 61 }, () => ({ params: one, value: 1 })), /61 rows, expected 1 to totalBudget 60/],
  ])('that do not fit are refused, with the row and the value: %#', async (bad, message) => {
    const shac = study();
    const attempt = shac.fitDataset(bad as never);
    await expect(attempt).rejects.toMatchObject({ code: 'ERR_DATASET_MISMATCH' });
    await expect(attempt).rejects.toThrow(message);
    expect(shac.trials).toEqual([]);
  });

  it.each([5, null, undefined, {}, true])('cannot be %s', async (source) => {
    const attempt = study().fitDataset(source as never);
    await expect(attempt).rejects.toThrow(TypeError);
    await expect(attempt).rejects.toThrow(source === undefined || source === null ? `${source}` : /got/);
  });

  it('are for a study without trials', async () => {
    const shac = study();
    await shac.ask(1);
    await expect(shac.fitDataset(rows)).rejects.toThrow(/1 trials already/);
    const other = study();
    const asked = other.ask(1);
    await expect(other.fitDataset(rows)).rejects.toThrow(/1 trials already/);
    expect((await asked).map(({ id }) => id)).toEqual([0]);
    expect(other.trials).toHaveLength(1);
  });
});
