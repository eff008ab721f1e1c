import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type CheckedSpace,
  choice,
  custom,
  discrete,
  integer,
  multi,
  SHAC,
  type ShacOptions,
  type SpaceDefinition,
  uniform,
  when,
} from 'shac';
import { describe, expect, it } from 'vitest';
import { jsonlLines } from '../../dist/exchange/jsonl-writer.js';
import { OptunaTables } from '../../dist/exchange/optuna-tables.js';
import { temporaryDirectory } from '../support/studies.js';

const half = custom({ name: 'half', decode: (u) => u / 2, encode: (value: number) => value * 2 });
const before = { rate: uniform(0, 1), layers: integer(1, 8), sides: multi(discrete(['l', 'r']), 2), half };
/** `rate` was narrowed, and `momentum` was added. */
const now = { ...before, rate: uniform(0, 0.5), momentum: uniform(0, 0.99) };
const options: ShacOptions = { totalBudget: 40, numBatches: 4, objective: 'min', seed: 3 };
const of = <D extends SpaceDefinition>(space: CheckedSpace<D>, more: Partial<ShacOptions> = {}) =>
  new SHAC<D>(space, { ...options, ...more } as ShacOptions<D>);

async function searched(more: Partial<ShacOptions> = {}) {
  const shac = of(before, { local: false, ...more });
  await shac.fit(({ rate, layers }, { trialId }) => {
    if (trialId % 5 === 4) throw new Error('no luck');
    return rate + layers;
  });
  return shac;
}
const fits = ({ params: { rate } }: { params: { rate: number } }) => rate <= 0.5;

