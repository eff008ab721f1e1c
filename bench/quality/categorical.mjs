/** Problems without a number. Their optima were found by trying every point, which a test repeats. */
import { discrete } from 'shac';
import { randomFor } from './random.mjs';

const SITES = 12;
const LETTERS = ['a', 'b', 'c'];
const names = Array.from({ length: SITES }, (_, i) => `site${i}`);

/**
 * An NK landscape (Kauffman and Levin, 1987), N = 12 with three letters, K = 2: what a site adds depends on its own letter
 * and on those of the two that follow. A rugged landscape with many local optima.
 */
export const nkLandscape = (() => {
  const random = randomFor('NK landscape');
  const tables = names.map(() => Array.from({ length: 27 }, random));
  const value = (letters) => {
    let total = 0;
    for (let i = 0; i < SITES; i++) {
      total += tables[i][letters[i] * 9 + letters[(i + 1) % SITES] * 3 + letters[(i + 2) % SITES]];
    }
    return total / SITES;
  };
  return {
    space: Object.fromEntries(names.map((name) => [name, discrete(LETTERS)])),
    exact: (params) => value(names.map((name) => LETTERS.indexOf(params[name]))),
    /** By trying all 3^12. */
    best: () => {
      let best = Infinity;
      for (let code = 0; code < 3 ** SITES; code++) {
        best = Math.min(best, value(names.map((_, i) => Math.floor(code / 3 ** i) % 3)));
      }
      return best;
    },
  };
})();

/** The dodecahedron's 30 edges: a ring of ten with spokes, as the generalised Petersen graph G(10, 2). */
const EDGES = Array.from({ length: 10 }, (_, i) => [
  [i, (i + 1) % 10],
  [i, i + 10],
  [i + 10, ((i + 2) % 10) + 10],
]).flat();
const corners = Array.from({ length: 20 }, (_, i) => `corner${i}`);

/** Largest cut of the dodecahedron: which side is each of 20 corners on? Minus the number of edges that are cut. */
export const maxCut = {
  space: Object.fromEntries(corners.map((name) => [name, discrete([false, true])])),
  exact: (params) => -EDGES.reduce((cut, [a, b]) => cut + (params[corners[a]] === params[corners[b]] ? 0 : 1), 0),
  /** By trying all 2^19: the first corner's side does not matter. */
  best: () => {
    let best = 0;
    for (let code = 0; code < 2 ** 19; code++) {
      let cut = 0;
      for (const [a, b] of EDGES) cut += ((code >> a) ^ (code >> b)) & 1;
      best = Math.max(best, cut);
    }
    return -best;
  },
};
