import { ShacRangeError } from '../errors.js';
import type { ResolvedPreset } from './presets.js';

/** Candidates that are drawn at once. */
export const MOST_AT_ONCE = 2 ** 24;

/** The sizes that follow from a budget. */
export interface Budget {
  /** N, trials in all. */
  readonly totalBudget: number;
  /** M, batches. */
  readonly numBatches: number;
  /** W = N / M, trials a batch. */
  readonly batchSize: number;
  /**
   * K, the most classifiers that are trained. With `data: 'stage'` min(max(M - 1, 1), maxClassifiers); with `'all'` as
   * many as there are whole stages of Tc trials before the local phase, at most maxClassifiers; none when M = 1.
   */
  readonly totalClassifiers: number;
  /**
   * Tc, the trials of a stage: after so many, a classifier is trained. With `data: 'stage'` W * floor(N / (W * (K + 1))),
   * 0 when M = 1; with `'all'` N / 20 but at least 10, rounded up to whole batches, 0 when no classifier is trained.
   */
  readonly pointsPerClassifier: number;
}

/** The sizes of a search. */
export interface Plan {
  readonly budget: Budget;
  /** The id of the first trial of the local phase; N when there is none. */
  readonly localFrom: number;
  /** Most classifiers that are ever trained, as it was asked for. */
  readonly maxClassifiers: number;
}

/** A classifier is trained on that many new trials at least: of fewer there is little to learn. */
const LEAST_POINTS = 10;
/** Stages that the budget is divided in. */
const STAGES = 20;

/**
 * Any N and M that divides it have a plan: where the budget is too small for a classifier there is none, and where it is
 * too small for a local phase that is left out. The numbers are whole, and 1 at least.
 *
 * @throws ERR_INVALID_BUDGET for an N that M does not divide, or a batch of more than {@link MOST_AT_ONCE}.
 */
export function planBudget(
  {
    totalBudget: n,
    numBatches: m,
    maxClassifiers: most,
  }: Record<'totalBudget' | 'numBatches' | 'maxClassifiers', number>,
  { data, local }: Pick<ResolvedPreset, 'data' | 'local'>,
): Plan {
  if (n % m !== 0) {
    throw new ShacRangeError(
      'ERR_INVALID_BUDGET',
      `totalBudget ${n} is not divisible by numBatches ${m}; ${nearBudgets(n, m).join(' or ')} would be, ` +
        `or numBatches ${nearestBatches(n, m)}`,
    );
  }
  const w = n / m;
  if (w > MOST_AT_ONCE) {
    const message = `a batch of ${w} trials (totalBudget / numBatches) is more than ${MOST_AT_ONCE}; choose more batches`;
    throw new ShacRangeError('ERR_INVALID_BUDGET', message);
  }
  const sizes = { totalBudget: n, numBatches: m, batchSize: w };
  if (data === 'stage') {
    const k = Math.min(Math.max(m - 1, 1), most);
    const points = w * Math.floor(n / (w * (k + 1)));
    return {
      budget: Object.freeze({ ...sizes, totalClassifiers: k, pointsPerClassifier: points }),
      localFrom: beginOfLocal(n, m, points, local),
      maxClassifiers: most,
    };
  }
  const points = w * Math.ceil(Math.max(LEAST_POINTS, n / STAGES) / w);
  const localFrom = beginOfLocal(n, m, points, local);
  const k = m === 1 ? 0 : Math.min(Math.floor(localFrom / points), most); // one batch is a random search
  return {
    budget: Object.freeze({ ...sizes, totalClassifiers: k, pointsPerClassifier: k === 0 ? 0 : points }),
    localFrom,
    maxClassifiers: most,
  };
}

/** At the end of a batch. There is little to search near before two batches and one stage are in. */
function beginOfLocal(n: number, m: number, points: number, local: ResolvedPreset['local']): number {
  if (local === false) return n;
  const localBatches = Math.floor(m * local.fraction + 1e-9); // 100 * 0.29 is less than 29
  return Math.min(n, Math.max((n / m) * Math.max(2, m - localBatches), points));
}

/** The multiples of M next to an N that it does not divide. */
export function nearBudgets(n: number, m: number): number[] {
  const below = n - (n % m);
  return below === 0 ? [m] : [below, below + m];
}

/**
 * The number of batches nearest to M, as a ratio, that divides N: of two equally near ones the larger. More than one
 * where that is possible, since one batch is a random search.
 */
export function nearestBatches(n: number, m: number): number {
  const distance = (batches: number) => (batches === 1 ? Number.POSITIVE_INFINITY : Math.abs(Math.log(batches / m)));
  let nearest = n;
  for (let divisor = 1; divisor * divisor <= n; divisor++) {
    if (n % divisor !== 0) continue;
    for (const batches of [n / divisor, divisor]) if (distance(batches) < distance(nearest)) nearest = batches;
  }
  return nearest;
}
