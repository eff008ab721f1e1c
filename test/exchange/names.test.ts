/** What is saved can be read back, whatever things are called. */
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import fc from 'fast-check';
import { custom, discrete, memory, multi, normal, SHAC, type ShacOptions, type SpaceDefinition, uniform } from 'shac';
import { describe, expect, it } from 'vitest';
import { csvLines } from '../../lib/exchange/csv-writer.js';
import { journalLines } from '../../lib/exchange/journal-writer.js';
import { jsonlLines } from '../../lib/exchange/jsonl-writer.js';
import { OptunaTables } from '../../lib/exchange/optuna-tables.js';
import { temporaryDirectory } from '../support/studies.js';

/** Names that some format could mix up with something of its own. */
const hostile = [
  'value',
  'values',
  'params',
  'state',
  'number',
  'name',
  'key',
  'seed',
  'trial_id',
  'study_id',
  'NULL',
  'null',
  'NaN',
  '0',
  '-1',
  '01',
  '1e3',
  'constructor',
  'toString',
  'hasOwnProperty',
  'then',
  'toJSON',
  'prototype',
  ' ',
  ' a ',
  'a,b',
  'a;b',
  '"',
  '""',
  "'",
  'a"b',
  'a\nb',
  'a\r',
  '\r',
  '\r\n',
  '\t',
  '\\',
  '\\n',
  'a\0b',
  '\uFEFF',
  '\u2028',
  'ä',
  'a\u0308',
  '😀',
  'shac',
  'shac:memory',
  'fail_reason',
  '../x',
  '/etc/passwd',
  '%s',
  '$x',
  '{c}',
  '--',
  '#',
  '=1+1',
  '\u001b[2J',
];
const name = fc
  .oneof(
    { weight: 3, arbitrary: fc.constantFrom(...hostile) },
    fc.string({ unit: 'binary', minLength: 1, maxLength: 6 }),
  )
  .filter((one) => !['id', 'scores', '__proto__'].includes(one) && !/\p{Surrogate}/u.test(one));
const customName = name.filter((one) => one !== 'fail_reason' && !one.startsWith('shac:'));

/** A space with parameters of such names, of every kind. */
const anySpace = fc
  .record({
    u: name,
    n: name,
    d: name,
    c: customName,
    m: name,
    choices: fc.uniqueArray(name, { minLength: 1, maxLength: 4 }),
  })
  .filter(({ u, n, d, c, m }) => new Set([u, n, d, c, `${m}_1`, `${m}_2`, m]).size === 7)
  .map(
    ({ u, n, d, c, m, choices }): SpaceDefinition => ({
      [u]: uniform(-1, 1),
      [n]: normal(0, 1),
      [d]: discrete(choices),
      [c]: custom({ name: c, decode: (place) => ({ at: Math.floor(place * 8) }), encode: ({ at }) => (at + 0.5) / 8 }),
      [m]: multi(uniform(0, 1), 2),
    }),
  );

const options: ShacOptions = { totalBudget: 12, numBatches: 3, seed: 5, classifier: { rounds: 5 } };
/** One trial of six fails. */
const objective = (params: Record<string, unknown>, { trialId }: { trialId: number }) => {
  if (trialId % 6 === 4) throw new Error('no luck');
  return JSON.stringify(params).length + trialId / 7;
};
const results = ({ trials }: Pick<SHAC<SpaceDefinition>, 'trials'>) =>
  trials.map(({ params, value, state, error }) => ({ params, value, state, message: error?.message }));

describe('a study of hostile names', () => {
  it('comes back from every storage and from its directory', async () => {
    await fc.assert(
      fc.asyncProperty(anySpace, name, async (space, studyName) => {
        const dir = temporaryDirectory();
        for (const storage of [join(dir, 'study.db'), memory()]) {
          const first = new SHAC(space, { ...options, storage, studyName });
          await first.fit(objective, { skipCvChecks: true });
          await first.close();
          const again = new SHAC(space, { ...options, storage, studyName });
          expect(again.trials).toEqual(first.trials);
          await again.saveData(join(dir, 'saved'));
          const restored = new SHAC(space, options);
          await restored.restoreData(join(dir, 'saved'));
          expect(results(restored)).toEqual(results(first));
          const learned = new SHAC(space, options);
          await learned.fitDataset(join(dir, 'saved', 'datasets', 'dataset.csv'), { presort: false });
          expect(learned.trials.map(({ params, value }) => [params, value])).toEqual(
            first.trials.map(({ params, value }) => [params, value]),
          );
          await again.close();
        }
      }),
      { seed: 3, numRuns: 25 },
    );
  });

  it.each([
    ['csv', csvLines],
    ['jsonl', jsonlLines],
    ['journal', journalLines],
  ])('comes back from its export as %s', async (form, lines) => {
    await fc.assert(
      fc.asyncProperty(anySpace, name, async (space, studyName) => {
        const dir = temporaryDirectory();
        const [storage, out] = [join(dir, 'study.db'), join(dir, `out.${form}`)];
        const first = new SHAC(space, { ...options, storage, studyName });
        await first.fit(objective, { skipCvChecks: true });
        await first.close();
        const tables = new OptunaTables(storage);
        await pipeline(Readable.from(lines(tables.study(studyName))), createWriteStream(out));
        tables.close();
        const learned = new SHAC(space, options);
        await learned.fitDataset(out, { presort: false });
        expect(learned.trials.map(({ params, value }) => [params, value])).toEqual(
          first.trials.map(({ params, value }) => [params, value]),
        );
      }),
      { seed: 4, numRuns: 25 },
    );
  });
});

it.each(['id', 'scores', '\ud800', 'a\udc00b', '', '__proto__'])(
  'a parameter called %j is refused at the start',
  (bad) => {
    const make = () => new SHAC(Object.fromEntries([[bad, uniform(0, 1)]]), options);
    expect(make).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_SPACE', message: expect.stringContaining('rename it') }),
    );
  },
);

it.each(['fail_reason', 'shac:memory'])(
  'a custom parameter called %s is refused, since trials have such an attribute',
  (bad) => {
    const parameter = custom({ name: 'c', decode: (place) => place, encode: (value) => value });
    for (const entry of [parameter, multi(parameter, 2)]) {
      const make = () => new SHAC({ [bad]: entry }, options);
      expect(make).toThrow(
        expect.objectContaining({ code: 'ERR_INVALID_SPACE', message: expect.stringContaining(bad) }),
      );
    }
  },
);
