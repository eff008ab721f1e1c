import { addon, type CascadeHandle, type NativeTrainRequest } from '../../dist/native/addon.js';

/** Codes that look random and are the same in every run. */
export function randomCodes(levels: readonly number[], rows: number, seed: number): Uint16Array {
  let state = seed >>> 0;
  return Uint16Array.from({ length: rows * levels.length }, (_, i) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const mixed = Math.imul(state ^ (state >>> 16), 0x45d9f3b) >>> 0;
    return Math.floor((mixed / 2 ** 32) * (levels[i % levels.length] as number));
  });
}

/** The defaults of a search; a test overrides what it is about. */
export function trainRequest(codes: Uint16Array, labels: Uint8Array, rounds = 200): NativeTrainRequest {
  return {
    codes,
    labels,
    columns: codes.length / labels.length,
    params: { rounds, maxDepth: 3, eta: 0.1, lambda: 1, minChildWeight: 1, subsample: 1, seed: 0 },
    folds: 0,
    attempts: 1,
    shuffleSeed: 0n,
    threads: 1,
  };
}

/** Two classifiers of which one accepts exactly what the other rejects: no draw is ever accepted. */
export async function impossibleCascade(): Promise<CascadeHandle> {
  const levels = [32768, 32768];
  const codes = randomCodes(levels, 100, 1);
  const labels = Uint8Array.from({ length: 100 }, (_, row) => ((codes[2 * row] as number) < 16384 ? 1 : 0));
  const cascade = addon.createCascade(Uint32Array.from(levels), [null, null]);
  for (const target of [labels, labels.map((label) => 1 - label)]) {
    const { model } = await addon.train(trainRequest(codes, target, 20));
    addon.appendClassifier(cascade, model);
  }
  return cascade;
}

/** Sampling that never ends unless it is stopped. */
export const endless = {
  seed: 1n,
  stream: 0,
  count: 1,
  classifiers: 2,
  threads: 2,
  relax: false,
  memory: 0, // plain rejection: an empty region is then never found out
  maxDraws: 2 ** 53,
  sweeps: 0,
};

/** A training of minutes: 5,000 rows of 100 columns, 2,000 rounds, five folds. */
export function longTraining(): NativeTrainRequest {
  const codes = randomCodes(
    Array.from({ length: 100 }, () => 32768),
    5000,
    2,
  );
  const labels = Uint8Array.from({ length: 5000 }, (_, row) => ((codes[100 * row] as number) < 10_000 ? 1 : 0));
  return { ...trainRequest(codes, labels, 2000), folds: 5, threads: 2 };
}
