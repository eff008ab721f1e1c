/** `open` is the constructor for stores that answer later, of every class. */
import { join } from 'node:path';
import { KerasSHAC, memory, SHAC, type Store, sqlite, TensorflowSHAC, TorchSHAC } from 'shac';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { promising } from '../support/promising-store.js';
import { loss, outcome, type Params, space, study, studyOptions, temporaryDirectory } from '../support/studies.js';

const file = () => join(temporaryDirectory(), 'study.db');
const PLACES: [name: string, place: () => string | Store | undefined][] = [
  ['no storage', () => undefined],
  ['memory', () => memory()],
  ['the path of a file', file],
  ['an SQLite file that answers later', () => promising(sqlite(file()))],
];

describe('SHAC.open', () => {
  it.each(PLACES)('gives the search that a constructor would, with %s', async (_, place) => {
    const storage = place();
    const search = await SHAC.open(space, studyOptions(storage === undefined ? {} : { storage }));
    expectTypeOf(search).toEqualTypeOf<SHAC<typeof space>>();
    expectTypeOf<Params['act']>().toEqualTypeOf<'relu' | 'tanh' | null>();
    await search.fit(loss);
    const whole = study();
    await whole.fit(loss);
    expect(outcome(search.trials)).toEqual(outcome(whole.trials));
    await search.close();
  });

  it('refuses what a constructor refuses', async () => {
    const storage = promising(memory());
    await expect(SHAC.open(space, studyOptions({ storage, totalBudget: 7 }))).rejects.toMatchObject({
      code: 'ERR_INVALID_BUDGET',
    });
    await (await SHAC.open(space, studyOptions({ storage }))).ask(1);
    await expect(SHAC.open(space, studyOptions({ storage, totalBudget: 30 }))).rejects.toMatchObject({
      code: 'ERR_RESTORE_MISMATCH',
    });
  });

  it('keeps a seed that was drawn at random', async () => {
    const storage = promising(memory());
    const first = await SHAC.open(space, studyOptions({ storage, seed: null }));
    await first.ask(1);
    expect((await SHAC.open(space, studyOptions({ storage, seed: null }))).seed).toBe(first.seed);
  });
});

describe('the engines of frameworks', () => {
  it('are opened as what they are, with options of their own', async () => {
    const options = studyOptions({ storage: promising(memory()) });
    const torch = await TorchSHAC.open(space, { ...options, studyName: 'torch', maxCpuEvaluators: 3 });
    expectTypeOf(torch).toEqualTypeOf<TorchSHAC<typeof space>>();
    expect([torch.constructor, torch.numParallelEvaluators]).toEqual([TorchSHAC, 3]);
    const keras = await KerasSHAC.open(space, { ...options, studyName: 'keras', backend: 'cpu' });
    expectTypeOf(keras).toEqualTypeOf<KerasSHAC<typeof space>>();
    expect(keras.constructor).toBe(KerasSHAC);
    const tensorflow = await TensorflowSHAC.open(space, { ...options, studyName: 'tensorflow' });
    expectTypeOf(tensorflow).toEqualTypeOf<TensorflowSHAC<typeof space>>();
    expect(tensorflow.constructor).toBe(TensorflowSHAC);
    await expect(TorchSHAC.open(space, { ...options, maxCpuEvaluators: 0 })).rejects.toMatchObject({
      code: 'ERR_INVALID_ARGUMENT',
    });
  });
});
