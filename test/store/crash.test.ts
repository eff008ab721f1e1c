/** Few kills of each kind: `npm run test:crash` has hundreds. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BACKENDS, killAfter, objectiveOf, open, startVictim } from '../support/crash.js';
import { reading } from '../support/crash-checks.js';
import { crashSearches } from '../support/crash-searches.js';
import { numbersIn } from '../support/processes.js';
import { temporaryDirectory } from '../support/studies.js';

describe('a search that is killed', () => {
  it.each(BACKENDS)('with the backend %s ends as if it had never been', async (backend) => {
    expect(await crashSearches({ backend, batches: 'sync', seed: 7 }, 3)).toMatchObject({ kills: 3 });
  });

  it('in an async run has each trial once', async () => {
    expect(await crashSearches({ backend: 'threads', batches: 'async', seed: 8 }, 3)).toMatchObject({ kills: 3 });
  });

  it('evaluates first what was running, and nothing that has ended', async () => {
    const dir = temporaryDirectory();
    const [storage, log, pids] = ['study.db', 'log', 'pids'].map((name) => join(dir, name)) as [string, string, string];
    const plan = { storage, log, seed: 9, backend: 'inline' };
    const victim = startVictim('search.mjs', plan, { TRIAL_MS: '100', PIDS_FILE: pids });
    await numbersIn(pids, 10); // a pid and an id for each evaluation that has begun
    expect(await killAfter(victim, 0)).toBe(true);
    const idsIn = (state: string) =>
      reading(storage, (database) =>
        database
          .prepare('SELECT id FROM shac_trials JOIN trials USING (trial_id) WHERE state = ? ORDER BY id')
          .pluck()
          .all(state),
      );
    const [running, complete] = [idsIn('RUNNING'), idsIn('COMPLETE')];
    expect(running.length).toBeGreaterThan(0);

    const again = open({ storage, seed: 9 });
    expect(again.trials.filter(({ state }) => state === 'COMPLETE').map(({ id }) => id)).toEqual(complete);
    const asked = await again.ask(running.length); // the dead owner is in nobody's way
    expect(asked.map(({ id }) => id)).toEqual(running);
    again.close();
    const last = open({ storage, seed: 9 });
    await last.fit(objectiveOf('inline'), { skipCvChecks: true });
    expect(last.trials.filter(({ state }) => state === 'WAITING' || state === 'RUNNING')).toEqual([]);
    last.close();
  });
});
