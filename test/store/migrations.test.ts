/** Studies that an older version wrote are read, and gone on with, as if it had never been another one. */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sqlite } from 'shac';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../support/database.js';
import { findings, loss, outcome, type Params, study, temporaryDirectory } from '../support/studies.js';

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/store/${name}`, import.meta.url));

/** What shac 0.1.0 was searching when it was stopped at trial 25. */
const objective = (params: Params, { trialId }: { trialId: number }) => {
  if (trialId === 4) throw new Error('no luck');
  return loss(params);
};

function copyOfFile(format: number): string {
  const file = join(temporaryDirectory(), 'study.db');
  copyFileSync(fixture(`format-${format}.sqlite`), file);
  return file;
}

function formatOf(file: string): unknown {
  const database = openDatabase(file, { readonly: true });
  try {
    return database.prepare('SELECT version FROM shac_format').pluck().get();
  } finally {
    database.close();
  }
}

describe.each([1, 2, 3])('an SQLite file of format %i', (format) => {
  it('is listed and read as it is, and nothing is written to it', () => {
    const file = copyOfFile(format);
    expect(sqlite(file).studies()).toMatchObject([{ name: 'shac', finished: 25, trials: { FAIL: 1, COMPLETE: 24 } }]);
    const search = study({ storage: file });
    expect(search.trials.filter(({ state }) => state === 'COMPLETE').length).toBe(24);
    expect(search.trials[4]?.error?.message).toBe('no luck');
    search.close();
    expect(formatOf(file)).toBe(format);
  });

  it('goes on to what an uninterrupted search finds, in the newest format', async () => {
    const whole = study();
    await whole.fit(objective);
    const file = copyOfFile(format);
    const search = study({ storage: file });
    await search.fit(objective);
    expect(await findings(search)).toEqual(await findings(whole));
    expect(search.classifiers).toEqual(whole.classifiers); // what each accepts as well, which the file did not have
    search.close();
    expect(formatOf(file)).toBe(4);
    expect(outcome(study({ storage: file }).trials)).toEqual(outcome(whole.trials));
  });

  it('has its studies copied and renamed', () => {
    const storage = sqlite(copyOfFile(format));
    storage.copyStudy('shac', 'copy');
    storage.renameStudy('shac', 'old');
    expect(storage.studies().map(({ name, finished }) => [name, finished])).toEqual([
      ['copy', 25],
      ['old', 25],
    ]);
  });
});

describe('a directory of format 1', () => {
  it('is restored, and goes on to what an uninterrupted search finds', async () => {
    const whole = study();
    await whole.fit(objective);
    const search = study();
    await search.restoreData(fixture('format-1'));
    await search.fit(objective);
    expect(await findings(search)).toEqual(await findings(whole));
  });
});
