import { describe, expect, it } from 'vitest';
import { children, workers } from '../support/backends.js';
import {
  type CrashBackend,
  crashPlan,
  killAfter,
  objectiveOf,
  open,
  randomNumbers,
  startVictim,
} from '../support/crash.js';
import { expectSound, reading } from '../support/crash-checks.js';
import { crashLoss, expectAsUninterrupted } from '../support/crash-searches.js';
import { gone, isRunning, numbersIn } from '../support/processes.js';
import { sleep } from '../support/studies.js';

const KILLS = Number(process.env.SHAC_CRASH_KILLS ?? 200);
const WORKERS: readonly CrashBackend[] = ['processes', 'command', 'python'];

/** A search in this process, whose children are killed at random while it runs, at most so many of them. */
async function killingWorkers(backend: CrashBackend, seed: number, kills: number, retries: number, pause: number) {
  const { storage } = crashPlan({ backend, batches: 'sync', seed });
  const random = randomNumbers(seed);
  const shac = open({ storage, seed, backend });
  let [killed, results] = [0, 0];
  const onTrialEnd = () => {
    results++;
  };
  let ended = false;
  const fitting = shac
    .fit(objectiveOf(backend), { retries, callbacks: [{ onTrialEnd }], skipCvChecks: true })
    .finally(() => {
      ended = true;
    });
  const killing = async () => {
    for (let seen = 0; !ended && killed < kills; ) {
      await sleep(random() * pause);
      // After a result: before the first one, what cannot be started ends the run, as it should; and so it gets on.
      if (results === seen) continue;
      seen = results;
      await sleep(random() * pause);
      const pids = ended ? [] : workers();
      const pid = pids[Math.floor(random() * pids.length)];
      if (pid === undefined) continue;
      try {
        process.kill(pid, 'SIGKILL'); // a child of this process: nobody else has its number before it is waited for
        killed++;
      } catch {} // it has just ended
    }
  };
  await Promise.all([fitting, killing()]);
  reading(storage, expectSound);
  expect(children()).toEqual([]);
  return { shac, killed };
}

describe.each(WORKERS)('workers of the backend %s that are killed at random moments', (backend) => {
  it('with retries change nothing of what is found', async () => {
    let [killed, searches] = [0, 0];
    for (; killed < KILLS; searches++) {
      const round = await killingWorkers(backend, 300 + searches, KILLS - killed, 20, 20);
      killed += round.killed;
      await expectAsUninterrupted(round.shac);
      round.shac.close();
    }
    console.log(`${backend}: ${killed} workers killed in ${searches} searches`);
  });

  it('without retries fail their own trial, with the reason, and lose nothing', async () => {
    let [killed, failed] = [0, 0];
    for (let search = 0; killed < KILLS / 10; search++) {
      const { shac, ...round } = await killingWorkers(backend, 600 + search, KILLS / 10 - killed, 0, 150);
      killed += round.killed;
      expect(shac.trials).toHaveLength(60);
      for (const { state, value, params, error } of shac.trials) {
        if (state === 'COMPLETE') expect(value).toBe(crashLoss(params));
        else if (params.layers !== 8 || !error?.message.includes('no value for 8 layers')) {
          expect(error?.message).toMatch(/SIGKILL/);
          failed++;
        }
      }
      shac.close();
    }
    expect(failed).toBeGreaterThan(0);
    expect(failed).toBeLessThanOrEqual(killed);
  });
});

describe('a search that is killed', () => {
  it.each(['processes', 'python'] as const)('leaves no worker of the backend %s behind', async (backend) => {
    const random = randomNumbers(11);
    for (let round = 0; round < 10; round++) {
      const plan = crashPlan({ backend, batches: 'sync', seed: round });
      const pids = `${plan.storage}.pids`;
      const victim = startVictim('search.mjs', plan, { PIDS_FILE: pids });
      await numbersIn(pids, 4);
      expect(await killAfter(victim, random() * 100)).toBe(true);
      const known = (await numbersIn(pids, 1)).filter((_, i) => backend === 'python' || i % 2 === 0);
      await gone(known);
      expect(known.filter(isRunning)).toEqual([]);
    }
  });
});
