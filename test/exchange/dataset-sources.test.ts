/** Results of other programs, and of other searches, as data sets of `fitDataset`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { custom, type DatasetRow, discrete, integer, multi, normal, type ParamsOf, SearchSpace, uniform } from 'shac';
import { describe, expect, it } from 'vitest';
import { csvLines } from '../../lib/exchange/csv-writer.js';
import { journalLines } from '../../lib/exchange/journal-writer.js';
import { jsonlLines } from '../../lib/exchange/jsonl-writer.js';
import { OptunaTables } from '../../lib/exchange/optuna-tables.js';
import { openDatabase } from '../support/database.js';
import { temporaryDirectory } from '../support/studies.js';
import { category, fitting, float, int, rowsIn, small, studyOf, trial, untrained, written } from './dataset-support.js';
import { exchanged, optunaFile, type PlainStudy } from './optuna-file.js';

/** Every kind of parameter. */
const space = {
  x: uniform(-5, 10),
  y: uniform(0.01, 100, { log: true }),
  layers: integer(-3, 8),
  width: integer(1, 4096, { log: true }),
  act: discrete(['relu', 'a,"b"', null, true, 2, 2.5, '1', 1, '']),
  city: discrete(Array.from({ length: 1000 }, (_, i) => (i % 2 ? i / 8 : `city ${i}`))),
  drop: uniform(-0.5, 0.5, { step: 0.1 }),
  k: integer(0, 99, { step: 7 }),
  steps: multi(uniform(0, 1, { step: 1e-6 }), 2),
  noise: normal(3, 2),
  c: custom({ decode: (u) => ({ root: Math.sqrt(u) }), encode: ({ root }) => root ** 2, name: 'root' }),
  w: multi(uniform(0, 1), 3),
  cs: multi(custom({ decode: (u: number) => u ** 2, encode: (value: number) => Math.sqrt(value) }), 2),
};
type Params = ParamsOf<typeof space>;
const checked = new SearchSpace(space);

const anyParams: fc.Arbitrary<Params> = fc
  .array(fc.tuple(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.nat(255)), {
    minLength: checked.dimensions,
    maxLength: checked.dimensions,
  })
  .map((places) =>
    checked.decode(
      places.map(([place], i) => {
        const code = Math.floor(place * (checked.levels[i] as number));
        return checked.snaps[i]?.[code] ?? code;
      }),
      places.map(([, offset]) => offset / 256),
    ),
  );
const anyRows = fc.array(
  fc.record({
    params: anyParams,
    value: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0)),
  }),
  { minLength: 1, maxLength: 8 },
);

describe('a study of ours', () => {
  /** A search that has these results, kept in an SQLite file. */
  async function kept(rows: readonly DatasetRow<Params>[]): Promise<string> {
    const file = join(temporaryDirectory(), 'kept.db');
    const shac = untrained(space, { storage: file });
    await shac.fitDataset(rows, { presort: false });
    shac.close();
    return file;
  }

  it('comes back from its database and from all that it is exported to', async () => {
    await fc.assert(
      fc.asyncProperty(anyRows, async (rows) => {
        const file = await kept(rows);
        expect(await rowsIn(space, file)).toEqual(rows);
        const tables = new OptunaTables(file);
        const study = tables.study();
        const writers = [csvLines, jsonlLines, journalLines] as const;
        for (const lines of writers) expect(await rowsIn(space, await written(lines, study, 'x'))).toEqual(rows);
        tables.close();
      }),
      { numRuns: 15 },
    );
  });

  it('is JSONL whose lines are rows', async () => {
    const rows = fc.sample(anyRows, { numRuns: 1, seed: 5 })[0] as DatasetRow<Params>[];
    const tables = new OptunaTables(await kept(rows));
    const lines: DatasetRow<Params>[] = [];
    for await (const line of jsonlLines(tables.study())) lines.push(JSON.parse(line));
    tables.close();
    expect(lines.map(({ params, value }) => ({ params, value }))).toEqual(rows);
    expect(lines[0]).toMatchObject({ id: 0, study: 'shac', objective: 'min', started: expect.stringMatching(/Z$/) });
  });

  it('has custom values that another program chose, by their place', async () => {
    const of = { c: space.c };
    const file = join(temporaryDirectory(), 'kept.db');
    const shac = untrained(of, { storage: file });
    await shac.fitDataset([{ params: { c: { root: 0.5 } }, value: 1 }]);
    shac.close();
    const database = openDatabase(file);
    database.exec(`
      INSERT INTO trials (number, study_id, state) VALUES (1, 1, 'COMPLETE');
      INSERT INTO trial_values (trial_id, objective, value, value_type) VALUES (2, 0, 2, 'FINITE');
      INSERT INTO trial_params (trial_id, param_name, param_value, distribution_json)
        SELECT 2, 'c', 0.49, distribution_json FROM trial_params`);
    database.close();
    const rows = [
      { params: { c: { root: 0.5 } }, value: 1 },
      { params: { c: { root: Math.sqrt(0.49) } }, value: 2 },
    ];
    expect(await rowsIn(of, file)).toEqual(rows);
    const tables = new OptunaTables(file);
    expect(await rowsIn(of, await written(jsonlLines, tables.study(), 'x'))).toEqual(rows);
    expect(await rowsIn(of, await written(journalLines, tables.study(), 'x'))).toEqual(rows);
    expect(await rowsIn(of, await written(csvLines, tables.study(), 'x'))).toEqual(rows.slice(0, 1)); // it has no text
    tables.close();
  });
});

