/** A study on media that cannot be written is there for whoever reads. */
import { join } from 'node:path';
import { sqlite } from 'shac';
import { describe, expect, it } from 'vitest';
import { shac } from '../cli/shac.js';
import { makeReadOnly, noSmallDisk, smallDisk } from '../support/small-disk.js';
import { loss, outcome, study, temporaryDirectory } from '../support/studies.js';

describe.skipIf(noSmallDisk !== undefined)(
  `media that cannot be written${noSmallDisk ? `: ${noSmallDisk}` : ''}`,
  () => {
    /** A finished search whose file is on a disk that is made read-only then. */
    async function finished() {
      const dir = smallDisk(4096);
      const storage = join(dir, 'shac.db');
      const search = study({ storage });
      await search.fit(loss);
      search.close();
      makeReadOnly(dir);
      return { dir, storage, search };
    }

    it('are listed, read and exported', async () => {
      const { dir, storage, search } = await finished();
      expect(sqlite(storage).studies()).toMatchObject([{ name: 'shac', finished: 60 }]);
      expect(outcome(study({ storage }).trials)).toEqual(outcome(search.trials));
      const cwd = temporaryDirectory();
      for (const args of [['studies'], ['export', '--csv'], ['export', '--dir', join(cwd, 'out')]]) {
        const { code, stderr } = await shac(cwd, ...args, '--db', join(dir, 'shac.db'));
        expect({ code, stderr }).toEqual({ code: 0, stderr: expect.not.stringMatching(/SQLITE/) });
      }
      const restored = study();
      await restored.restoreData(join(cwd, 'out'));
      expect(outcome(restored.trials)).toEqual(outcome(search.trials));
    });

    it('refuse what would be written, and say why', async () => {
      const { storage } = await finished();
      const again = study({ storage });
      const reason = { code: 'ERR_STORAGE', message: expect.stringMatching(/shac\.db.*writable for this process/) };
      await expect(again.ask(1)).rejects.toMatchObject(reason);
      expect(() => sqlite(storage).deleteStudy('shac')).toThrow(expect.objectContaining(reason));
    });
  },
);
