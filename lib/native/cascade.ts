import { ShacRangeError } from '../errors.js';
import { withAbort } from './abort.js';
import {
  addon,
  type CascadeHandle,
  type NativeCondition,
  type NativeLocalRequest,
  type NativeSampleResult,
} from './addon.js';
import { compile, compiledOr } from './compiled.js';
import { withStackOf } from './failures.js';
import { type ProgressListener, withProgress } from './progress.js';
import { EXACT, SAMPLER_MEMORY, type Sampler } from './sampler.js';

/**
 * Draws without a candidate after which a sampling call gives up with `ERR_EMPTY_REGION`: 1,024 times what 18 halvings
 * need on average.
 */
export const MAX_DRAWS = 2 ** 28;

/** Parts of a stream. */
export const MOST_PARTS = 2 ** 11;
/** The numbers of streams end here; those of further parts begin. */
const FURTHER_PARTS = 2 ** 31;

/** What the native sampler knows of a search space: its codes. */
export interface CodeSpace {
  /** Codes of each coordinate, 1 to 32,768. */
  readonly levels: Uint32Array;
  /** For coordinates on which several raw codes stand for one value: raw code -> code. */
  readonly snaps: readonly (Uint16Array | undefined)[];
  /**
   * What each coordinate depends on: it counts only where all of its conditions hold. Its codes are then those of its plain
   * parameter, plus 1, but for the last two of 32,768, which share one; where it does not count its code is 0. Default none.
   */
  readonly conditions?: readonly (readonly NativeCondition[] | null)[] | undefined;
}

export interface SampleOptions {
  /** Key of all random numbers, a whole number in [0, 2^53). */
  seed: number;
  /** Which use of the seed, a whole number in [0, 2^31): two streams are independent. */
  stream: number;
  /** Which part of the stream, a whole number below {@link MOST_PARTS}: two parts are independent. Default 0. */
  part?: number;
  /** Candidates wanted. */
  count: number;
  /** Only the first so many classifiers decide. */
  classifiers: number;
  /** Native threads; they do not change the result. */
  threads: number;
  /** Each time 2^classifiers draws found nothing, let one more classifier reject. */
  relax: boolean;
  /** How candidates are drawn. Default exactly. */
  sampler?: Sampler;
  /**
   * MiB for the partition of the space (0 draws by plain rejection), or for the population of sequential Monte Carlo.
   * Default {@link SAMPLER_MEMORY}.
   */
  memory?: number;
  maxDraws?: number;
  /** Told while the call goes on, ten times a second at the most. */
  onProgress?: ProgressListener | undefined;
  signal?: AbortSignal | undefined;
}

/** The classifiers that divide a code space. Append-only; a sampling call keeps the classifiers it started with. */
export class Cascade {
  /** For `train`. */
  readonly handle: CascadeHandle;
  readonly #dimensions: number;
  readonly #models: Uint8Array[] = [];

  constructor(space: CodeSpace) {
    this.#dimensions = space.levels.length;
    this.handle = addon.createCascade(
      space.levels,
      space.snaps.map((snap) => snap ?? null),
      space.conditions?.some((list) => list !== null) ? [...space.conditions] : null,
    );
  }

  /** Number of classifiers. */
  get size(): number {
    return this.#models.length;
  }

  /** Each classifier as XGBoost's UBJSON. */
  get models(): readonly Uint8Array[] {
    return this.#models;
  }

  /** @throws ERR_CLASSIFIER_INVALID when `model` is not a classifier for this space. */
  append(model: Uint8Array): void {
    addon.appendClassifier(this.handle, compiledOr(model));
    this.#models.push(model);
  }

  /** Appends those of `models` that it does not have yet, compiled off the event loop. @throws ERR_CLASSIFIER_INVALID */
  async extend(models: readonly Uint8Array[]): Promise<void> {
    await compile(models.slice(this.size));
    for (const model of models.slice(this.size)) this.append(model);
  }

  /** For each row of codes, whether every classifier accepts it. */
  accepts(codes: Uint16Array): boolean[] {
    return Array.from(addon.accepts(this.handle, codes), (verdict) => verdict === 1);
  }

  /** XGBoost's margin (log-odds, float32) of each row of codes, by one classifier. */
  margins(codes: Uint16Array, classifier: number): Float32Array {
    return addon.margins(this.handle, codes, classifier);
  }

  /**
   * Candidates from the prior, conditioned on the classifiers accepting: exactly the distribution of naive rejection,
   * unless `sampler` asks for the approximation.
   *
   * @throws ERR_EMPTY_REGION when `maxDraws` draws in a row gave none; the signal's reason when it is aborted.
   */
  async sample(options: SampleOptions): Promise<NativeSampleResult> {
    const {
      seed,
      signal,
      onProgress,
      sampler = EXACT,
      maxDraws = MAX_DRAWS,
      memory = SAMPLER_MEMORY,
      stream,
      part = 0,
      ...rest
    } = options;
    const sweeps = sampler.method === 'smc' ? sampler.sweeps : 0;
    const request = { ...rest, memory: memory * 2 ** 20, maxDraws, sweeps, ...partOf(seed, stream, part) };
    try {
      return await withProgress(signal, onProgress, (either, progress) =>
        withAbort(either, (token) => addon.sample(this.handle, request, token, progress)),
      );
    } catch (error) {
      if ((error as { code?: string }).code !== 'ERR_EMPTY_REGION') throw error;
      const wayOut =
        sampler.method === 'smc'
          ? "use sampler: 'exact' (with { relaxChecks: true }, to let classifiers be overruled)"
          : 'pass { relaxChecks: true } to let classifiers be overruled';
      const message =
        `${(error as Error).message}. The region that all classifiers accept is empty or nearly so: ${wayOut}, ` +
        'or use fewer of them (maxClassifiers).';
      throw withStackOf(new ShacRangeError('ERR_EMPTY_REGION', message), error as Error);
    }
  }

  /** For each row of codes, how many of the first `classifiers` classifiers reject it. Default all. */
  rejections(codes: Uint16Array, classifiers = this.size): Uint32Array {
    const rows = Uint32Array.from({ length: codes.length / this.#dimensions }, () => 0);
    for (let classifier = 0; classifier < classifiers; classifier++) {
      this.margins(codes, classifier).forEach((margin, row) => {
        if (!(margin > 0)) rows[row] = (rows[row] as number) + 1;
      });
    }
    return rows;
  }

  /** The points to evaluate next, near the best ones: see native/core/surrogate/local_search.h. */
  propose(request: NativeLocalRequest, signal: AbortSignal | undefined): Promise<Float64Array> {
    return withAbort(signal, (token) => addon.propose(this.handle, request, token));
  }

  /** Share of the whole prior that one classifier accepts on its own, from 4,096 fixed draws. */
  acceptance(classifier: number): number {
    return addon.acceptance(this.handle, classifier);
  }
}

/** Seeds are below 2^53, and streams below 2^31: what is above says which part of a stream it is. */
function partOf(seed: number, stream: number, part: number): { seed: bigint; stream: number } {
  if (part === 0) return { seed: BigInt(seed), stream };
  return { seed: (BigInt(part) << 53n) | BigInt(seed), stream: FURTHER_PARTS + stream };
}
