import { describe, expect, it } from 'vitest';
import { BACKENDS } from '../support/crash.js';
import { crashSearches } from '../support/crash-searches.js';

/** Kills for each backend; of an 'async' search a fifth as many. */
const KILLS = Number(process.env.SHAC_CRASH_KILLS ?? 200);

describe.each(BACKENDS)('a search with the backend %s, killed at random moments', (backend) => {
  it('loses no finished trial, has none twice, and ends as if it had never been killed', async () => {
    const { kills, running, searches } = await crashSearches({ backend, batches: 'sync', seed: 1000 }, KILLS);
    console.log(`${backend}: ${kills} kills in ${searches} searches, ${running} of them with trials under way`);
    expect(running).toBeGreaterThan(kills / 4);
  });

  it('loses nothing and has nothing twice when no evaluator waits for another', async () => {
    const { kills, searches } = await crashSearches({ backend, batches: 'async', seed: 5000 }, Math.ceil(KILLS / 5));
    console.log(`${backend}, async: ${kills} kills in ${searches} searches`);
  });
});
