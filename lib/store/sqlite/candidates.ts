import type { ParamsOf, SearchSpace, SpaceDefinition } from '../../space/index.js';
import type { Candidate } from '../../study/events.js';
import { checksum } from './checksums.js';
import { type OptunaColumn, optunaColumns } from './distribution.js';

/** Candidates with successive ids, in the form of the table shac_candidates. */
export interface PackedCandidates {
  /** Id of the first. */
  first: number;
  count: number;
  /** 16-bit codes, row by row. */
  codes: Uint8Array;
  /** A byte a code, 1 where the coordinate counts; null when all of them do. */
  active: Uint8Array | null;
  /**
   * 64-bit floats, row by row: what stands for the values in Optuna's tables, exact for all but custom parameters; NaN where
   * one is inactive.
   */
  reals: Uint8Array;
  /** JSON: for each row the texts of its custom parameters' values, null of an inactive one; null when the space has none. */
  texts: string | null;
  /** JSON: classifiers that reject each; null when they are all 0. */
  rejections: string | null;
  /** JSON: for each row the params that it was enqueued with, as fields by column, or null; null when none was enqueued. */
  fixed: string | null;
  checksum: Uint8Array;
}

/** Packs candidates of a space, and unpacks them. */
export class CandidatePacker<D extends SpaceDefinition> {
  readonly columns: readonly OptunaColumn[];
  readonly #space: SearchSpace<D>;
  /** Positions of the coordinates whose values are kept as text. */
  readonly #custom: readonly number[];
  /** Those whose values Optuna does not see, with their positions. */
  readonly #hidden: readonly [position: number, column: HidingColumn][];

  constructor(space: SearchSpace<D>) {
    this.#space = space;
    this.columns = optunaColumns(space.coordinates);
    this.#hidden = this.columns.flatMap((column, i) => (hidesValue(column) ? [[i, column]] : []));
    this.#custom = space.coordinates.flatMap(({ parameter }, i) => (parameter.kind === 'custom' ? [i] : []));
  }

  /** What stands for the values of `params` in Optuna's tables, in the order of the columns; NaN of an inactive one. */
  reals(params: ParamsOf<D>): number[] {
    return this.#space
      .valuesOf(params)
      .map((value, i) => (value === undefined ? Number.NaN : (this.columns[i] as OptunaColumn).toReal(value)));
  }

