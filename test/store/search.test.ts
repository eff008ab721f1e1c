import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SHAC, type StudySummary, sqlite, uniform } from 'shac';
import { describe, expect, it } from 'vitest';
import { findings, loss, paperStudy, study, temporaryDirectory } from '../support/studies.js';

/** What a database says of its only study. */
function summaryOf(file: string): StudySummary {
  const storage = sqlite(file);
  try {
    return storage.studies()[0] as StudySummary;
  } finally {
    storage.close();
  }
}

describe('the storage option', () => {
  it('keeps every trial before anybody hears of it, and every classifier with its batch', async () => {
    const storage = join(temporaryDirectory(), 'new.db');
    const trials: number[] = [];
    const classifiers: number[] = [];
    const onTrialEnd = () => void trials.push(summaryOf(storage).trials.COMPLETE);
    const onEpochEnd = () => void classifiers.push(summaryOf(storage).classifiers);
    const shac = paperStudy({ storage });
    shac.setNumParallelEvaluators(1);
    await shac.fit(loss, { callbacks: [{ onTrialEnd, onEpochEnd }], skipCvChecks: true });
    expect(trials).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
    expect(classifiers).toEqual([1, 2, 3, 4, 5, 5]);
  });

  it('resumes a search that was cut, to what it would have found', async () => {
    const storage = temporaryDirectory();
    const whole = study();
    await whole.fit(loss);
    const controller = new AbortController();
    const cut = study({ storage });
    cut.setNumParallelEvaluators(3);
    const attempt = cut.fit(
      (params, { trialId }) => {
        if (trialId === 26) controller.abort();
        return loss(params);
      },
      { signal: controller.signal },
    );
    await expect(attempt).rejects.toMatchObject({ name: 'AbortError' });

    const resumed = study({ storage, seed: null }); // the seed is the stored one
    expect(resumed.trials).toEqual(cut.trials);
    expect(resumed.trials.length).toBe(30);
    const evaluated: number[] = [];
    await resumed.fit((params, { trialId }) => {
      evaluated.push(trialId);
      return loss(params);
    });
    expect(Math.min(...evaluated)).toBeGreaterThanOrEqual(20);
    expect(evaluated).toContain(29);
    expect(await findings(resumed)).toEqual(await findings(whole));
  });

  it('resumes with the memory of the sampler that it began with, or says that it is another', async () => {
    const storage = temporaryDirectory();
    const whole = study({ samplerMemory: 0 });
    await whole.fit(loss);
    const cut = study({ storage, samplerMemory: 0 });
    for (const count of [10, 10, 5]) {
      for (const { id, params } of await cut.ask(count)) await cut.tell(id, loss(params));
    }
    expect(() => study({ storage })).toThrow(/samplerMemory.*stored: 0; given: 64/);
    const resumed = study({ storage, samplerMemory: 0 });
    await resumed.fit(loss);
    expect(await findings(resumed)).toEqual(await findings(whole));
  });

  it('gives a finished search back', async () => {
    const storage = temporaryDirectory();
    const first = study({ storage });
    await first.fit(loss);
    const again = study({ storage });
    expect(again.trials).toEqual(first.trials);
    await again.fit(() => {
      throw new Error('the objective was called');
    });
    expect(again.bestTrial).toEqual(first.bestTrial);
  });

  it('keeps each result that is told, and queues again what was asked and not told', async () => {
    const storage = temporaryDirectory();
    const first = study({ storage });
    const asked = await first.ask(4);
    await first.tell(0, 1);
    await first.tell(2, { error: 'no luck' });
    first.close();
    const again = study({ storage });
    expect(again.trials.map(({ state }) => state)).toEqual(['COMPLETE', 'WAITING', 'FAIL', 'WAITING']);
    expect(again.trials[2]?.error?.message).toBe('no luck');
    expect((await again.ask(2)).map(({ params }) => params)).toEqual([asked[1]?.params, asked[3]?.params]);
  });

  it('keeps a told result even when the training after it is stopped', async () => {
    const storage = temporaryDirectory();
    const first = study({ storage });
    const trials = await first.ask(10);
    for (const { id, params } of trials.slice(1)) await first.tell(id, loss(params));
    await first.tell(0, 1, { signal: AbortSignal.abort() }).catch(() => {});
    expect(first.trials[0]?.state).toBe('COMPLETE');
    expect(summaryOf(storage).trials.COMPLETE).toBe(10);
  });

  it('keeps the data set and what comes after it', async () => {
    const storage = temporaryDirectory();
    const rows = Array.from({ length: 20 }, (_, i) => ({ params: { x: i / 4, y: 1, layers: 1, act: null }, value: i }));
    await study({ storage }).fitDataset(rows);
    const again = study({ storage });
    expect(again.trials).toHaveLength(20);
    await again.fit(loss);
    expect(study({ storage }).trials).toHaveLength(60);
  });

  it('of another study is refused when it is opened, with the difference', async () => {
    const storage = temporaryDirectory();
    await study({ storage }).fit(loss);
    expect(() => new SHAC({ x: uniform(0, 1) }, { totalBudget: 60, numBatches: 6, storage })).toThrow(
      expect.objectContaining({ code: 'ERR_RESTORE_MISMATCH', message: expect.stringContaining('"layers"') }),
    );
    expect(() => study({ storage, totalBudget: 30 })).toThrow(/60.*30/s);
  });

  it('may be a directory: the study is in its shac.db', async () => {
    const storage = temporaryDirectory();
    await study({ storage }).fit(loss);
    expect(summaryOf(join(storage, 'shac.db')).trials.COMPLETE).toBe(60);
  });

  it('that cannot be made is refused at once', () => {
    const missing = join(temporaryDirectory(), 'nowhere', 'study.db');
    expect(() => study({ storage: missing })).toThrow(
      expect.objectContaining({ code: 'ERR_STORAGE', message: expect.stringContaining(missing) }),
    );
  });

  it('writes nothing before there is something to keep', async () => {
    const storage = join(temporaryDirectory(), 'unused');
    const shac = study({ storage });
    expect(shac.trials).toEqual([]);
    expect(existsSync(storage)).toBe(false);
  });
});