/** The forms in which a study of Optuna can be. */
const FORMS: Record<string, (studies: readonly PlainStudy[]) => Promise<string>> = {
  'an SQLite file': async (studies) => optunaFile(studies),
  'a journal': async (studies) => {
    const [study] = studies;
    return written(journalLines, exchanged(study as PlainStudy), 'journal');
  },
  JSONL: async (studies) => written(jsonlLines, exchanged(studies[0] as PlainStudy), 'rows'),
};

describe.each(Object.entries(FORMS))("Optuna's study, in %s,", (_, form) => {
  it('has values of COMPLETE trials, and others that failed', async () => {
    const file = await form([
      studyOf([
        trial(fitting),
        trial({ ...fitting, k: category(2) }, { value: Number.POSITIVE_INFINITY }),
        trial({ ...fitting, k: category(1) }, { state: 'PRUNED', value: 5 }),
        trial({ ...fitting, n: int(8) }, { state: 'FAIL', value: null }),
        trial({ x: float(0.5) }, { state: 'FAIL', value: null }), // failed before the others were asked for
        trial({ ...fitting, x: float(-7) }, { state: 'FAIL', value: null }),
        trial({}, { value: Number.NEGATIVE_INFINITY }),
        trial(fitting, { state: 'RUNNING', value: null }),
        trial({}, { state: 'WAITING', value: null }),
      ]),
    ]);
    expect(await rowsIn(small, file)).toEqual([
      { params: { x: 0.5, n: 3, k: null }, value: 1 },
      { params: { x: 0.5, n: 3, k: 2 }, value: null },
      { params: { x: 0.5, n: 3, k: 'b' }, value: null },
      { params: { x: 0.5, n: 8, k: null }, value: null },
    ]);
  });

  it('has a column for each element of a multi, and floats for a normal parameter', async () => {
    const file = await form([studyOf([trial({ w_2: float(0.25), w_1: float(0.75), z: float(-40) })])]);
    const params = { w: [0.75, 0.25], z: -40 };
    expect(await rowsIn({ w: multi(uniform(0, 1), 2), z: normal(0, 1) }, file)).toEqual([{ params, value: 1 }]);
  });

  it.each([
    [{ x: float(0.5), n: int(3) }, /"k"/],
    [{ ...fitting, x: float(1.5) }, /"x": 1\.5/],
    [{ ...fitting, n: float(2.5) }, /"n": 2\.5/],
    [{ ...fitting, k: float(7) }, /"k": 7/],
    [{ ...fitting, z: float(7) }, /"z", which is not in the space/],
  ])('has no COMPLETE trial that does not fit: %#', async (params, column) => {
    const shac = untrained(small);
    const attempt = shac.fitDataset(await form([studyOf([trial(fitting), trial(params)])]));
    await expect(attempt).rejects.toMatchObject({ code: 'ERR_DATASET_MISMATCH' });
    await expect(attempt).rejects.toThrow(/^(trial 1|line 2)/);
    await expect(attempt).rejects.toThrow(column);
    expect(shac.trials).toEqual([]);
  });

  it('has the same direction', async () => {
    const attempt = rowsIn(small, await form([studyOf([trial(fitting)], { objective: 'max' })]));
    await expect(attempt).rejects.toMatchObject({
      code: 'ERR_DATASET_MISMATCH',
      message: expect.stringMatching(/objective (of the study "other" in .* )?is "max", that of this study "min"/),
    });
  });
});

