/**
 * One evaluation after the other, in index order: for an objective that needs a machine, a device or a file to itself.
 * This one times a sort, which another evaluation beside it would disturb. Run it with
 *
 *     node examples/serial.mjs
 */
import { integer, SHAC } from 'shac';

const numbers = Array.from({ length: 20_000 }, (_, i) => (i * 48271) % 65_537);

/** Shell sort, whose gaps shrink by `shrink` / 100 each time from `first` on; milliseconds. */
function timeOf({ first, shrink }) {
  const sorted = [...numbers];
  const started = performance.now();
  for (let gap = first; ; gap = Math.max(1, Math.floor((gap * 100) / shrink))) {
    for (let i = gap; i < sorted.length; i++) {
      const number = sorted[i];
      let j = i;
      for (; j >= gap && sorted[j - gap] > number; j -= gap) sorted[j] = sorted[j - gap];
      sorted[j] = number;
    }
    if (gap === 1) return performance.now() - started;
  }
}

const shac = new SHAC(
  { first: integer(100, 15_000, { log: true }), shrink: integer(150, 500) },
  { totalBudget: 100, numBatches: 10, objective: 'min', seed: 1 },
);
shac.setNumParallelEvaluators(1);

await shac.fit(timeOf);
console.log(shac.bestTrial);
