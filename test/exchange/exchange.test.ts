/** What goes out comes back, whatever is in it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readJournal } from '../../lib/exchange/journal-reader.js';
import { journalLines } from '../../lib/exchange/journal-writer.js';
import { OptunaTables } from '../../lib/exchange/optuna-tables.js';
import { formatPythonJson, parsePythonJson } from '../../lib/exchange/python-json.js';
import { temporaryDirectory } from '../support/studies.js';
import { anyJson, anyStudy } from './exchange-arbitraries.js';
import { exchanged, optunaFile, type PlainStudy, plain, pythonJson } from './optuna-file.js';

const UNIT = '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0, "high": 300, "log": false}}';

it("reads what is in Optuna's tables", async () => {
  await fc.assert(
    fc.asyncProperty(anyStudy, anyStudy, async (study, other) => {
      fc.pre(study.name !== other.name);
      const tables = new OptunaTables(optunaFile([other, study]));
      try {
        expect(tables.studyNames()).toEqual([other.name, study.name]);
        expect(await plain(tables.study(study.name))).toEqual(study);
      } finally {
        tables.close();
      }
    }),
    { numRuns: 30 },
  );
});

it('reads a study of many trials, in turns with those of another', async () => {
  const many = (name: string, count: number): PlainStudy => ({
    name,
    objective: 'min',
    userAttributes: {},
    systemAttributes: {},
    trials: Array.from({ length: count }, (_, number) => ({
      number,
      state: 'COMPLETE',
      params: new Map([['x', { value: number / 7, stored: { real: number / 7, distribution: UNIT } }]]),
      value: number,
      intermediateValues: new Map(),
      started: null,
      completed: null,
      userAttributes: {},
      systemAttributes: {},
    })),
  });
  const studies = [many('short', 500), many('long', 1503)];
  const tables = new OptunaTables(optunaFile(studies));
  for (const study of studies) expect(await plain(tables.study(study.name))).toEqual(study);
  tables.close();
});

it('reads a journal that it wrote', async () => {
  const file = join(temporaryDirectory(), 'journal.log');
  await fc.assert(
    fc.asyncProperty(anyStudy, async (study) => {
      writeFileSync(file, '');
      for await (const line of journalLines(exchanged(study))) writeFileSync(file, line, { flag: 'a' });
      expect(await plain(await readJournal(file))).toEqual(study);
    }),
    { numRuns: 60 },
  );
});

it("reads and writes Python's JSON", () => {
  fc.assert(
    fc.property(anyJson, (value) => {
      expect(parsePythonJson(pythonJson(value))).toEqual(value);
      expect(parsePythonJson(formatPythonJson(value))).toEqual(value);
    }),
  );
});

it.each(['NaNs', '{"a": nan}', '[1, Infinit]', 'Infinity Infinity', ''])('takes no %j for JSON', (text) => {
  expect(() => parsePythonJson(text)).toThrow(SyntaxError);
});
