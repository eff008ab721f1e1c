/** Studies that go from Optuna to us and back, as its SQLite files and as its journals. */
import { discrete, integer, multi, type ParamsOf, SHAC, uniform } from 'shac';
import { describe, expect, it } from 'vitest';
import { shac as cli } from '../cli/shac.js';
import study, { space } from '../fixtures/optuna/study.js';
import { type OptunaStudy, type OptunaTrial, optuna, sqliteUrl } from '../support/optuna.js';
import { temporaryDirectory } from '../support/studies.js';

/** The parameters of the command `make` of fixtures/optuna/studies.py. */
const theirs = {
  x: uniform(-5, 10),
  rate: uniform(1e-5, 1e-1, { log: true }),
  layers: integer(1, 8),
  units: integer(1, 1024, { log: true }),
  act: discrete(['relu', 'tanh', null, true, 0.5, 2]),
  w: multi(uniform(0, 1), 3),
};

/** A file that Optuna makes, as it names it. */
const FORMS = [
  ['SQLite', (file: string) => sqliteUrl(file)],
  ['journal', (file: string) => file],
] as const;

async function exported(file: string, form: string, name: string): Promise<string> {
  const out = `${temporaryDirectory()}/out`;
  const flags = form === '--snapshot' ? [] : ['--study', name];
  const { code, stderr } = await cli('.', 'export', form, out, '--db', file, ...flags);
  expect(code, stderr).toBe(0);
  return out;
}

/** A file with a search of ours, some trials that Optuna added to it, and one that runs. */
async function searched(): Promise<string> {
  const file = `${temporaryDirectory()}/study.db`;
  const shac = new SHAC(space, { ...study.options, storage: file, totalBudget: 70, numBatches: 7 });
  const controller = new AbortController();
  let batches = 0;
  const onEpochEnd = () => void (++batches === 6 && controller.abort());
  const fitting = shac.fit(study.evaluate, {
    skipCvChecks: true,
    callbacks: [{ onEpochEnd }],
    signal: controller.signal,
  });
  await expect(fitting).rejects.toMatchObject({ name: 'AbortError' });
  await shac.ask(1);
  shac.close();
  await optuna('add', sqliteUrl(file), 'ours', 5);
  return file;
}

describe('fitDataset', () => {
  it.each(FORMS)("learns from Optuna's %s: every trial that has ended, exactly", async (_, place) => {
    const file = `${temporaryDirectory()}/theirs`;
    const made = await optuna<OptunaStudy>('make', place(file), 'theirs', 'maximize');
    expect(new Set(made.trials.map(({ state }) => state))).toEqual(
      new Set(['COMPLETE', 'FAIL', 'PRUNED', 'RUNNING', 'WAITING']),
    );
    const shac = new SHAC(theirs, { totalBudget: 23, numBatches: 1, objective: 'max', seed: 1 });
    await shac.fitDataset(file, { presort: false, studyName: 'theirs' });
    const ended = made.trials.filter(({ state }) => state !== 'RUNNING' && state !== 'WAITING');
    expect(shac.trials.map(({ params, value }) => ({ params, value }))).toEqual(ended.map(asOurs));
    expect(shac.bestTrial?.params).toEqual(asOurs(bestOf(ended)).params);
  });
});

/** A failed or pruned evaluation, and one that has no finite value, is one without a value. */
function asOurs({ state, values, params: { w_1, w_2, w_3, ...rest } }: OptunaTrial) {
  const value = state === 'COMPLETE' && typeof values?.[0] === 'number' ? values[0] : null;
  return { params: { ...rest, w: [w_1, w_2, w_3] } as unknown as ParamsOf<typeof theirs>, value };
}

function bestOf(trials: readonly OptunaTrial[]): OptunaTrial {
  const worth = (trial: OptunaTrial) => asOurs(trial).value ?? Number.NEGATIVE_INFINITY;
  return trials.reduce((best, trial) => (worth(trial) > worth(best) ? trial : best));
}

describe('shac export', () => {
  it('gives Optuna a journal with all that the file has', async () => {
    const file = await searched();
    const inFile = await optuna<OptunaStudy>('read', sqliteUrl(file), 'ours');
    expect(inFile.trials).toHaveLength(66);
    const journal = await exported(file, '--optuna-journal', 'ours');
    expect(await optuna<OptunaStudy>('read', journal, 'ours')).toEqual(inFile);
    const { trials } = await optuna<OptunaStudy>('add', journal, 'ours', 3);
    expect(trials).toHaveLength(69);
  });

  it.each(FORMS)("gives a study of Optuna's own back, of every state: %s", async (form, place) => {
    const file = `${temporaryDirectory()}/theirs`;
    const made = await optuna<OptunaStudy>('make', sqliteUrl(file), 'theirs', 'minimize');
    const out = await exported(file, form === 'SQLite' ? '--snapshot' : '--optuna-journal', 'theirs');
    expect(await optuna<OptunaStudy>('read', place(out), 'theirs')).toEqual(made);
  });

  it('gives Optuna a snapshot that it goes on with', async () => {
    const file = await searched();
    const inFile = await optuna<OptunaStudy>('read', sqliteUrl(file), 'ours');
    const snapshot = await exported(file, '--snapshot', 'ours');
    const { trials } = await optuna<OptunaStudy>('add', sqliteUrl(snapshot), 'ours', 3);
    expect(trials.slice(0, 66)).toEqual(inFile.trials);
    expect(await optuna<OptunaStudy>('read', sqliteUrl(file), 'ours')).toEqual(inFile);
  });
});
