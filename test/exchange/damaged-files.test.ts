import { cpSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { findings, loss, outcome, study, temporaryDirectory } from '../support/studies.js';

let dir: string;
let shac: ReturnType<typeof study>;

beforeEach(async () => {
  dir = temporaryDirectory();
  shac = study({ totalBudget: 40, numBatches: 4 });
  await shac.fit(loss, { skipCvChecks: true });
  await shac.saveData(dir);
});

/** Restores into a study that has trials of its own, which it must keep when that fails. */
async function restored() {
  const back = study({ totalBudget: 40, numBatches: 4 });
  const own = await back.ask(1);
  const error = await back.restoreData(dir).then(
    () => undefined,
    (reason: Error & { code?: string }) => reason,
  );
  if (error !== undefined) expect(back.trials).toEqual(own);
  return { back, error };
}

const classifier = () => join(dir, 'classifiers', '001.ubj');

describe('a classifier file', () => {
  it.each([0, 1, 100, 5000])('cut to %i bytes is refused by name', async (length) => {
    expect(readFileSync(classifier()).length).toBeGreaterThan(5000);
    truncateSync(classifier(), length);
    const { error } = await restored();
    expect(error).toMatchObject({ code: 'ERR_CLASSIFIER_INVALID', message: expect.stringContaining(classifier()) });
  });

  it.each([
    ['text', 'not a model'],
    ['JSON', '{"learner":{}}'],
    ['zeros', new Uint8Array(9000)],
  ])('of %s is refused by name', async (_, content) => {
    writeFileSync(classifier(), content);
    const { error } = await restored();
    expect(error).toMatchObject({ code: 'ERR_CLASSIFIER_INVALID', message: expect.stringContaining(classifier()) });
  });

  it('with a byte changed is refused by name, or is another valid classifier: never a crash', async () => {
    const whole = readFileSync(classifier());
    let refused = 0;
    for (let at = 3; at < whole.length; at += 97) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] as number) ^ 0xff;
      writeFileSync(classifier(), damaged);
      const { back, error } = await restored();
      if (error === undefined) {
        expect(back.classifiers).toHaveLength(shac.classifiers.length);
      } else {
        refused++;
        expect(error).toMatchObject({ code: 'ERR_CLASSIFIER_INVALID', message: expect.stringContaining(classifier()) });
      }
    }
    expect(refused).toBeGreaterThan(10);
  });

  it('of another space is refused by name', async () => {
    const { SHAC, uniform } = await import('shac');
    const other = new SHAC({ x: uniform(0, 1) }, { totalBudget: 40, numBatches: 2, seed: 1 });
    await other.fit(({ x }) => x);
    const otherDir = temporaryDirectory();
    await other.saveData(otherDir);
    cpSync(join(otherDir, 'classifiers', '000.ubj'), classifier());
    const { error } = await restored();
    expect(error).toMatchObject({ code: 'ERR_CLASSIFIER_INVALID', message: expect.stringMatching(/1 features.*4/) });
  });

  it('that is missing is named', async () => {
    rmSync(classifier());
    const { error } = await restored();
    expect(error).toMatchObject({ code: 'ERR_FILE', message: expect.stringContaining(classifier()) });
  });
});

describe('study.json', () => {
  const file = () => join(dir, 'study.json');
  const content = () => JSON.parse(readFileSync(file(), 'utf8')) as Record<string, unknown>;

  it.each(['', '{', 'null', '5', '[]', '{}', '{"format":2}', '{"format":1}'])(
    'of %j is refused by name',
    async (text) => {
      writeFileSync(file(), text);
      const { error } = await restored();
      expect(error).toMatchObject({ code: 'ERR_FILE', message: expect.stringContaining(file()) });
    },
  );

  it('without one of its members, or with a wrong one, is refused by name', async () => {
    const whole = content();
    // A study of before there was this option lacks it, and had what is the default of now.
    const lacking = (key: string, value: unknown) => ['recency', 'distinct'].includes(key) && value === undefined;
    for (const key of Object.keys(whole).filter((name) => name !== 'studyName')) {
      for (const value of [undefined, null, 'x', -1].filter((value) => !lacking(key, value))) {
        writeFileSync(file(), JSON.stringify({ ...whole, [key]: value }));
        const { error } = await restored();
        expect(['ERR_FILE', 'ERR_RESTORE_MISMATCH'], `${key}: ${value}`).toContain(error?.code);
        expect(error?.message, `${key}: ${value}`).toContain(file());
      }
    }
  });
});

