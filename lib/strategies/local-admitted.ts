import type { NativeLocalRequest } from '../native/addon.js';
import type { SpaceDefinition } from '../space/index.js';
import type { StudyView } from '../study/study.js';

/** Pools of points of the trust region that are looked at, before one of the candidates is taken instead. */
const POOLS = 4;
/**
 * Random numbers that a pool may take; and where those of the first pool begin, so that candidates, which are drawn from the
 * same stream, have others.
 */
const NUMBERS = 2 ** 28;
const FIRST_NUMBER = 2 ** 47;
/** Points that are being evaluated, of which the process makes something: the newest. All of them are known. */
const MOST_PENDING = 100;

/** What proposals under constraints are made from. */
export interface AdmittedProposals extends Omit<NativeLocalRequest, 'candidates' | 'rankedFrom'> {
  /** Places of points that the classifiers accept and the constraints admit, one at least. */
  candidates(): Promise<Float64Array>;
}

/**
 * The points to evaluate next, as `Cascade.propose` finds them, all of which the constraints admit. Each is the most promising
 * that is admitted of what it would be chosen from. Where none is in the trust region, it is the best of the candidates.
 */
export async function proposeAdmitted<D extends SpaceDefinition>(
  study: StudyView<D>,
  { count, explore, candidates, ...request }: AdmittedProposals,
  signal: AbortSignal | undefined,
): Promise<Float64Array> {
  const { cascade, space, settings } = study;
  const d = space.dimensions;
  const taken = new Set<string>();
  const chosen: number[] = [];

  const isAdmitted = (point: Float64Array) => {
    const { codes, offsets } = space.cellsOf(point);
    return !taken.has(point.join()) && settings.constraints.admits(space.decode(codes, offsets));
  };
  const bestOf = async (pool: number, places: Float64Array) => {
    const pending = Float64Array.from([...request.pending, ...chosen].slice(-MOST_PENDING * d));
    const from = { candidates: places, count: 1, explore: places.length > 0 ? 1 : 0 };
    const rankedFrom = FIRST_NUMBER + pool * NUMBERS;
    const points = await cascade.propose({ ...request, ...from, pending, rankedFrom }, signal);
    return rowsOf(points, d).find(isAdmitted);
  };

  for (const point of rowsOf(request.pending, d)) taken.add(point.join());
  for (let i = 0; i < count; i++) {
    const pools = i < explore ? 0 : POOLS;
    let best: Float64Array | undefined;
    for (let pool = 0; pool < pools && best === undefined; pool++)
      best = await bestOf(i * (POOLS + 1) + pool, new Float64Array());
    if (best === undefined) {
      const places = await candidates();
      best = await bestOf(i * (POOLS + 1) + POOLS, places);
      best ??= rowsOf(places, d).at(i % (places.length / d)) as Float64Array; // all of them are known
    }
    taken.add(best.join());
    chosen.push(...best);
  }
  return Float64Array.from(chosen);
}

function rowsOf(points: Float64Array, d: number): Float64Array[] {
  return Array.from({ length: points.length / d }, (_, row) => points.subarray(row * d, (row + 1) * d));
}
