import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { open, randomNumbers, startVictim } from '../support/crash.js';
import { crashLoss } from '../support/crash-searches.js';
import { openDatabase } from '../support/database.js';
import { temporaryDirectory } from '../support/studies.js';

interface Variant {
  /** Bytes that are left. */
  length?: number;
  /** Bits that are turned. */
  flips?: number[];
}

interface Counts {
  opened: number;
  refused: number;
  /** Searches that went on to their end. */
  ended: number;
  /** Those in which other results were found than are there. */
  others: Variant[];
  codes: Record<string, number>;
}

/** Opens a file of a study that has 45 trials or so in each of these variants, in a process of its own. */
async function openAll(
  make: (size: number, random: () => number) => Variant[],
  seed: number,
  goesOn = true,
): Promise<Counts> {
  const dir = temporaryDirectory();
  const [storage, copy] = [join(dir, 'whole.db'), join(dir, 'damaged.db')];
  const shac = open({ storage, seed: 1 });
  const onTrialEnd = ({ id }: { id: number }) => {
    if (id === 45) throw new Error('enough');
  };
  await expect(shac.fit(crashLoss, { skipCvChecks: true, callbacks: [{ onTrialEnd }] })).rejects.toThrow('enough');
  shac.close(); // all of it is in the file now
  const variants = make(statSync(storage).size, randomNumbers(seed));
  writeFileSync(join(dir, 'variants.json'), JSON.stringify(variants));
  const victim = startVictim('damage.mjs', { storage, copy, variants: join(dir, 'variants.json'), goesOn });
  let said = '';
  victim.child.stdout?.on('data', (chunk: Buffer) => {
    said += chunk;
  });
  expect(await victim.ended).toEqual({ code: 0, stderr: '' });
  const counts = JSON.parse(said) as Counts;
  expect(counts.opened + counts.refused).toBe(variants.length);
  expect(counts.others.filter(({ length }) => length !== 0)).toEqual([]); // an empty file is a new one
  return counts;
}

describe('a damaged file gives a study or a typed error, and is left alone', () => {
  it('when it is cut, at any length', async () => {
    const { codes, refused } = await openAll((size, random) => {
      const lengths = [0, 1, 15, 16, 17, 99, 100, 101, 511, 512, 4095, 4096, 4097, size - 4096, size - 1];
      for (let i = 0; i < 100; i++) lengths.push(Math.floor(random() * size));
      return lengths.map((length) => ({ length }));
    }, 31);
    expect(codes).toEqual({ ERR_STORAGE: expect.any(Number) });
    expect(refused).toBeGreaterThan(100);
  });

  it('when bits are turned', async () => {
    const { codes, ended } = await openAll((size, random) => {
      // One anywhere, a few anywhere, or one in the first page, where the schema is.
      const bit = (bytes: number) => Math.floor(random() * bytes * 8);
      return Array.from({ length: 400 }, (_, i) => {
        if (i % 4 === 3) return { flips: [bit(4096)] };
        return { flips: Array.from({ length: i % 4 === 0 ? 1 : 1 + Math.floor(random() * 40) }, () => bit(size)) };
      });
    }, 32);
    expect(codes.ERR_STORAGE).toBeGreaterThan(20);
    expect(ended).toBeGreaterThan(20);
  });

  it('when the index of the names is gone: the study is still found', async () => {
    const storage = join(temporaryDirectory(), 'study.db');
    const search = open({ storage, seed: 1 });
    await search.fit(crashLoss, { skipCvChecks: true });
    search.close();
    const database = openDatabase(storage);
    const page = database
      .prepare("SELECT rootpage FROM sqlite_master WHERE name = 'ix_studies_study_name'")
      .pluck()
      .get();
    database.close();
    const bytes = readFileSync(storage);
    // An empty page of an index, as SQLite writes one.
    bytes.fill(0, ((page as number) - 1) * 4096, (page as number) * 4096);
    bytes.set([10, 0, 0, 0, 0, 0x10, 0, 0], ((page as number) - 1) * 4096);
    writeFileSync(storage, bytes);
    const again = open({ storage, seed: 1 });
    expect(again.trials).toEqual(search.trials);
    await expect(again.fit(crashLoss)).rejects.toMatchObject({
      code: 'ERR_STORAGE',
      message: expect.stringMatching(/damaged/),
    });
  });

  const some = Number(process.env.SHAC_DAMAGES ?? 500);
  it(
    `or bits are turned where the results are, ${some} times: none is taken for another one`,
    async () => {
      const { opened, refused } = await openAll(
        (size, random) =>
          Array.from({ length: some }, () => ({
            flips: Array.from({ length: 1 + Math.floor(random() * 3) }, () =>
              Math.floor((0.02 + 0.98 * random()) * size * 8),
            ),
          })),
        33,
        false,
      );
      expect(refused).toBeGreaterThan(some / 10);
      expect(opened).toBeGreaterThan(some / 10); // much of a file is free, or what other tools are shown
    },
    60_000 + 60 * some,
  );
});
