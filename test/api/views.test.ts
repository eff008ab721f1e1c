/** What users hold is theirs, and what they look at is cheap: neither can change a study. */
import { custom, integer, multi, SHAC, type Trial, uniform } from 'shac';
import { describe, expect, it } from 'vitest';
import { loss, study, temporaryDirectory } from '../support/studies.js';

/** A custom parameter whose values are objects of a table that the user keeps. */
const TABLE = [{ units: [8, 8] }, { units: [16] }, { units: [32, 4, 4] }];
const layers = () =>
  custom<{ units: number[] }>({
    name: 'layers',
    decode: (u) => TABLE[Math.floor(u * 3)] as { units: number[] },
    encode: ({ units }) => (TABLE.findIndex((one) => one.units[0] === units[0]) + 0.5) / 3,
  });
const search = () =>
  new SHAC(
    { w: multi(uniform(0, 1), 2), n: integer(1, 9), c: layers() },
    { totalBudget: 20, numBatches: 2, objective: 'min', seed: 1 },
  );

describe('params', () => {
  it('that are handed out may be altered: the study keeps what was drawn', async () => {
    const shac = search();
    const [asked] = await shac.ask();
    const drawn = structuredClone(asked?.params);
    asked?.params.w.push(7);
    asked?.params.c.units.push(7);
    Object.assign(asked?.params ?? {}, { n: 1000 });
    await shac.tell(0, 1);
    expect(shac.trials[0]?.params).toEqual(drawn);
    const dir = temporaryDirectory();
    await shac.saveData(dir);
    await shac.restoreData(dir);
    expect(shac.trials[0]?.params).toEqual(drawn);
  });

  it('may be altered by an objective, however deep, and nobody sees it', async () => {
    const table = structuredClone(TABLE);
    const [shac, honest] = [search(), search()];
    for (const one of [shac, honest]) one.setNumParallelEvaluators(1);
    const score = ({ w, n, c }: { w: number[]; n: number; c: { units: number[] } }) =>
      w.reduce((sum, x) => sum + x, n) + c.units.length;
    await honest.fit(score);
    await shac.fit((params) => {
      const value = score(params);
      params.w.length = 0;
      params.c.units.push(99);
      params.n = -1;
      return value;
    });
    expect(shac.trials.map(({ params, value }) => ({ params, value }))).toEqual(
      honest.trials.map(({ params, value }) => ({ params, value })),
    );
    expect(TABLE).toEqual(table);
    expect(Object.isFrozen(TABLE[0])).toBe(false);
  });

  it('that are looked at cannot be altered', async () => {
    const shac = search();
    await shac.fit(({ n }) => n);
    const looked: Trial<{ w: number[]; n: number; c: { units: number[] } }>[] = [
      shac.trials[0] as never,
      shac.bestTrial as never,
    ];
    for (const { params } of looked) {
      expect(() => params.w.push(1)).toThrow(TypeError);
      expect(() => params.c.units.push(1)).toThrow(TypeError);
      expect(() => Object.assign(params, { n: 0 })).toThrow(TypeError);
    }
    expect(() => (shac.trials as unknown[]).push(1)).toThrow(TypeError);
    expect(() => Object.assign(looked[0] as object, { value: 0 })).toThrow(TypeError);
    expect(() => Object.assign(shac.budget, { totalBudget: 1 })).toThrow(TypeError);
  });

  it.each([
    ['a Date', () => new Date(0)],
    ['a Map', () => new Map()],
    ['an object of a class', () => new (class Size {})()],
    ['a bigint', () => 1n],
    ['a list with undefined', () => [undefined]],
    ['not a number', () => ({ x: Number.NaN })],
  ])('that do not survive a file are refused when the parameter is made: %s', (_, decode) => {
    expect(() => custom<unknown>({ decode, encode: () => 0.5 })).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_PARAMETER', message: expect.stringContaining('survive JSON') }),
    );
  });
});

describe('looking', () => {
  it('gives the same list until something happens, and the same trial until that one changes', async () => {
    const shac = study();
    await shac.ask(3);
    const before = shac.trials;
    expect(shac.trials).toBe(before);
    await shac.tell(1, 5);
    expect(shac.trials).not.toBe(before);
    expect(shac.trials[0]).toBe(before[0]);
    expect(shac.trials[1]).not.toBe(before[1]);
    expect(before[1]?.state).toBe('RUNNING');
    expect(shac.bestTrial).toBe(shac.trials[1]);
  });

  it('gives the acceptance of a classifier the same again', async () => {
    const shac = study();
    await shac.fit(loss);
    expect(shac.classifiers.length).toBeGreaterThan(0);
    expect(shac.classifiers).toEqual(shac.classifiers);
  });
});
