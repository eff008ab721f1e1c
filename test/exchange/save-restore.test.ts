import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { custom, discrete, integer, multi, normal, SHAC, type SpaceDefinition, uniform } from 'shac';
import { beforeAll, describe, expect, it } from 'vitest';
import { addon } from '../../dist/native/addon.js';
import {
  cascadeOf,
  codesOf,
  findings,
  loss,
  outcome,
  savedModels,
  study,
  temporaryDirectory,
} from '../support/studies.js';

const DATASET = join('datasets', 'dataset.csv');
const PARAMETERS = join('datasets', 'parameters.json');

describe('saveData', () => {
  const shac = study();
  beforeAll(async () => {
    await shac.fit((params, { trialId }) => (trialId === 7 ? Number.NaN : loss(params)));
  });

  it('writes the layout of PySHAC', async () => {
    const dir = join(temporaryDirectory(), 'a', 'new', 'folder');
    await shac.saveData(dir);
    expect(readdirSync(dir).sort()).toEqual(['classifiers', 'datasets', 'study.json']);
    expect(readdirSync(join(dir, 'datasets')).sort()).toEqual(['dataset.csv', 'parameters.json']);
    expect(readdirSync(join(dir, 'classifiers')).sort()).toEqual(shac.classifiers.map((_, i) => `00${i}.ubj`));

    const [header, ...lines] = parse(readFileSync(join(dir, DATASET), 'utf8')) as string[][];
    expect(header).toEqual(['id', 'x', 'y', 'layers', 'act', 'scores']);
    expect(lines.map(([id]) => id)).toEqual(shac.trials.map(({ id }) => String(id)));
    const { params, value } = shac.trials[0] as (typeof shac.trials)[number];
    expect(lines[0]?.slice(1, 4).map(Number)).toEqual([params.x, params.y, params.layers]);
    expect(Number(lines[0]?.[5])).toBe(value);
    expect(lines[7]?.[5]).toBe('');

    expect(JSON.parse(readFileSync(join(dir, PARAMETERS), 'utf8'))).toEqual({
      x: ['UniformContinuousHyperParameter', { name: 'x', min_value: -5, max_value: 10, log_encode: false }],
      y: ['UniformContinuousHyperParameter', { name: 'y', min_value: 0.01, max_value: 100, log_encode: true }],
      layers: ['DiscreteHyperParameter', { name: 'layers', values: [1, 2, 3, 4, 5, 6, 7, 8] }],
      act: ['DiscreteHyperParameter', { name: 'act', values: ['relu', 'tanh', null] }],
    });
  });

  it('leaves nothing of a file that cannot be replaced', async () => {
    const dir = temporaryDirectory();
    mkdirSync(join(dir, 'study.json'));
    await expect(shac.saveData(dir)).rejects.toMatchObject({ code: 'ERR_FILE' });
    expect(readdirSync(dir).sort()).toEqual(['classifiers', 'datasets', 'study.json']);
  });

  it('writes classifiers that XGBoost reads, with the codes as features', async () => {
    const dir = temporaryDirectory();
    await shac.saveData(dir);
    const models = savedModels(dir);
    const cascade = cascadeOf(models);
    const codes = codesOf([...(await shac.predict(50, { maxClassifiers: 0 })), ...(await shac.predict(50))]);
    for (const [index, model] of models.entries()) {
      expect(await addon.xgboostMargins(model, codes)).toEqual(cascade.margins(codes, index));
    }
  });

  it('replaces what was there, classifiers of a longer study as well', async () => {
    const dir = temporaryDirectory();
    await shac.saveData(dir);
    writeFileSync(join(dir, 'classifiers', 'notes.txt'), 'mine');
    const fresh = study();
    await fresh.ask(1);
    await fresh.saveData(dir);
    expect(readdirSync(join(dir, 'classifiers'))).toEqual(['notes.txt']);
    const back = study();
    await back.restoreData(dir);
    expect(back.trials).toHaveLength(1);
    expect(back.classifiers).toEqual([]);
  });

  it('says when it cannot write', async () => {
    const file = join(temporaryDirectory(), 'file');
    writeFileSync(file, '');
    const attempt = shac.saveData(file);
    await expect(attempt).rejects.toMatchObject({ code: 'ERR_FILE', message: expect.stringContaining(file) });
  });
});

