import { describe, it } from 'vitest';
import { DEATHS, DEEDS, end, expectNothingLeft, KINDS, underWay } from '../support/supervised.js';

describe.each(KINDS)('nothing outlives a search, of the backend %s', (kind) => {
  describe.each(DEEDS)('whose objective %s', (deed) => {
    it.each(DEATHS)('that ends by %s', async (death) => {
      const script = await underWay(kind, deed);
      end(script, death);
      await script.ended;
      await expectNothingLeft(script);
    });
  });
});
