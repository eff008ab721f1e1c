/** What a classifier accepts is found when it is trained, kept with it, and not looked for again. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EventCodec, memory, SearchSpace, SHAC, type StudyEvent, type StudyKey } from 'shac';
import { describe, expect, it, vi } from 'vitest';
import { addon } from '../../dist/native/addon.js';
import { openDatabase } from '../support/database.js';
import { listeningStore } from '../support/listening-store.js';
import { loss, paperStudy, space, studyOptions, temporaryDirectory } from '../support/studies.js';

type Trained = Extract<StudyEvent, { type: 'trained' }>;

const heard = listeningStore();
const { events } = heard;
const whole = paperStudy({ storage: heard.storage });
await whole.fit(loss);
const found = whole.classifiers.map(({ acceptance }) => acceptance);
const trained = events.filter((event): event is Trained => event.type === 'trained' && event.classifier !== null);

/** A mark that no classifier has by itself: where it shows, it was read. */
const MARK = 0.123456789;

describe('the acceptance of a classifier', () => {
  it('is that of 4,096 draws from the whole space, and part of the event', () => {
    const { levels, snaps } = new SearchSpace(space);
    const cascade = addon.createCascade(
      levels,
      snaps.map((snap) => snap ?? null),
    );
    for (const { classifier } of trained) addon.appendClassifier(cascade, classifier?.model as Uint8Array);
    expect(found.length).toBeGreaterThan(2);
    expect(found).toEqual(found.map((_, n) => addon.acceptance(cascade, n)));
    expect(trained.map(({ classifier }) => classifier?.acceptance)).toEqual(found);
    expect(found.every((share) => share > 0 && share < 1)).toBe(true);
  });

  it('is not looked for on the event loop: neither when it is trained nor when a study goes on', async () => {
    const looked = vi.spyOn(addon, 'acceptance');
    const storage = memory();
    const first = paperStudy({ storage });
    await first.fit(loss);
    first.close();
    const again = paperStudy({ storage });
    expect([first, again].map((one) => one.classifiers.map(({ acceptance }) => acceptance))).toEqual([found, found]);
    expect(looked).not.toHaveBeenCalled();
    looked.mockRestore();
  });

  it('is read from an SQLite file', async () => {
    const storage = join(temporaryDirectory(), 'study.db');
    const search = paperStudy({ storage });
    await search.fit(loss);
    search.close();
    const looked = vi.spyOn(addon, 'acceptance');
    const read = paperStudy({ storage }).classifiers.map(({ acceptance }) => acceptance);
    expect(read).toEqual(found);
    expect(looked).not.toHaveBeenCalled();
    looked.mockRestore();
    const database = openDatabase(storage);
    database.prepare('UPDATE shac_classifiers SET acceptance = ? WHERE n = 1').run(MARK);
    database.close();
    expect(() => paperStudy({ storage })).toThrow(/classifier 1 does not fit/);
  });

  it('is read from a directory', async () => {
    const dir = temporaryDirectory();
    await whole.saveData(dir);
    const file = join(dir, 'study.json');
    const json = JSON.parse(readFileSync(file, 'utf8'));
    json.classifiers[1].acceptance = MARK;
    writeFileSync(file, JSON.stringify(json));
    const back = paperStudy();
    await back.restoreData(dir);
    expect(back.classifiers.map(({ acceptance }) => acceptance)).toEqual(found.with(1, MARK));
  });

  it('is in the lines of events', () => {
    const codec = new EventCodec(new SearchSpace(space));
    const read = trained.map((event) => codec.decode(codec.encode(event as never)) as Trained);
    expect(read.map(({ classifier }) => classifier?.acceptance)).toEqual(found);
  });

  it('is found where it was not kept', async () => {
    const dir = temporaryDirectory();
    await whole.saveData(dir);
    const file = join(dir, 'study.json');
    const json = JSON.parse(readFileSync(file, 'utf8'));
    for (const classifier of json.classifiers) delete classifier.acceptance;
    writeFileSync(file, JSON.stringify(json));
    const back = paperStudy();
    await back.restoreData(dir);
    expect(back.classifiers.map(({ acceptance }) => acceptance)).toEqual(found);
  });
});

describe('the classifiers of a study that goes on', () => {
  async function stored() {
    const storage = join(temporaryDirectory(), 'study.db');
    const first = paperStudy({ storage, totalBudget: 80, numBatches: 8 });
    const stop = new AbortController();
    const onEpochEnd = (epoch: number) => void (epoch === 4 && stop.abort());
    await first.fit(loss, { signal: stop.signal, callbacks: [{ onEpochEnd }] }).catch(() => {});
    first.close();
    return { open: () => paperStudy({ storage, totalBudget: 80, numBatches: 8 }) };
  }

  it.each(['fit', 'ask', 'predict'] as const)('are compiled off the event loop before %s', async (call) => {
    const { open } = await stored();
    const [appended, compiled] = [vi.spyOn(addon, 'appendClassifier'), vi.spyOn(addon, 'compileClassifier')];
    const search = open();
    const count = search.classifiers.length;
    expect(appended).not.toHaveBeenCalled(); // nor when it is opened
    if (call === 'fit') await search.fit(loss);
    else await search[call](3);
    expect(compiled).toHaveBeenCalledTimes(count);
    expect(count).toBeGreaterThan(2);
    expect(appended.mock.calls.filter(([, model]) => model instanceof Uint8Array)).toEqual([]);
    expect(appended.mock.calls.length).toBeGreaterThanOrEqual(count);
    vi.restoreAllMocks();
  });

  it('are found to be damaged before any work, by SHAC.open when it opens', async () => {
    const storage = memory();
    const log = storage.openStudy(heard.key as StudyKey);
    const model = new Uint8Array(100);
    const damaged = events.map((event) =>
      event === trained[1] ? { ...event, classifier: { ...trained[1].classifier, model } } : event,
    );
    log.acquire();
    log.append(damaged as never, 0, heard.study as never);
    log.close();
    const refusal = { name: 'ShacError', code: 'ERR_CLASSIFIER_INVALID' };
    let evaluated = 0;
    const search = paperStudy({ storage });
    await expect(search.fit(() => evaluated++)).rejects.toMatchObject(refusal);
    await expect(search.ask(1)).rejects.toMatchObject(refusal);
    expect(evaluated).toBe(0);
    search.close();
    await expect(SHAC.open(space, { ...studyOptions({ preset: 'paper' }), storage })).rejects.toMatchObject(refusal);
    expect(paperStudy({ storage }).trials).toHaveLength(60); // it is let go of
  });

  it('are compiled when they are asked at once', async () => {
    const { open } = await stored();
    const search = open();
    const [one] = search.trials;
    const before = search.accepts(one?.params as never);
    await search.predict(1);
    expect(search.accepts(one?.params as never)).toBe(before);
  });
});
