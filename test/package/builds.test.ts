/** The addon that is published, with XGBoost inside, beside the one that was built here with the system's XGBoost. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';

const exec = promisify(execFile);
const script = fileURLToPath(new URL('../fixtures/searches.mjs', import.meta.url));

interface Searches {
  version: string;
  searches: { digest: string; best: number }[];
}

async function searches(env: Record<string, string>): Promise<Searches> {
  const { stdout } = await exec(process.execPath, [script], { env: { ...process.env, ...env } });
  return JSON.parse(stdout) as Searches;
}

describe('two builds of the addon', () => {
  let own: Searches;
  let published: Searches;
  beforeAll(async () => {
    own = await searches({});
    published = await searches({ PREBUILDS_ONLY: '1' });
  }, 300_000);

  it('have XGBoosts of their own', () => {
    expect(published.version).toBe('3.4.1');
    expect(own.version).not.toBe(published.version);
  });

  // Rows of equal code are sorted by the standard library, which is another one; sums of gradients depend on their order
  // in the last digit, and a split between equals on that: docs/reproducibility.md.
  it('find the same trials, but in few searches in which two splits are as good', () => {
    const same = own.searches.filter(({ digest }, at) => digest === published.searches[at]?.digest);
    expect(same.length).toBeGreaterThanOrEqual(0.9 * own.searches.length);
    expect(own.searches.length).toBe(published.searches.length);
  });
});
