/** Constraints of studies that are kept, stopped, gone on with, and given results from elsewhere. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { memory, SHAC, type ShacOptions } from 'shac';
import { describe, expect, it } from 'vitest';
import { listeningStore } from '../support/listening-store.js';
import { loss, outcome, type Params, space, study, studyOptions, temporaryDirectory } from '../support/studies.js';

const ordered = ({ x, layers }: Params) => x <= layers;
const far = ({ y }: Params) => Math.abs(Math.log(y)) > 0.1;
const constrained = (options: Partial<ShacOptions<typeof space>> = {}) =>
  new SHAC<typeof space>(space, { ...studyOptions(), constraints: [ordered, far], ...options });

describe('a study that is kept', () => {
  it.each([3, 17, 25, 41, 58])('finds the same when it is stopped after %i trials and gone on with', async (stop) => {
    const whole = constrained();
    await whole.fit(loss);
    const storage = join(temporaryDirectory(), 'study.db');
    const first = constrained({ storage });
    const controller = new AbortController();
    const objective = (params: Params, { trialId }: { trialId: number }) => {
      if (trialId === stop) controller.abort();
      return loss(params);
    };
    await first.fit(objective, { signal: controller.signal }).catch(() => {});
    await first.close();
    const second = constrained({ storage });
    second.setNumParallelGenerators(3);
    await second.fit(loss);
    expect(outcome(second.trials)).toEqual(outcome(whole.trials));
    expect(await second.predict(10)).toEqual(await whole.predict(10));
    await second.close();
  });

  it('goes on with as many constraints, whatever they are: trials that violate them stay', async () => {
    const storage = memory();
    const first = constrained({ storage });
    await first.fit(loss);
    await first.close();
    const others = [() => true, ({ x }: Params) => x > 0];
    const second = constrained({ storage, constraints: others });
    expect(second.trials).toHaveLength(60);
    expect(second.trials.some(({ params }) => params.x <= 0)).toBe(true);
    await second.close();
    for (const constraints of [undefined, [ordered], [ordered, far, ordered]]) {
      const given = constraints === undefined ? 'nothing' : String(constraints.length);
      expect(() => constrained({ storage, ...(constraints ? { constraints } : { constraints: [] }) })).toThrow(
        expect.objectContaining({
          code: 'ERR_RESTORE_MISMATCH',
          message: expect.stringMatching(`number of constraints in .*; stored: 2; given: ${given}\\.`),
        }),
      );
    }
  });

  it('has the share in its records, and in a directory', async () => {
    const { storage, events } = listeningStore();
    const search = constrained({ storage });
    await search.fit(loss);
    const shares = events.flatMap((event) => (event.type === 'drawn' ? [event.batch?.admitted] : []));
    expect(shares).toHaveLength(6);
    expect(shares).toEqual(search.history.history.admitted);
    const dir = temporaryDirectory();
    await search.saveData(dir);
    const { batches } = JSON.parse(readFileSync(join(dir, 'study.json'), 'utf8'));
    expect(batches.map(({ admitted }: { admitted: number }) => admitted)).toEqual(shares);
    const restored = constrained();
    await restored.restoreData(dir);
    expect(outcome(restored.trials)).toEqual(outcome(search.trials));
    await expect(study().restoreData(dir)).rejects.toMatchObject({ code: 'ERR_RESTORE_MISMATCH' });
  });

  it('is as it was without any', async () => {
    const { storage, events } = listeningStore();
    await study({ storage }).fit(loss);
    for (const event of events) if (event.type === 'drawn') expect(event.batch).not.toHaveProperty('admitted');
    const dir = temporaryDirectory();
    await study().saveData(dir);
    expect(JSON.parse(readFileSync(join(dir, 'study.json'), 'utf8'))).not.toHaveProperty('constraints');
  });
});

it('results from elsewhere that violate them are learned from', async () => {
  const search = constrained();
  const rows = (await study({ seed: 7 }).predict(20)).map((params) => ({ params, value: loss(params) }));
  expect(rows.some(({ params }) => !ordered(params))).toBe(true);
  await search.fitDataset(rows);
  expect(search.trials).toHaveLength(20);
  await search.fit(loss);
  expect(search.trials.slice(20).every(({ params }) => ordered(params) && far(params))).toBe(true);
});

it('fails between two batches without losing anything, and goes on once it is mended', async () => {
  let broken = false;
  const search = constrained({
    constraints: [
      () => {
        if (broken) throw new Error('out of order');
        return true;
      },
    ],
  });
  const breaking = {
    onEpochEnd(epoch: number) {
      broken = epoch === 1;
    },
  };
  await expect(search.fit(loss, { callbacks: [breaking] })).rejects.toMatchObject({ code: 'ERR_CONSTRAINT_FAILED' });
  expect(search.trials).toHaveLength(20);
  broken = false;
  await search.fit(loss);
  const whole = constrained({ constraints: [() => true] });
  await whole.fit(loss);
  expect(outcome(search.trials)).toEqual(outcome(whole.trials));
});