  /** The values that Optuna does not see, as JSON, by column. */
  attributes(params: ParamsOf<D>): [column: string, json: string][] {
    if (this.#hidden.length === 0) return [];
    const values = this.#space.valuesOf(params);
    return this.#hidden
      .filter(([i]) => values[i] !== undefined)
      .map(([i, { name, toAttribute }]) => [name, toAttribute(values[i])]);
  }

  /** Some params as Optuna gives them to objectives, by column: of what it does not see, what stands for it. */
  external(params: ParamsOf<D>, given: Partial<ParamsOf<D>>): Record<string, unknown> {
    const reals = this.reals(params);
    const values = this.#space.valuesOf(params);
    const names = this.#space.partialText(given);
    const columns = this.#space.coordinates.flatMap(({ column, parameter }, i) => {
      const isList = parameter.kind === 'discrete' && !hidesValue(this.columns[i] as OptunaColumn);
      return Object.hasOwn(names, column) ? [[column, isList ? values[i] : reals[i]]] : [];
    });
    return Object.fromEntries(columns) as Record<string, unknown>;
  }

  pack(first: number, records: readonly Candidate<ParamsOf<D>>[]): PackedCandidates {
    const { dimensions } = this.#space;
    const codes = new Uint16Array(records.length * dimensions);
    const reals = new Float64Array(records.length * dimensions);
    records.forEach((record, row) => {
      codes.set(record.row.codes, row * dimensions);
      reals.set(this.reals(record.params), row * dimensions);
    });
    const packed = {
      first,
      count: records.length,
      codes: new Uint8Array(codes.buffer),
      active: records.some(({ row }) => row.active.includes(0))
        ? Buffer.concat(records.map(({ row }) => row.active))
        : null,
      reals: new Uint8Array(reals.buffer),
      texts: this.#custom.length === 0 ? null : JSON.stringify(records.map(({ params }) => this.#texts(params))),
      rejections: records.some(({ rejections }) => rejections > 0)
        ? JSON.stringify(records.map(({ rejections }) => rejections))
        : null,
      fixed: records.some(({ fixed }) => fixed !== undefined)
        ? JSON.stringify(records.map(({ fixed }) => (fixed === undefined ? null : this.#space.partialText(fixed))))
        : null,
    };
    return { ...packed, checksum: checksumOf(packed) };
  }

  /**
   * Candidates, each with what stands for those of its values that are active.
   *
   * @throws RangeError when they are not as they were packed, or not of this space.
   */
  unpack(packed: PackedCandidates): { candidate: Candidate<ParamsOf<D>>; reals: Float64Array }[] {
    const { dimensions } = this.#space;
    const length = packed.count * dimensions;
    if (!checksumOf(packed).equals(packed.checksum)) throw new RangeError('the checksum does not fit');
    const codes = new Uint16Array(aligned(packed.codes));
    const reals = new Float64Array(aligned(packed.reals));
    // More than `count` may be there: the last ones of a batch can have been taken back.
    const { active } = packed;
    if (Math.min(codes.length, reals.length, active?.length ?? length) < length) {
      throw new RangeError('candidates are missing');
    }
    const texts = packed.texts === null ? undefined : (JSON.parse(packed.texts) as (string | null)[][]);
    const rejections = packed.rejections === null ? undefined : (JSON.parse(packed.rejections) as number[]);
    const fixed = packed.fixed ? (JSON.parse(packed.fixed) as (Record<string, string> | null)[]) : undefined;
    const values = new Array<unknown>(dimensions);
    return Array.from({ length: packed.count }, (_, n) => {
      const start = n * dimensions;
      const end = start + dimensions;
      const row = this.#space.row(codes.subarray(start, end), active?.subarray(start, end));
      for (let i = 0; i < dimensions; i++) {
        const isActive = row.active[i] !== 0;
        values[i] = isActive ? (this.columns[i] as OptunaColumn).fromReal(reals[start + i] as number) : undefined;
      }
      this.#custom.forEach((i, k) => {
        if (row.active[i] === 0) return;
        values[i] = this.#space.coordinates[i]?.parameter.parseText(texts?.[n]?.[k] as string);
      });
      const candidate = {
        row,
        params: this.#space.fromValues(values),
        rejections: rejections?.[n] ?? 0,
        fixed: fixed?.[n] ? this.#space.partialOf(fixed[n]) : undefined,
      };
      const own = reals.subarray(start, end);
      return { candidate, reals: active === null ? own : own.filter((_, i) => row.active[i] !== 0) };
    });
  }

  /** Of the custom parameters' values; null of an inactive one. */
  #texts(params: ParamsOf<D>): (string | null)[] {
    const values = this.#space.valuesOf(params);
    return this.#custom.map((i) =>
      values[i] === undefined ? null : (this.#space.coordinates[i]?.parameter.formatText(values[i]) as string),
    );
  }
}

type HidingColumn = OptunaColumn & Required<Pick<OptunaColumn, 'toAttribute'>>;

function hidesValue(column: OptunaColumn): column is HidingColumn {
  return column.toAttribute !== undefined;
}

function checksumOf({ codes, active, reals, texts, rejections, fixed }: Omit<PackedCandidates, 'checksum'>): Buffer {
  return checksum(codes, reals, texts ?? '', rejections ?? '', ...(active ? [active] : []), ...(fixed ? [fixed] : []));
}

/** The bytes in a buffer of their own: a view of 16 or 64 bits needs a start that is aligned. */
function aligned(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}