describe('a file of several studies', () => {
  const studies = ['one', 'two'].map((name, i) => studyOf([trial(fitting, { value: i })], { name }));

  it('is read by name', async () => {
    const file = optunaFile(studies);
    expect(await rowsIn(small, file, {}, 'two')).toMatchObject([{ value: 1 }]);
    const without = rowsIn(small, file);
    await expect(without).rejects.toMatchObject({ code: 'ERR_STUDY_NOT_FOUND' });
    await expect(without).rejects.toThrow(/2 studies.*"one", "two"/);
    await expect(rowsIn(small, file, {}, 'three')).rejects.toThrow(/no study "three".*"one", "two"/);
    await expect(rowsIn(small, optunaFile([]))).rejects.toThrow(/there is no study in/);
  });

  it.each(['', 5, null])('takes no %j for a name', async (studyName) => {
    const attempt = untrained(small).fitDataset('any', { studyName } as never);
    await expect(attempt).rejects.toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
  });

  it('is the only one that takes a name', async () => {
    const csv = join(temporaryDirectory(), 'a.csv');
    writeFileSync(csv, 'x,n,k,scores\n0.5,3,b,1\n');
    const attempt = rowsIn(small, csv, {}, 'one');
    await expect(attempt).rejects.toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
    await expect(attempt).rejects.toThrow(/studyName "one" is for a file with studies, but the data set is csv/);
  });
});

describe('a database', () => {
  it('is read while others write to it, trial by trial as it was at one moment', async () => {
    const file = optunaFile([studyOf(Array.from({ length: 1200 }, () => trial(fitting)))]);
    const tables = new OptunaTables(file);
    const writer = openDatabase(file);
    const values: (number | null)[] = [];
    for await (const { number, value } of tables.study().trials()) {
      values.push(value);
      if (number === 100) writer.exec('UPDATE trial_values SET value = 2'); // waits for nobody
    }
    tables.close();
    writer.close();
    expect(values).toHaveLength(1200);
    expect(new Set(values.slice(0, 500))).toEqual(new Set([1]));
    expect(new Set(values.slice(500))).toEqual(new Set([2]));
  });

  it.each([
    ['v3.0.0.d', 12],
    ['v9.9.9.a', 13],
  ])('has the tables of this Optuna, not of %s', async (revision, schema) => {
    const file = optunaFile([studyOf([trial(fitting)])], { revision, schema });
    const attempt = rowsIn(small, file);
    await expect(attempt).rejects.toMatchObject({ code: 'ERR_STORAGE_VERSION' });
    await expect(attempt).rejects.toThrow(revision);
    await expect(attempt).rejects.toThrow(`optuna storage upgrade --storage sqlite:///${file}`);
  });

  it('has one objective a study', async () => {
    const file = optunaFile([studyOf([trial(fitting)])], { directions: 3 });
    const attempt = rowsIn(small, file);
    await expect(attempt).rejects.toMatchObject({ code: 'ERR_DATASET_MISMATCH' });
    await expect(attempt).rejects.toThrow(/"other" has 3 objectives/);
  });

  it('may be another program’s', async () => {
    const file = join(temporaryDirectory(), 'a.db');
    const database = openDatabase(file);
    database.exec('CREATE TABLE cookies (id INTEGER)');
    database.close();
    const attempt = rowsIn(small, file);
    await expect(attempt).rejects.toMatchObject({ code: 'ERR_STORAGE' });
    await expect(attempt).rejects.toThrow(/another program.*cookies/);
  });

  it.each([
    ["UPDATE trial_params SET param_value = 8 WHERE param_name = 'k'", /trial 0: 8 stands for none of the 3 choices/],
    ["UPDATE trial_params SET distribution_json = '{'", /trial 0: "\{" is no distribution/],
    ["INSERT INTO trial_user_attributes VALUES (NULL, 1, 'a', 'oops')", /trial 0: .*JSON/],
    ["INSERT INTO study_user_attributes VALUES (NULL, 1, 'a', 'oops')", /user attributes of the study: .*JSON/],
  ])('may be damaged: %s', async (damage, message) => {
    const file = optunaFile([studyOf([trial(fitting)])]);
    const database = openDatabase(file);
    database.exec(damage);
    database.close();
    const attempt = rowsIn(small, file);
    await expect(attempt).rejects.toMatchObject({ code: 'ERR_STORAGE', message: expect.stringMatching(message) });
    await expect(attempt).rejects.toThrow(file);
  });

  it('may be cut off', async () => {
    const file = join(temporaryDirectory(), 'a.db');
    writeFileSync(file, 'SQLite format 3\0 and no more');
    await expect(rowsIn(small, file)).rejects.toMatchObject({ code: 'ERR_STORAGE' });
  });
});
