/** Searches in spaces with conditions: strategies, storages, exports, evaluators. */
import { createWriteStream, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import fc from 'fast-check';
import { command, EventCodec, memory, python, SearchSpace, type Store, sqlite } from 'shac';
import { describe, expect, it } from 'vitest';
import { OptunaTables } from '../../dist/exchange/optuna-tables.js';
import { csvLines } from '../../lib/exchange/csv-writer.js';
import { journalLines } from '../../lib/exchange/journal-writer.js';
import { jsonlLines } from '../../lib/exchange/jsonl-writer.js';
import { loss, type Params, results, search, space } from '../support/conditional-search.js';
import { spacesWithRows } from '../support/conditional-spaces.js';
import { openDatabase } from '../support/database.js';
import { temporaryDirectory } from '../support/studies.js';

const searched = new SearchSpace(space);

describe('a search in a space with conditions', () => {
  it.each([{}, { preset: 'paper' }, { preset: 'paper', sampler: 'smc' }, { local: false }] as const)(
    'draws params of the space, the same for any number of threads and evaluators: %j',
    async (options) => {
      const [one, many] = [search(options), search(options)];
      one.setNumParallelGenerators(1);
      many.setNumParallelGenerators(3);
      many.setNumParallelEvaluators(3);
      await one.fit(loss);
      await many.fit(loss);
      expect(results(many)).toEqual(results(one));
      for (const { params } of one.trials) expect(one.accepts(params)).toBeTypeOf('boolean');
      const kinds = new Set(one.trials.map(({ params }) => params.head?.kind));
      expect(kinds).toEqual(new Set(['linear', 'mlp', 'cnn', undefined]));
      expect(await one.predict(5)).toEqual(await many.predict(5));
    },
  );

  it('keeps constraints, which see what is there', async () => {
    const fits = ({ layers, units = [] }: Params) => layers * (units[0] ?? 0) <= 128;
    const leaves = ({ head }: Params) => head === undefined || head.kind !== 'mlp' || head.width < 32;
    const shac = search({ constraints: [fits, leaves] });
    await shac.fit(loss);
    expect(shac.trials.filter(({ params }) => !fits(params) || !leaves(params))).toEqual([]);
    expect(new Set(shac.trials.map(({ params }) => params.units === undefined)).size).toBe(2);
  });

  it.each<[string, () => Store]>([
    ['memory', memory],
    ['an SQLite file', () => sqlite(join(temporaryDirectory(), 'study.db'))],
  ])('goes on from any trial in %s', async (_, open) => {
    const whole = search();
    await whole.fit(loss);
    const storage = open();
    for (const cut of [7, 31, 44]) {
      const part = search({ storage });
      const controller = new AbortController();
      const until = (params: Params, { trialId }: { trialId: number }) => {
        if (trialId === cut) controller.abort(new Error('cut'));
        return loss(params);
      };
      await expect(part.fit(until, { signal: controller.signal })).rejects.toThrow('cut');
      await part.close();
    }
    const last = search({ storage });
    await last.fit(loss);
    expect(results(last)).toEqual(results(whole));
    await last.close();
    expect(results(search({ storage }))).toStrictEqual(results(whole));
    await storage.close();
  });

  it("has no rows in Optuna's tables for what is not there", async () => {
    const file = join(temporaryDirectory(), 'study.db');
    const shac = search({ storage: file });
    await shac.fit(loss);
    await shac.close();
    const database = openDatabase(file, { readonly: true });
    const query = 'SELECT param_name FROM trial_params JOIN trials USING (trial_id) WHERE number = ? ORDER BY param_id';
    for (const { id, params } of shac.trials) {
      const { active } = searched.row(searched.encode(params));
      const columns = searched.columns.filter((_, i) => active[i] === 1);
      expect(database.prepare(query).pluck().all(id)).toEqual(columns);
    }
    const choices = "SELECT DISTINCT distribution_json FROM trial_params WHERE param_name = 'head'";
    expect(JSON.parse(database.prepare(choices).pluck().get() as string)).toEqual({
      name: 'CategoricalDistribution',
      attributes: { choices: ['linear', 'mlp', 'cnn'] },
    });
    database.close();
  });

  it('is another one where a condition differs', async () => {
    const file = join(temporaryDirectory(), 'study.db');
    const shac = search({ storage: file });
    await shac.fit(loss);
    await shac.close();
    const database = openDatabase(file);
    const identity = database.prepare('SELECT identity FROM shac_studies').pluck().get() as string;
    database.prepare('UPDATE shac_studies SET identity = ?').run(identity.replace('[[2,4]]', '[[3,4]]'));
    database.close();
    expect(() => search({ storage: file })).toThrow(
      expect.objectContaining({ code: 'ERR_RESTORE_MISMATCH', message: expect.stringContaining('"ranges":[[2,4]]') }),
    );
  });

  it('cannot be saved in the layout of PySHAC', async () => {
    const shac = search();
    await shac.fit(loss);
    const dir = join(temporaryDirectory(), 'saved');
    const error = {
      code: 'ERR_INVALID_SPACE',
      message: expect.stringMatching(/"momentum" is made by when.*SQLite.*CSV, JSONL/),
    };
    await expect(shac.saveData(dir)).rejects.toThrow(expect.objectContaining(error));
    expect(existsSync(dir)).toBe(false);
    await expect(shac.restoreData(dir)).rejects.toThrow();
  });
});

describe('trials of a space with conditions', () => {
  const written = async (lines: typeof jsonlLines, form: string) => {
    const dir = temporaryDirectory();
    const storage = join(dir, 'study.db');
    const first = search({ storage });
    await first.fit(loss);
    await first.close();
    const tables = new OptunaTables(storage);
    const out = join(dir, `out.${form}`);
    await pipeline(Readable.from(lines(tables.study())), createWriteStream(out));
    tables.close();
    return { first, storage, out };
  };
  const learned = async (source: string) => {
    const shac = search();
    await shac.fitDataset(source, { presort: false });
    return results(shac);
  };

  it.each([
    ['csv', csvLines],
    ['jsonl', jsonlLines],
    ['journal', journalLines],
  ])('come back from their export as %s', async (form, lines) => {
    const { first, out } = await written(lines, form);
    expect(await learned(out)).toStrictEqual(results(first));
  });

  it('are read from the file itself', async () => {
    const { first, storage } = await written(jsonlLines, 'jsonl');
    expect(await learned(storage)).toStrictEqual(results(first));
  });

  it('have empty fields in CSV', async () => {
    const { first, out } = await written(csvLines, 'csv');
    const [header, ...rows] = readFileSync(out, 'utf8').trim().split('\n');
    expect(header).toBe(`id,${searched.columns.join(',')},scores`);
    expect(header).toContain('head.mlp.width,head.act,head.angle,head.cnn.width_1,head.cnn.width_2');
    const adam = first.trials.filter(({ params }) => params.optimizer === 'adam');
    expect(adam.length).toBeGreaterThan(0);
    for (const { id, params, value } of adam) {
      const [one = '', two = ''] = params.units ?? [];
      expect(rows[id]).toBe(`${id},,adam,${params.layers},${one},${two},,,,,,,${value}`);
    }
  });

  it('are read from what another program wrote: by columns, and without a word of conditions', async () => {
    const { first, out } = await written(journalLines, 'journal');
    const lines = readFileSync(out, 'utf8').split('\n');
    writeFileSync(out, lines.filter((line) => !line.includes('"user_attr"')).join('\n'));
    expect(await learned(out)).toStrictEqual(results(first));
    const columns = first.trials.map(({ params, value }) => {
      const values = searched.valuesOf(params);
      const given = searched.columns.flatMap((column, i) => (values[i] === undefined ? [] : [[column, values[i]]]));
      return JSON.stringify({ params: Object.fromEntries(given), value });
    });
    writeFileSync(out, columns.join('\n'));
    expect(await learned(out)).toStrictEqual(results(first));
  });

  it('are taken as they are, with undefined for what is not there', async () => {
    const shac = search({ totalBudget: 2, numBatches: 1 });
    const undefinedKeys = { momentum: undefined, units: undefined, head: undefined };
    await shac.fitDataset([
      { params: { optimizer: 'adam', layers: 1, ...undefinedKeys } as never, value: 1 },
      { params: { optimizer: null, layers: 1, head: { kind: 'linear' } }, value: 2 },
    ]);
    expect(shac.trials.find(({ value }) => value === 1)?.params).toStrictEqual({ optimizer: 'adam', layers: 1 });
  });

  it.each([
    [{ optimizer: 'adam', layers: 1, momentum: 0.5 }, /"momentum", which is there only where "optimizer" is "sgd"/],
    [{ optimizer: 'adam', layers: 3 }, /"units", which is there where "layers" is from 2 to 4/],
  ])('are refused where they do not fit the conditions: %j', async (params, message) => {
    const error = { code: 'ERR_DATASET_MISMATCH', message: expect.stringMatching(message) };
    await expect(search().fitDataset([{ params: params as Params, value: 1 }])).rejects.toThrow(
      expect.objectContaining(error),
    );
    const file = join(temporaryDirectory(), 'rows.jsonl');
    writeFileSync(file, JSON.stringify({ params, value: 1 }));
    await expect(search().fitDataset(file)).rejects.toThrow(expect.objectContaining(error));
  });

  it('come back from lines of JSON', () => {
    fc.assert(
      fc.property(spacesWithRows, ({ space, codes, offsets }) => {
        const codec = new EventCodec(space as never);
        const candidate = { params: space.decode(codes, offsets), row: space.row(codes), rejections: 0 };
        const event = { type: 'drawn', batch: undefined, candidates: [candidate] } as const;
        expect(codec.decode(codec.encode(event))).toEqual(event);
      }),
    );
  });
});

describe('what an evaluation gets', () => {
  const small = { totalBudget: 12, numBatches: 1 };
  const expected = async () => {
    const shac = search(small);
    await shac.fit((params) => JSON.stringify(params).length);
    return results(shac);
  };

  it('has no keys of what is not there, in a worker thread and in a process', async () => {
    const file = join(temporaryDirectory(), 'objective.mjs');
    writeFileSync(file, 'export default (params) => JSON.stringify(params).length;');
    for (const backend of ['threads', 'processes'] as const) {
      const shac = search(small);
      shac.parallelEvaluators(backend);
      await shac.fit({ module: file });
      expect(results(shac)).toEqual(await expected());
    }
  });

  it('has none in Python', async () => {
    const dir = temporaryDirectory();
    const source = [
      'def keys(of):',
      '  return len(of) + sum(keys(one) for one in of.values() if isinstance(one, dict))',
      'def evaluate(params):',
      '  return keys(params) + (100 if None in (params.get("momentum", 0), params.get("head", 0)) else 0)',
    ];
    writeFileSync(join(dir, 'objective.py'), source.join('\n'));
    const shac = search(small);
    await shac.fit(python({ module: 'objective.py', cwd: dir }));
    const keys = (params: Params) => Object.keys(params).length + Object.keys(params.head ?? {}).length;
    expect(shac.trials.map(({ value }) => value)).toEqual(shac.trials.map(({ params }) => keys(params)));
  });

  it('has none in a program, whose arguments that name one are left out', async () => {
    const file = join(temporaryDirectory(), 'program.mjs');
    writeFileSync(
      file,
      `const [, , ...argv] = process.argv;
      const params = JSON.parse(process.env.SHAC_PARAMS);
      const expected = ['--layers=' + params.layers];
      if ('momentum' in params) expected.push('--momentum=' + params.momentum);
      if (params.head) expected.push('--head=' + params.head.kind);
      if (params.head?.width) expected.push(JSON.stringify(params.head.width) + ' wide');
      if (params.head) expected.push(JSON.stringify(params.head));
      console.log(JSON.stringify(argv) === JSON.stringify(expected) ? 1 : 'no');`,
    );
    const shac = search(small);
    const flags = ['--layers={layers}', '--momentum={momentum}', '--head={head.kind}', '{head.width} wide', '{head}'];
    await shac.fit(command([process.execPath, file, ...flags]));
    expect(shac.trials.map(({ value }) => value)).toEqual(shac.trials.map(() => 1));
    await expect(search(small).fit(command(['x', '{head.widht}']))).rejects.toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT', message: expect.stringContaining('head.width') }),
    );
  });
});
