import type { NativeSampleResult } from '../native/addon.js';
import type { Proposal } from './strategy.js';

/** Rows that constraints admit, as they are found in blocks of rows, and what it took to find them. */
export class AdmittedRows {
  readonly #count: number;
  readonly #d: number;
  readonly #codes: Uint16Array;
  readonly #offsets: Float64Array;
  readonly #rejections: Uint32Array;
  /** Rows that are kept: of those that are admitted, as many as are wanted. */
  kept = 0;
  /** Rows of which it is known whether they are admitted, and how many are. */
  looked = 0;
  admitted = 0;
  /** Rows of the blocks, and the draws that they took. */
  drawn = 0;
  draws = 0;
  /** Rows, and draws, since the last one that was admitted. */
  refused = 0;
  drawsRefused = 0;
  /** Draws from the prior that would have given as many rows. */
  #priorDraws = 0;
  #liveMass = 1;

  constructor(count: number, dimensions: number) {
    this.#count = count;
    this.#d = dimensions;
    this.#codes = new Uint16Array(count * dimensions);
    this.#offsets = new Float64Array(count * dimensions);
    this.#rejections = new Uint32Array(count);
  }

  get missing(): number {
    return this.#count - this.kept;
  }

  /**
   * @param looked Rows at the beginning of the block that the constraints were asked of.
   * @param found Those of them that are admitted, in order. Where there are too many, those are kept that are far apart.
   */
  add(block: NativeSampleResult, looked: number, found: readonly number[]): void {
    const { codes, offsets, rejections, draws, acceptance, liveMass } = block;
    const wanted = Math.min(this.missing, found.length);
    for (let i = 0; i < wanted; i++) {
      const row = found[Math.floor((i * found.length) / wanted)] as number;
      const [from, to] = [row * this.#d, this.kept * this.#d];
      this.#codes.set(codes.subarray(from, from + this.#d), to);
      this.#offsets.set(offsets.subarray(from, from + this.#d), to);
      this.#rejections[this.kept++] = rejections[row] as number;
    }
    this.looked += looked;
    this.admitted += found.length;
    this.drawn += rejections.length;
    this.draws += draws;
    const last = found.at(-1);
    this.refused = last === undefined ? this.refused + looked : looked - 1 - last;
    this.drawsRefused = last === undefined ? this.drawsRefused + draws : 0;
    this.#priorDraws += rejections.length / acceptance;
    this.#liveMass = Math.min(this.#liveMass, liveMass);
  }

  result(): Omit<Proposal, 'classifiers'> {
    const end = this.kept * this.#d;
    return {
      codes: this.#codes.slice(0, end),
      offsets: this.#offsets.slice(0, end),
      rejections: this.#rejections.slice(0, this.kept),
      draws: this.draws,
      acceptance: this.drawn / this.#priorDraws,
      liveMass: this.#liveMass,
      admitted: this.admitted / Math.max(1, this.looked),
    };
  }
}
