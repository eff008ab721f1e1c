import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** Tells whether a file was damaged where SQLite does not see it. */
export function checksum(...parts: readonly (Uint8Array | string)[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest().subarray(0, 16);
}

/** Files of before there were others have checksums of the models alone. */
export function classifierChecksum(
  { stage, cvAccuracy, attempts, acceptance = null }: ClassifierCells,
  model: Uint8Array,
): Buffer {
  return checksum(model, JSON.stringify([stage, cvAccuracy, attempts, acceptance]));
}

interface ClassifierCells {
  readonly stage: number;
  readonly cvAccuracy: number | null;
  readonly attempts: number;
  readonly acceptance: number | null | undefined;
}

/** What the tables say of a trial, its params apart, as it is stored. */
export interface TrialCells {
  readonly id: number;
  readonly state: string;
  readonly started: string | null;
  readonly ended: string | null;
  readonly value: number | null;
  readonly attempts: number;
  readonly workerId: number | null;
  readonly duration: number | null;
  readonly error: string | null;
  readonly stderr: string | null;
  readonly memory: string | null;
}

/** Checksums of trials are added up modulo this: their sum tells whether one is missing. */
const MODULUS = 2 ** 48;

/** @param reals What stands for its params. Zeros have no sign: SQLite keeps none. */
export function trialChecksum(cells: TrialCells, reals: ArrayLike<number>): number {
  const { id, state, started, ended, value, attempts, workerId, duration, error, stderr, memory } = cells;
  const text = JSON.stringify([id, state, started, ended, value, attempts, workerId, duration, error, stderr, memory]);
  const unsigned = new Float64Array(reals);
  for (let i = 0; i < unsigned.length; i++) (unsigned[i] as number) += 0;
  return crc32(text, crc32(new Uint8Array(unsigned.buffer)));
}

/** A sum of checksums, with one taken out of it and another put in its place. */
export function replaced(sum: number, before: number, after: number): number {
  return (((sum - before + after) % MODULUS) + MODULUS) % MODULUS;
}

/**
 * Whether a trial is as it was written. Another program may have ended one that waited or ran: what it wrote has no
 * checksum, what was there before has.
 */
export function isAsWritten(cells: TrialCells, reals: ArrayLike<number>, expected: unknown): boolean {
  if (trialChecksum(cells, reals) === expected) return true;
  if (!['COMPLETE', 'FAIL', 'PRUNED', 'RUNNING'].includes(cells.state) || cells.error !== null) return false;
  const open = { ...cells, ended: null, value: null };
  return (
    trialChecksum({ ...open, state: 'RUNNING' }, reals) === expected ||
    trialChecksum({ ...open, state: 'WAITING', started: null }, reals) === expected
  );
}

/** The numbers of a study, and how much there is of it. */
export interface Numbers {
  readonly seed: number;
  readonly predictions: number;
  readonly datasetIndex: number;
  readonly trials: number;
  readonly revision: number;
  readonly candidates: number;
  readonly batches: number;
  readonly classifiers: number;
  /** Params that were enqueued and are no candidates yet. */
  readonly queued: number;
  /** Of the checksums of its trials. */
  readonly sum: number;
}

/** The checksum over what a study is made of: it changes with every write. */
export function sealOf(numbers: Numbers): number {
  const { seed, predictions, datasetIndex, trials, revision, candidates, batches, classifiers, queued, sum } = numbers;
  const list = [seed, predictions, datasetIndex, trials, revision, candidates, batches, classifiers, sum];
  if (queued > 0) list.push(queued); // files of before there was a queue have seals too
  return crc32(JSON.stringify(list));
}