describe('a study.json that somebody has made up', () => {
  type Content = Record<'batches' | 'classifiers', unknown[]> &
    Record<'drawn' | 'runs' | 'failures' | 'unfinished', Record<string, unknown>>;
  const file = () => join(dir, 'study.json');
  const write = (change: (content: Content) => unknown) => {
    const content = JSON.parse(readFileSync(file(), 'utf8')) as Content;
    change(content);
    writeFileSync(file(), JSON.stringify(content));
  };

  it.each<[string, (content: Content) => unknown]>([
    ['a batch that is none', (content) => (content.batches = [null])],
    ['a batch without its numbers', (content) => (content.batches = [{ stage: 0 }])],
    ['200,000 batches', (content) => (content.batches = Array.from({ length: 200_000 }, () => content.batches[0]))],
    ['200,000 classifiers', (content) => (content.classifiers = Array.from({ length: 200_000 }, () => ({})))],
    ['candidates beyond the budget', (content) => (content.drawn = { 99: ['0', '1', '1', 'relu'] })],
    ['candidates with a gap', (content) => (content.drawn = { 39: ['0', '1', '1', 'relu'] })],
    ['fields that are none', (content) => (content.drawn = { 0: [1, 2, 3, 4] })],
    ['a run of no trial', (content) => (content.runs = { '1e1': { attempts: 1, rejections: 0 } })],
    ['a run with attempts that are none', (content) => (content.runs = { 0: { attempts: -1, rejections: 0 } })],
    ['a failure that is none', (content) => (content.failures = { 3: 'no luck' })],
  ])('with %s is refused by name', async (what, change) => {
    write((content) => {
      if (what.includes('gap')) rmSync(join(dir, 'datasets', 'dataset.csv')); // then no trial is there before it
      change(content);
    });
    if (what.includes('gap')) writeFileSync(join(dir, 'datasets', 'dataset.csv'), 'id,x,y,layers,act,scores\n');
    const { error } = await restored();
    expect(error).toMatchObject({ code: 'ERR_FILE', message: expect.stringContaining(dir) });
  });

  it('changes nothing of a trial but what it may say of it', async () => {
    write(({ runs }) => {
      Object.assign(runs[0] as object, { id: 7, state: 'FAIL', params: { x: 0 }, values: [1e9], row: null, stage: 3 });
    });
    const { back, error } = await restored();
    expect(error).toBeUndefined();
    expect(back.trials).toEqual(shac.trials);
  });
});

describe('the data set', () => {
  const file = () => join(dir, 'datasets', 'dataset.csv');

  it.each([
    ['cut in a line', (text: string) => text.slice(0, text.lastIndexOf(',') - 8), 'ERR_DATASET_MISMATCH'],
    ['without a line', (text: string) => text.split('\n').toSpliced(3, 1).join('\n'), 'ERR_FILE'],
    ['with a line twice', (text: string) => `${text}${text.split('\n')[3]}\n`, 'ERR_FILE'],
    ['with an id that is none', (text: string) => text.replace('\n3,', '\nthree,'), 'ERR_FILE'],
    ['with a value that is none', (text: string) => text.replace(/\n3,[^,]*,/, '\n3,99,'), 'ERR_DATASET_MISMATCH'],
  ])('%s is refused by name', async (_, damage, code) => {
    const text = readFileSync(file(), 'utf8');
    expect(damage(text)).not.toBe(text);
    writeFileSync(file(), damage(text));
    const { error } = await restored();
    expect(error).toMatchObject({ code, message: expect.stringContaining(file()) });
  });
});

describe('a crash between two files', () => {
  it('loses nothing: results are read that study.json does not know of', async () => {
    const [whole, original] = [study(), study()];
    await whole.fit(loss);
    const [before, after] = [temporaryDirectory(), temporaryDirectory()];
    for (const { id, params } of (await original.ask(2)).slice(0, 1)) await original.tell(id, loss(params));
    await original.saveData(before);
    // Trials that study.json knows as unfinished, as drawn and not handed out; some of them without a result.
    for (const { id, params } of await original.ask(5)) if (id !== 4) await original.tell(id, loss(params));
    await original.saveData(after);
    cpSync(join(before, 'study.json'), join(after, 'study.json'));

    const back = study();
    await back.restoreData(after);
    expect(back.trials.map(({ state }) => state)).toEqual([
      'COMPLETE',
      'WAITING',
      'COMPLETE',
      'COMPLETE',
      'WAITING',
      'COMPLETE',
      'COMPLETE',
    ]);
    await back.fit(loss);
    expect(await findings(back)).toEqual(await findings(whole));
    expect(outcome(back.trials)).toEqual(outcome(whole.trials));
  });
});
