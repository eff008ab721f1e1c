/** A fit that finds nothing to evaluate says so. */
import { memory } from 'shac';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loss, study } from '../support/studies.js';

/** The warnings of this process from now on. */
function warnings(): Error[] {
  const heard: Error[] = [];
  const listener = (warning: Error) => heard.push(warning);
  process.on('warning', listener);
  onTestFinished(() => void process.off('warning', listener));
  return heard;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('a search whose study is finished', () => {
  it('warns once, evaluates nothing and gives the reason', async () => {
    const heard = warnings();
    const storage = memory();
    const first = study({ storage });
    expect((await first.fit(loss)).stopReason).toBe('budget');
    const second = study({ storage });
    for (let i = 0; i < 2; i++) {
      const { stopReason, stoppedEarly } = await second.fit(() => {
        throw new Error('called');
      });
      expect([stopReason, stoppedEarly]).toEqual(['nothing-to-do', false]);
    }
    await turn();
    expect(heard).toMatchObject([
      {
        name: 'ShacWarning',
        code: 'SHAC_NOTHING_TO_DO',
        message: expect.stringMatching(/60 trials.*"shac".*'replace'/),
      },
    ]);
  });

  it('is told the way out when nothing is stored', async () => {
    const heard = warnings();
    const only = study();
    await only.fit(loss);
    await only.fit(loss);
    await turn();
    expect(heard.map(({ message }) => message)).toEqual([expect.stringMatching(/make a new SHAC$/)]);
  });
});

describe('stopReason', () => {
  it('is undefined before a run, while it goes on, and after one that an error ended', async () => {
    const shac = study();
    expect(shac.history.stopReason).toBeUndefined();
    await expect(
      shac.fit(
        (params, { trialId }) => {
          expect(shac.history.stopReason).toBeUndefined();
          if (trialId === 20) throw new Error('no');
          return loss(params);
        },
        { onFailure: 'stop' },
      ),
    ).rejects.toThrow('no');
    expect(shac.history.stopReason).toBeUndefined();
    await shac.fit(loss);
    expect(shac.history.stopReason).toBe('budget');
  });

  it('tells early stops and data sets apart', async () => {
    const early = study({ totalBudget: 40, numBatches: 4 });
    const constant = await early.fit(() => 1, { earlyStop: true });
    expect([constant.stopReason, constant.stoppedEarly]).toEqual(['early-stop', true]);
    const learned = study();
    const rows = (await study().ask(20)).map(({ params }) => ({ params, value: loss(params) }));
    expect((await learned.fitDataset(rows)).stopReason).toBe('dataset');
  });
});
