import type { Store } from 'shac';
import { expect, it } from 'vitest';
import { opened, thrownBy } from './store-searches.js';
import { loss, outcome, study } from './studies.js';

/** The part of the contract of stores that says whose a study is: which search writes to it, and what becomes of others. */
export function holdingContract(open: () => Store): void {
  it('is written by one search at a time', async () => {
    const storage = open();
    const first = await opened({ storage });
    const second = await opened({ storage });
    let tried: unknown;
    await first.fit(async (params, { trialId }) => {
      if (trialId === 12) tried = await second.fit(loss).catch((error: unknown) => error);
      if (trialId === 13)
        expect(await thrownBy(() => storage.deleteStudy('shac'))).toMatchObject({ code: 'ERR_STUDY_LOCKED' });
      return loss(params);
    });
    expect(tried).toMatchObject({ code: 'ERR_STUDY_LOCKED', message: expect.stringContaining('"shac"') });
    // Afterwards it is free, and what the first one left is what the second one has.
    await second.fit(() => {
      throw new Error('called');
    });
    expect(second.trials).toEqual(first.trials);
  });

  it('lets a search go on from what another has told since', async () => {
    const storage = open();
    const [first, second] = [await opened({ storage }), await opened({ storage })];
    for (let round = 0; round < 3; round++) {
      for (const shac of [first, second]) {
        for (const { id, params } of await shac.ask(10)) await shac.tell(id, loss(params));
      }
    }
    const whole = study();
    await whole.fit(loss);
    expect(outcome(second.trials)).toEqual(outcome(whole.trials));
    await expect(first.tell(59, 1)).rejects.toMatchObject({ code: 'ERR_TRIAL_FINISHED' });
  });

  it('keeps a study for the search whose trials are out, until they are told or it is closed', async () => {
    const storage = open();
    const locked = { code: 'ERR_STUDY_LOCKED', message: expect.stringContaining('"shac"') };
    const [first, second] = [await opened({ storage }), await opened({ storage })];
    const asked = await first.ask(2);
    for (const call of [() => second.ask(1), () => second.fit(loss), () => second.tell(0, 1)]) {
      expect(await thrownBy(call)).toMatchObject(locked);
    }
    expect((await storage.studies())[0]?.owner).toBeDefined();
    expect(await thrownBy(() => storage.deleteStudy('shac'))).toMatchObject(locked);
    for (const { id, params } of asked) await first.tell(id, loss(params));
    expect((await second.ask(1)).map(({ id }) => id)).toEqual([2]);
    expect(await thrownBy(() => first.ask(1))).toMatchObject(locked);
    await second.close();
    expect((await first.ask(2)).map(({ id }) => id)).toEqual([2, 3]);
  });

  it('takes a study from a search that is said to be dead, and refuses what that one still brings', async () => {
    const storage = open();
    const [first, second] = [await opened({ storage }), await opened({ storage })];
    await first.ask(1);
    expect(await storage.unlockStudy('shac')).toMatch(/process/);
    expect(await storage.unlockStudy('shac')).toBeUndefined();
    await second.fit(loss);
    await expect(first.tell(0, 1)).rejects.toMatchObject({ code: 'ERR_TRIAL_FINISHED' });
    expect(await thrownBy(() => storage.unlockStudy('none'))).toMatchObject({ code: 'ERR_STUDY_NOT_FOUND' });
  });

  it.each([
    ['resume', ['shac']],
    ['new', ['shac', 'shac-2']],
    ['replace', ['shac']],
  ] as const)('finds a study of the same name with ifExists %s', async (ifExists, names) => {
    const storage = open();
    const first = await opened({ storage });
    await first.fit(loss);
    const again = await opened({ storage, ifExists, ...(ifExists !== 'resume' && { seed: 7 }) });
    expect(again.studyName).toBe(names.at(-1));
    expect(again.trials).toHaveLength(ifExists === 'resume' ? 60 : 0);
    const { stopReason } = await again.fit(loss);
    expect(stopReason).toBe(ifExists === 'resume' ? 'nothing-to-do' : 'budget');
    expect((await storage.studies()).map(({ name, finished }) => [name, finished])).toEqual(
      names.map((name) => [name, 60]),
    );
    expect((await opened({ storage, seed: null, studyName: again.studyName })).trials).toEqual(again.trials);
  });

  it('refuses a study that is there with ifExists error, and replaces none that is searched', async () => {
    const storage = open();
    expect((await opened({ storage, ifExists: 'error' })).trials).toEqual([]);
    const first = await opened({ storage });
    await first.ask(1);
    expect(await thrownBy(() => opened({ storage, ifExists: 'error' }))).toMatchObject({
      code: 'ERR_STUDY_EXISTS',
      message: expect.stringMatching(/"shac".*'new'/),
    });
    expect(await thrownBy(() => opened({ storage, ifExists: 'replace' }))).toMatchObject({
      code: 'ERR_STUDY_LOCKED',
    });
    expect(first.trials).toHaveLength(1);
  });

  it('gives no search the study that has replaced its own', async () => {
    const storage = open();
    const first = await opened({ storage, seed: null });
    for (const { id, params } of await first.ask(3)) await first.tell(id, loss(params));
    const other = await opened({ storage, seed: null, ifExists: 'replace' });
    for (const { id } of await other.ask(2)) await other.tell(id, 1000);
    const trials = outcome(first.trials);
    expect(await thrownBy(() => first.fit(loss))).toMatchObject({ code: 'ERR_STUDY_NOT_FOUND' });
    expect(outcome(first.trials)).toEqual(trials);
    expect((await opened({ storage, seed: null })).trials.map(({ value }) => value)).toEqual([1000, 1000]);
  });

  it('has the seed that was set, and not the one of asDeterministic', async () => {
    const storage = open();
    const first = await opened({ storage });
    for (const { id, params } of await first.ask(3)) await first.tell(id, loss(params));
    await first.asDeterministic(5, async () => {
      for (const { id, params } of await first.ask(2)) await first.tell(id, loss(params));
    });
    await first.close();
    const second = await opened({ storage });
    expect(second.seed).toBe(42);
    second.setSeed(7);
    await second.close();
    const third = await opened({ storage });
    expect(third.seed).toBe(7);
    third.setSeed(8);
    await third.ask(1);
    await third.close();
    expect((await opened({ storage })).seed).toBe(8);
  });

  it('begins no study that another search has begun since', async () => {
    const storage = open();
    const [first, second] = [await opened({ storage }), await opened({ storage, ifExists: 'new' })];
    await first.fit(loss);
    expect(await thrownBy(() => second.fit(loss))).toMatchObject({ code: 'ERR_STUDY_EXISTS' });
    expect((await opened({ storage })).trials).toEqual(first.trials);
  });

  it('goes on only with the seed that was asked for, or with any when none was', async () => {
    const storage = open();
    const late = await opened({ storage, seed: 2 });
    const first = await opened({ storage });
    await first.ask(1);
    await first.close();
    const mismatch = { code: 'ERR_RESTORE_MISMATCH', message: expect.stringMatching(/seed.*42.*2 was given/) };
    expect(await thrownBy(() => opened({ storage, seed: 2 }))).toMatchObject(mismatch);
    expect(await thrownBy(() => late.ask(1))).toMatchObject(mismatch);
    expect((await opened({ storage, seed: null })).seed).toBe(42);
    first.setSeed(9);
    await first.ask(1);
    await first.close();
    for (const seed of [42, 9, null]) expect((await opened({ storage, seed })).seed).toBe(9);
    expect(await thrownBy(() => opened({ storage, seed: 2 }))).toMatchObject(mismatch);
  });
}