describe('importFrom', () => {
  it('takes over what fits of a search, with values for what was not there', async () => {
    const old = await searched();
    const expected = old.trials.filter(fits);
    const shac = of(now);
    const { imported, skipped } = await shac.importFrom(old, { missing: { momentum: 0.9 }, presort: false });
    expect(imported).toBe(expected.length);
    expect(skipped).toEqual({ '"rate" is outside the space': 40 - expected.length });
    expect(shac.trials.map(({ params, value }) => ({ params, value }))).toEqual(
      expected.map(({ params, value }) => ({ params: { ...params, momentum: 0.9 }, value })),
    );
    expect(shac.trials.some(({ state }) => state === 'FAIL')).toBe(true);
    await shac.fit(({ rate, layers, momentum }) => rate + layers + momentum);
    expect(shac.trials).toHaveLength(40);
  });

  it('learns as fitDataset does', async () => {
    const old = await searched();
    const [imported, fed] = [of(now), of(now)];
    await imported.importFrom(old, { missing: { momentum: 0.9 } });
    await fed.fitDataset(
      old.trials.filter(fits).map(({ params, value }) => ({ params: { ...params, momentum: 0.9 }, value })),
    );
    expect(imported.trials.map(({ params }) => params)).toEqual(fed.trials.map(({ params }) => params));
    expect(imported.classifiers).toEqual(fed.classifiers);
    expect(imported.classifiers.length).toBeGreaterThan(0);
    expect(await imported.ask(2)).toMatchObject((await fed.ask(2)).map(({ params }) => ({ params })));
  });

  it('reads a study of a file, by its name, and what was exported of it', async () => {
    const storage = join(temporaryDirectory(), 'old.db');
    const old = await searched({ storage, studyName: 'wide' });
    await old.close();
    await of({ z: uniform(0, 1) }, { storage, studyName: 'other' }).ask(1);
    const direct = of(now);
    const expected = await direct.importFrom(old, { missing: { momentum: 0 } });
    const fromFile = of(now);
    expect(await fromFile.importFrom(storage, { studyName: 'wide', missing: { momentum: 0 } })).toEqual(expected);
    expect(fromFile.trials.map(({ params }) => params)).toEqual(direct.trials.map(({ params }) => params));
    await expect(of(now).importFrom(storage)).rejects.toMatchObject({ code: 'ERR_STUDY_NOT_FOUND' });

    const tables = new OptunaTables(storage);
    let lines = '';
    for await (const line of jsonlLines(tables.study('wide'))) lines += line;
    tables.close();
    const exported = join(temporaryDirectory(), 'old.jsonl');
    writeFileSync(exported, lines);
    const fromLines = of(now);
    expect(await fromLines.importFrom(exported, { missing: { momentum: 0 } })).toEqual(expected);
    expect(fromLines.trials.map(({ params }) => params)).toEqual(direct.trials.map(({ params }) => params));
  });

  it('gives conditional parameters a value where they are there', async () => {
    const old = of({ kind: discrete(['sgd', 'adam']), rate: uniform(0, 1) });
    await old.fit(({ rate }) => rate);
    const shac = of({
      kind: discrete(['sgd', 'adam']),
      rate: uniform(0, 1),
      momentum: when('kind', 'sgd', uniform(0, 0.99)),
      beta: when('kind', 'adam', uniform(0, 1)),
    });
    const { imported } = await shac.importFrom(old, { missing: { momentum: 0.5, beta: 0.25 } });
    expect(imported).toBe(40);
    for (const { params } of shac.trials) {
      const { kind, momentum, beta } = params as Record<string, unknown>;
      expect([momentum, beta]).toEqual(kind === 'sgd' ? [0.5, undefined] : [undefined, 0.25]);
    }
    expect(
      await of({
        kind: discrete(['sgd', 'adam']),
        rate: uniform(0, 1),
        beta: when('kind', 'adam', uniform(0, 1)),
      }).importFrom(old),
    ).toEqual({
      imported: old.trials.filter(({ params }) => params.kind === 'sgd').length,
      skipped: { 'params has no value of "beta", which is there where "kind" is "adam"; add it': expect.any(Number) },
    });
  });

  describe('inside of choices', () => {
    const branch = { w: integer(1, 3) };
    const oldSpace = { h: choice({ m: branch, n: branch, e: {} }) };
    const newSpace = {
      h: choice({
        m: { ...branch, z: integer(1, 2), act: discrete(['r', 'l']), slope: when('act', 'l', uniform(0, 1)) },
        n: { ...branch, z: integer(5, 6), in: choice({ a: { sides: multi(integer(1, 3), 2) }, b: {} }) },
        e: {},
      }),
    };
    const given = { 'h.act': 'l', 'h.slope': 0.25, 'h.in.kind': 'a', 'h.in.sides': [1, 3] };
    const searchedOld = async () => {
      const old = of(oldSpace);
      await old.fit(({ h }) => (h.kind === 'e' ? 0 : h.w));
      return old;
    };
    const kinds = (old: Awaited<ReturnType<typeof searchedOld>>, kind: string) =>
      old.trials.filter(({ params }) => params.h.kind === kind).length;

    it('gives values by the keys joined by dots, to the branches that have them', async () => {
      const old = await searchedOld();
      const before = JSON.stringify(old.trials);
      const shac = of(newSpace);
      const { imported, skipped } = await shac.importFrom(old, { missing: { ...given, 'h.z': 2 }, presort: false });
      // z has no such value in the branch n.
      expect({ imported, skipped }).toEqual({
        imported: 40 - kinds(old, 'n'),
        skipped: { '"h.z" is outside the space': kinds(old, 'n') },
      });
      expect(shac.trials.map(({ params }) => params.h)).toEqual(
        old.trials
          .map(({ params }) => params.h)
          .filter(({ kind }) => kind !== 'n')
          .map((h) => (h.kind === 'm' ? { ...h, z: 2, act: 'l', slope: 0.25 } : h)),
      );
      expect(JSON.stringify(old.trials)).toBe(before);

      const other = of(newSpace);
      await other.importFrom(old, { missing: { ...given, 'h.z': 5, 'h.act': 'r' }, presort: false });
      const found = other.trials.map(({ params }) => params.h).find(({ kind }) => kind === 'n');
      expect(found).toEqual({ kind: 'n', w: expect.any(Number), z: 5, in: { kind: 'a', sides: [1, 3] } });
    });

    it('names the key that gives what is missing', async () => {
      const old = of({ h: choice({ m: branch }) });
      await old.fit(({ h }) => h.w);
      const wider = { h: choice({ m: { ...branch, z: integer(1, 2), in: choice({ a: {} }) } }) };
      const refused = (missing: object) => of(wider).importFrom(old, { missing: missing as never });
      await expect(refused({})).rejects.toThrow(/fits the space: "h\.z" is missing \(40\)/);
      await expect(refused({ h: { kind: 'm', z: 1 } })).rejects.toThrow(/"h\.z" is missing \(40\)/);
      await expect(refused({ 'h.z': 1 })).rejects.toThrow(/"h\.in" is missing \(40\)/);
      expect(await refused({ 'h.z': 1, 'h.in': { kind: 'a' } })).toEqual({ imported: 40, skipped: {} });
      expect(await refused({ 'h.z': 1, 'h.in.kind': 'a' })).toEqual({ imported: 40, skipped: {} });
    });

    it('gives a choice that is new, and what is in it', async () => {
      const old = of({ x: uniform(0, 1) });
      await old.fit(({ x }) => x);
      const shac = of({ x: uniform(0, 1), ...newSpace });
      await shac.importFrom(old, { missing: { 'h.kind': 'm', 'h.w': 3, 'h.z': 1, 'h.act': 'r', 'h.slope': 0.5 } });
      for (const { params } of shac.trials) expect(params.h).toEqual({ kind: 'm', w: 3, z: 1, act: 'r' });
    });

    it('refuses values that are none', async () => {
      const old = await searchedOld();
      const refused = (missing: object) => of(newSpace).importFrom(old, { missing: missing as never });
      const cases: [object, RegExp][] = [
        [{ 'h.z': 3 }, /missing\.h\.z: 3 is out of range/],
        [{ 'h.q': 3 }, /missing\.h\.q is no parameter of the space, which has "h", .*"h\.z"/],
        [{ 'h.in.sides': [1] }, /missing\.h\.in\.sides: it must be an array of 2 values, not \[1\]/],
        [{ 'h.kind': 'x' }, /missing\.h\.kind: "x" is not in the list/],
        [{ h: 'm' }, /missing\.h: it must be an object with a kind, one of "m", "n", "e", not "m"/],
        [{ h: { kind: 'x' } }, /missing\.h: its kind is "x"; it must be one of "m", "n", "e"/],
      ];
      for (const [missing, message] of cases) {
        await expect(refused(missing)).rejects.toMatchObject({ code: 'ERR_INVALID_VALUE' });
        await expect(refused(missing)).rejects.toThrow(message);
      }
    });
  });

  it('counts every reason', async () => {
    const old = of({ rate: uniform(0, 1), old: integer(1, 2), sides: multi(integer(0, 1), 2) });
    await old.fit(({ rate }) => rate);
    const rows = join(temporaryDirectory(), 'rows.jsonl');
    writeFileSync(
      rows,
      [
        { params: { rate: 0.1, sides: [0, 1] }, value: 1 },
        { params: { rate: 0.1, sides: [0, 1], old: 1 }, value: 1 },
        { params: { rate: 0.2, sides: [0] }, value: 1 },
        { params: { rate: 7, sides: [0, 1] }, value: 1 },
        { params: { rate: 0.3 }, value: 1 },
        { params: { rate: 0.3 }, value: 2 },
      ]
        .map((row) => JSON.stringify(row))
        .join('\n'),
    );
    const shac = of({ rate: uniform(0, 1), sides: multi(integer(0, 1), 2) });
    expect(await shac.importFrom(rows)).toEqual({
      imported: 1,
      skipped: {
        '"old" is no parameter of the space': 1,
        '"sides" is outside the space': 1,
        '"rate" is outside the space': 1,
        '"sides" is missing': 2,
      },
    });
  });

  it('refuses what it cannot do, and takes nothing over', async () => {
    const old = await searched();
    const shac = of(now);
    await expect(shac.importFrom(old)).rejects.toMatchObject({
      code: 'ERR_DATASET_MISMATCH',
      message: expect.stringMatching(/no trial of the study "shac" fits.*"momentum" is missing \(40\)/),
    });
    const refused = (missing: object) => shac.importFrom(old, { missing: missing as { momentum: number } });
    await expect(refused({ momentum: 2 })).rejects.toMatchObject({ code: 'ERR_INVALID_VALUE' });
    await expect(refused({ other: 2 })).rejects.toThrow(/missing\.other is no parameter/);
    await expect(refused({ momentum: 0, sides: ['l'] })).rejects.toThrow(/missing\.sides: .*array of 2/);
    await expect(refused([])).rejects.toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
    await expect(of(now, { objective: 'max' }).importFrom(old, { missing: { momentum: 0 } })).rejects.toThrow(
      /objective/,
    );
    await expect(of(before, { totalBudget: 8 }).importFrom(old)).rejects.toThrow(
      /40 rows, expected 1 to totalBudget 8/,
    );
    await expect(of(before).importFrom(of(before))).rejects.toThrow(/has no finished trial/);
    await expect(of(before).importFrom(7 as never)).rejects.toThrow(/a search or the path of a file, got 7/);
    const csv = join(temporaryDirectory(), 'rows.csv');
    writeFileSync(csv, 'id,rate,scores\n0,0.5,1\n');
    await expect(of(before).importFrom(csv)).rejects.toThrow(/fitDataset reads/);
    expect(shac.trials).toEqual([]);
    await shac.importFrom(old, { missing: { momentum: 0 } });
    await expect(shac.importFrom(old, { missing: { momentum: 0.5 } })).rejects.toMatchObject({
      code: 'ERR_STUDY_BUSY',
    });
  });
});
