import type { SHAC } from 'shac';
import { expect } from 'vitest';
import { type CrashBackend, type CrashPlan, crashPlan, killAfter, open, randomNumbers, startVictim } from './crash.js';
import { expectNothingLost, type Told } from './crash-checks.js';
import { outcome, type Params, savedModels, type space, temporaryDirectory } from './studies.js';

/** The objective of test/fixtures/crash, without its delay. */
export function crashLoss({ x, y, layers, act }: Params): number {
  if (layers === 8) throw new Error('no value for 8 layers');
  return (x - 2) * (x - 2) + (y - 1) * (y - 1) + (layers - 3) * (layers - 3) + (act === 'tanh' ? 0 : 3);
}

/** How many kills a search took, and whether trials were out at some of them. */
export interface Crashes {
  kills: number;
  /** Kills while trials were running. */
  running: number;
}

/**
 * Kills a search at random moments and starts it again until it ends, or `kills` are used up: then it runs to its end.
 *
 * @param window Milliseconds from its beginning in which it is killed.
 */
export async function crashUntilDone(
  plan: CrashPlan,
  { kills, window, random }: { kills: number; window: number; random: () => number },
): Promise<Crashes> {
  const crashes = { kills: 0, running: 0 };
  let told: Told = new Map();
  for (;;) {
    const ms = crashes.kills < kills ? random() * window : 2 ** 31 - 1;
    // Half of the time it is let go until it has a result: else a slow machine would never get it to its end.
    const from = random() < 0.5 ? 'begun' : 'going';
    const killed = await killAfter(startVictim('search.mjs', plan), ms, from);
    told = expectNothingLost(plan, told);
    if (!killed) return crashes;
    crashes.kills++;
    if ([...told.values()].some(({ state }) => state === 'RUNNING')) crashes.running++;
  }
}

/** Milliseconds from the beginning of a search in which it is killed: its workers take their time to start. */
const WINDOWS: Record<CrashBackend, number> = { inline: 250, threads: 350, processes: 600, command: 400, python: 500 };

/**
 * New searches, one after the other, until so many kills are used; each ends as if nothing had happened.
 *
 * @returns what it took.
 */
export async function crashSearches(
  { backend, batches, seed }: Pick<CrashPlan, 'backend' | 'batches' | 'seed'>,
  kills: number,
): Promise<Crashes & { searches: number }> {
  const random = randomNumbers(seed);
  const all = { kills: 0, running: 0, searches: 0 };
  while (all.kills < kills) {
    const plan = crashPlan({ backend, batches, seed: seed + all.searches });
    const crashes = await crashUntilDone(plan, { kills: kills - all.kills, window: WINDOWS[backend], random });
    all.kills += crashes.kills;
    all.running += crashes.running;
    all.searches++;
    const { storage } = plan;
    const shac = open({ storage, seed: plan.seed });
    if (batches === 'sync') await expectAsUninterrupted(shac);
    else await expectWhole(shac);
    shac.close();
  }
  return all;
}

/** The reasons differ: each backend has its own words for them. */
const found = (shac: SHAC<typeof space>) => outcome(shac.trials).map(({ reason: _, ...trial }) => trial);

async function modelsOf(shac: SHAC<typeof space>): Promise<Uint8Array[]> {
  const dir = temporaryDirectory();
  await shac.saveData(dir);
  return savedModels(dir);
}

/** Trials, classifiers, and what it would draw next. */
export async function expectAsUninterrupted(shac: SHAC<typeof space>): Promise<void> {
  const uninterrupted = open({ seed: shac.seed });
  await uninterrupted.fit(crashLoss, { skipCvChecks: true });
  expect(found(shac)).toEqual(found(uninterrupted));
  expect(await modelsOf(shac)).toEqual(await modelsOf(uninterrupted));
  expect(await shac.predict(5)).toEqual(await uninterrupted.predict(5));
}

/** An 'async' search depends on who was first; but it has each trial once, and the classifiers that follow from them. */
async function expectWhole(shac: SHAC<typeof space>): Promise<void> {
  const { trials } = shac;
  const { totalBudget, batchSize } = shac.budget;
  expect(trials.map(({ id, stage }) => [id, stage])).toEqual(
    Array.from({ length: totalBudget }, (_, id) => [id, Math.floor(id / batchSize)]),
  );
  expect(trials.filter(({ state }) => state !== 'COMPLETE' && state !== 'FAIL')).toEqual([]);
  expect(new Set(trials.map(({ params }) => JSON.stringify(params))).size).toBe(totalBudget);
  for (const { params, value } of trials) expect(value).toBe(params.layers === 8 ? null : crashLoss(params));
  const inOrder = open({ seed: shac.seed });
  const rows = trials.map(({ params, value }) => ({ params, value }));
  await inOrder.fitDataset(rows, { presort: false, skipCvChecks: true });
  expect(await modelsOf(shac)).toEqual(await modelsOf(inOrder));
}