describe('restoreData', () => {
  it('gives the study back: trials, best, classifiers, seed, and what comes next', async () => {
    const shac = study();
    await shac.fit((params, { trialId }) => (trialId === 7 ? Number.NaN : loss(params)), { retries: 1 });
    await shac.predict(2);
    const dir = temporaryDirectory();
    await shac.saveData(dir);
    const back = study({ seed: 1 });
    await back.restoreData(dir);
    expect(back.seed).toBe(42);
    expect(back.trials).toEqual(shac.trials);
    expect(back.bestTrial).toEqual(shac.bestTrial);
    expect(await findings(back)).toEqual(await findings(shac));
  });

  it('gives back what it saved, for every kind of parameter', async () => {
    const kinds = {
      u: uniform(-1e-300, 1e300),
      n: normal(3, 0.1),
      i: integer(-40_000, 40_000),
      l: integer(1, 1000, { log: true }),
      s: uniform(-1, 1, { step: 0.1 }),
      f: uniform(0, 1, { step: 1e-6 }),
      k: integer(0, 10, { step: 4 }),
      d: discrete(['', '"', ' a,b\n', 'None', null, true, false, '1', 1, 0.1]),
      m: multi(uniform(1e-9, 1, { log: true }), 3),
      c: custom({ decode: (u) => ({ u }), encode: ({ u }: { u: number }) => u, name: 'pair' }),
    } satisfies SpaceDefinition;
    const options = { totalBudget: 60, numBatches: 3, seed: 9 };
    const shac = new SHAC(kinds, options);
    await shac.fit(({ u, m }) => u * (m[0] as number));
    const dir = temporaryDirectory();
    await shac.saveData(dir);
    const back = new SHAC(kinds, options);
    await back.restoreData(dir);
    expect(outcome(back.trials)).toEqual(outcome(shac.trials));
    expect(await back.predict(5)).toEqual(await shac.predict(5));
  });

  it('reads a directory that PySHAC could have written: without study.json', async () => {
    const shac = study();
    await shac.fit(loss);
    const dir = temporaryDirectory();
    await shac.saveData(dir);
    rmSync(join(dir, 'study.json'));
    const back = study();
    await back.restoreData(dir);
    expect(back.trials.map(({ params, value }) => ({ params, value }))).toEqual(
      shac.trials.map(({ params, value }) => ({ params, value })),
    );
    expect(back.classifiers.map(({ acceptance }) => acceptance)).toEqual(
      shac.classifiers.map(({ acceptance }) => acceptance),
    );
  });

  it('waits for asks that were called before', async () => {
    const shac = study();
    await shac.fit(loss);
    const dir = temporaryDirectory();
    await shac.saveData(dir);
    const other = study();
    const asked = other.ask(3);
    await other.restoreData(dir);
    expect((await asked).map(({ id }) => id)).toEqual([0, 1, 2]);
    expect(outcome(other.trials)).toEqual(outcome(shac.trials));
  });

  it.each([
    ['another bound', { x: uniform(-5, 11) }, { totalBudget: 6, numBatches: 2 }, /-5.*10.*11/s],
    ['another name', { z: uniform(-5, 10) }, { totalBudget: 6, numBatches: 2 }, /"x".*"z"/s],
    ['another kind', { x: integer(-5, 10) }, { totalBudget: 6, numBatches: 2 }, /Uniform.*Discrete/s],
    ['more parameters', { x: uniform(-5, 10), y: uniform(0, 1) }, { totalBudget: 6, numBatches: 2 }, /"y"/],
    ['another objective', { x: uniform(-5, 10) }, { totalBudget: 6, numBatches: 2, objective: 'min' }, /"max".*"min"/s],
    ['another budget', { x: uniform(-5, 10) }, { totalBudget: 8, numBatches: 2 }, /6.*8/s],
    [
      'other sampler memory',
      { x: uniform(-5, 10) },
      { totalBudget: 6, numBatches: 2, samplerMemory: 0 },
      /MiB.*64.*0/s,
    ],
    ['other batches', { x: uniform(-5, 10) }, { totalBudget: 6, numBatches: 3 }, /2.*3/s],
  ] as const)('refuses a study of %s, and shows the difference', async (_, space, options, difference) => {
    const shac = new SHAC({ x: uniform(-5, 10) }, { totalBudget: 6, numBatches: 2 });
    await shac.ask(2);
    const dir = temporaryDirectory();
    await shac.saveData(dir);
    const other = new SHAC(space as SpaceDefinition, options);
    const [trial] = await other.ask();
    const attempt = other.restoreData(dir);
    await expect(attempt).rejects.toMatchObject({ code: 'ERR_RESTORE_MISMATCH' });
    await expect(attempt).rejects.toThrow(difference);
    await expect(attempt).rejects.toThrow(RangeError);
    expect(other.trials).toEqual([trial]);
  });

  it('refuses a directory without a study', async () => {
    const dir = temporaryDirectory();
    const shac = study();
    await expect(shac.restoreData(dir)).rejects.toMatchObject({
      code: 'ERR_FILE',
      message: expect.stringContaining(dir),
    });
    await expect(shac.restoreData('')).rejects.toThrow(TypeError);
    await expect(shac.restoreData(5 as never)).rejects.toThrow(/5/);
  });
});
