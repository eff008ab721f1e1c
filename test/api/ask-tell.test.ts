import { describe, expect, it } from 'vitest';
import { loss, study, temporaryDirectory } from '../support/studies.js';

const ids = (trials: readonly { id: number }[]) => trials.map((trial) => trial.id);
const upTo = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i);

describe('ask', () => {
  it('hands out trials in order, RUNNING, whatever the counts', async () => {
    const shac = study();
    const trials = [...(await shac.ask()), ...(await shac.ask(3)), ...(await shac.ask(8))];
    expect(ids(trials)).toEqual(upTo(0, 12));
    expect(trials.map(({ stage }) => stage)).toEqual([...upTo(0, 10).fill(0), 1, 1]);
    expect(trials[5]).toMatchObject({ state: 'RUNNING', value: null, attempts: 0, rejections: 0 });
    expect(shac.trials).toEqual(trials);
  });

  it('gives more than a batch, each batch from the classifiers that there are', async () => {
    const shac = study();
    const early = await shac.ask(25);
    expect(early.map(({ stage }) => stage)).toEqual([...upTo(0, 10).fill(0), ...upTo(0, 10).fill(1), 2, 2, 2, 2, 2]);
    const other = study();
    const batch = await other.ask(10);
    for (const { id, params } of batch) await other.tell(id, loss(params));
    expect(other.classifiers).toHaveLength(1);
    const next = await other.ask(10);
    expect(next.every(({ params }) => other.accepts(params))).toBe(true);
    expect(early.slice(10, 20).every(({ params }) => other.accepts(params))).toBe(false);
  });

  it('gives fewer at the end of the budget, and none after it', async () => {
    const shac = study();
    expect(await shac.ask(55)).toHaveLength(55);
    expect(ids(await shac.ask(10))).toEqual(upTo(55, 5));
    expect(await shac.ask(10)).toEqual([]);
    expect(await shac.ask()).toEqual([]);
    await shac.tell(59, 1);
    expect(shac.trials).toHaveLength(60);
  });

  it('serves callers at the same time one after the other', async () => {
    const shac = study();
    const answers = await Promise.all([shac.ask(4), shac.ask(9), shac.ask(2)]);
    expect(answers.map(ids)).toEqual([upTo(0, 4), upTo(4, 9), upTo(13, 2)]);
    const other = study();
    expect((await other.ask(15)).map(({ params }) => params)).toEqual(answers.flat().map(({ params }) => params));
  });

  it('leaves everything as it was when it is stopped', async () => {
    const shac = study();
    await expect(shac.ask(3, { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
    expect(shac.trials).toEqual([]);
    expect(ids(await shac.ask(2))).toEqual([0, 1]);
  });
});

describe('tell', () => {
  it('keeps the value', async () => {
    const shac = study();
    await shac.ask(3);
    await shac.tell(1, 0.25);
    await shac.tell(2, -3);
    expect(shac.trials[1]).toMatchObject({ id: 1, state: 'COMPLETE', value: 0.25, attempts: 1 });
    expect(shac.trials[0]).toMatchObject({ state: 'RUNNING', value: null });
    expect(shac.bestTrial).toMatchObject({ id: 2, value: -3 });
  });

  it('keeps a failure with its reason', async () => {
    const shac = study();
    await shac.ask(6);
    await shac.tell(0, { error: new RangeError('too big') });
    await shac.tell(1, { error: 'no memory' });
    await shac.tell(2, Number.NaN);
    await shac.tell(3, Number.POSITIVE_INFINITY);
    await shac.tell(4, { error: undefined });
    const [first, ...others] = shac.trials.slice(0, 5);
    expect(first).toMatchObject({ state: 'FAIL', value: null, error: { name: 'RangeError', message: 'too big' } });
    expect(others.map((trial) => [trial.state, trial.value, trial.error?.message])).toEqual([
      ['FAIL', null, 'no memory'],
      ['FAIL', null, expect.stringContaining('NaN')],
      ['FAIL', null, expect.stringContaining('Infinity')],
      ['FAIL', null, expect.stringContaining('undefined')],
    ]);
    expect(shac.bestTrial).toBeUndefined();
  });

  it('resolves when the classifier that waited for it is trained', async () => {
    const shac = study();
    const trials = await shac.ask(10);
    for (const { id, params } of trials.slice(0, 9)) await shac.tell(id, loss(params));
    expect(shac.classifiers).toHaveLength(0);
    await shac.tell(9, loss((trials[9] as (typeof trials)[number]).params));
    expect(shac.classifiers).toHaveLength(1);
  });

  it('trains with skipCvChecks when told to', async () => {
    const shac = study({ totalBudget: 40, numBatches: 2 });
    for (const { id, params } of await shac.ask(20)) await shac.tell(id, loss(params), { skipCvChecks: true });
    expect(shac.classifiers).toMatchObject([{ cvAccuracy: null }]);
  });

  it('refuses a trial that was told already', async () => {
    const shac = study();
    await shac.ask(2);
    await shac.tell(0, 5);
    await expect(shac.tell(0, 6)).rejects.toMatchObject({ name: 'ShacError', code: 'ERR_TRIAL_FINISHED' });
    await expect(shac.tell(0, 6)).rejects.toThrow(/trial 0 .*5/);
    await shac.tell(1, { error: 'x' });
    await expect(shac.tell(1, 6)).rejects.toThrow(/trial 1 .*FAIL/);
    expect(shac.trials[0]?.value).toBe(5);
  });

  it('lets only the first of two tells at once through', async () => {
    const shac = study();
    await shac.ask(1);
    const results = await Promise.allSettled([shac.tell(0, 5), shac.tell(0, 6)]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(shac.trials[0]?.value).toBe(5);
  });

  it.each([-1, 3, 1.5, '0', undefined, null, Number.NaN, {}])(
    'refuses the trial %s, which does not exist',
    async (id) => {
      const shac = study();
      await shac.ask(3);
      const attempt = shac.tell(id as number, 1);
      await expect(attempt).rejects.toMatchObject({ code: 'ERR_UNKNOWN_TRIAL' });
      await expect(attempt).rejects.toThrow(/ids are 0 to 2/);
      expect(shac.trials.every((trial) => trial.state === 'RUNNING')).toBe(true);
    },
  );

  it('says so when nothing was asked for', async () => {
    await expect(study().tell(0, 1)).rejects.toThrow(/none was asked for yet/);
  });

  it.each(['1', null, undefined, {}, [1], true, 1n])('refuses %s as a result', async (result) => {
    const shac = study();
    await shac.ask(1);
    await expect(shac.tell(0, result as number)).rejects.toMatchObject({ code: 'ERR_INVALID_VALUE' });
    await expect(shac.tell(0, result as number)).rejects.toThrow(TypeError);
    expect(shac.trials[0]?.state).toBe('RUNNING');
    await shac.tell(0, 1);
  });
});

describe('asked trials that are never told', () => {
  it('are evaluated by fit', async () => {
    const shac = study();
    const asked = await shac.ask(13);
    await shac.tell(4, 99);
    const evaluated: number[] = [];
    shac.setNumParallelEvaluators(1);
    await shac.fit((params, { trialId }) => {
      evaluated.push(trialId);
      return loss(params);
    });
    expect(evaluated).toEqual(upTo(0, 60).filter((id) => id !== 4));
    expect(shac.trials.slice(0, 13).map(({ params }) => params)).toEqual(asked.map(({ params }) => params));
    expect(shac.trials[4]?.value).toBe(99);
  });

  it('are handed out again after they were saved and restored', async () => {
    const dir = temporaryDirectory();
    const shac = study();
    const asked = await shac.ask(13);
    await shac.tell(4, 99);
    await shac.saveData(dir);
    const back = study();
    await back.restoreData(dir);
    expect(back.trials.map(({ state }) => state)).toEqual(upTo(0, 13).map((id) => (id === 4 ? 'COMPLETE' : 'WAITING')));
    const again = await back.ask(12);
    expect(again).toEqual(asked.filter(({ id }) => id !== 4));
    expect(ids(await back.ask(2))).toEqual([13, 14]);
  });
});
