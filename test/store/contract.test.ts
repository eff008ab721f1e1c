/** Each promise of a store, on all that come with the package. */
import { join } from 'node:path';
import { memory, sqlite } from 'shac';
import { describe, expect, it } from 'vitest';
import { storeContract } from '../support/store-contract.js';
import { loss, study, temporaryDirectory } from '../support/studies.js';

storeContract('memory', memory);
storeContract('an SQLite file', () => sqlite(join(temporaryDirectory(), 'study.db')));
storeContract('an SQLite file, each commit synchronised', () =>
  sqlite(join(temporaryDirectory(), 'study.db'), { synchronous: 'FULL' }),
);

describe.each(['sync', 'async'] as const)('a search in %s batches', (batches) => {
  it('is found in its file at any moment as it is in memory', async () => {
    const file = join(temporaryDirectory(), 'study.db');
    const shac = study({ storage: file });
    shac.setNumParallelEvaluators(3);
    let checks = 0;
    const onTrialEnd = ({ id }: { id: number }) => {
      if (id % 7 !== 0) return;
      const other = study({ storage: file });
      const finished = shac.trials.filter(({ state }) => state === 'COMPLETE');
      expect(other.trials.filter(({ state }) => state === 'COMPLETE')).toEqual(finished);
      expect(other.classifiers).toEqual(shac.classifiers);
      other.close();
      checks++;
    };
    await shac.fit(loss, { batches, callbacks: [{ onTrialEnd }] });
    expect(checks).toBe(9);
    expect(study({ storage: file }).trials).toEqual(shac.trials);
  });
});
