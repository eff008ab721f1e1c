import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { discrete, integer, type ParamsOf, SearchSpace, SHAC, type ShacOptions, type Trial, uniform } from 'shac';
import { onTestFinished } from 'vitest';
import { Cascade } from '../../dist/native/cascade.js';

/** Continuous, integer and discrete coordinates: 4 of them, none of which the objective below ignores. */
export const space = {
  x: uniform(-5, 10),
  y: uniform(0.01, 100, { log: true }),
  layers: integer(1, 8),
  act: discrete(['relu', 'tanh', null]),
};
export type Params = ParamsOf<typeof space>;

/** Smooth, without ties, best (0) at x = 2, y = 1, layers = 3, act = 'tanh'. */
export function loss({ x, y, layers, act }: Params): number {
  return (x - 2) ** 2 + Math.log(y) ** 2 + (layers - 3) ** 2 + (act === 'tanh' ? 0 : 3);
}

/** 200 rounds cost more than most tests need: 20 give classifiers that are as strict. */
export const quick = { rounds: 20 };

export function studyOptions(options: Partial<ShacOptions> = {}): ShacOptions {
  return { totalBudget: 60, numBatches: 6, objective: 'min', seed: 42, classifier: quick, ...options };
}

export function study(options: Partial<ShacOptions> = {}): SHAC<typeof space> {
  return new SHAC(space, studyOptions(options));
}

/** The same by PySHAC's algorithm: a classifier for each batch but the last, trained on that batch alone. */
export function paperStudy(options: Partial<ShacOptions> = {}): SHAC<typeof space> {
  return study({ preset: 'paper', ...options });
}

/** A study of classifiers that contradict each other, in pairs: one wants x below 0, the other x above 5. */
export async function contradiction(options: Partial<ShacOptions> = {}, pairs = 1) {
  const stages = 2 * pairs + 1;
  const shac = paperStudy({ totalBudget: 20 * stages, numBatches: stages, ...options });
  const row = (x: number, i: number): Params => ({ x, y: 1 + i / 10, layers: 1 + (i % 8), act: 'relu' });
  const low = Array.from({ length: 20 }, (_, i) => ({ params: row(-5 + (i * 10) / 20, i), value: i < 10 ? 0 : 1 }));
  const high = Array.from({ length: 20 }, (_, i) => ({ params: row((i * 10) / 20, i), value: i < 10 ? 1 : 0 }));
  const rows = Array.from({ length: pairs }, () => [...low, ...high]).flat();
  await shac.fitDataset(rows, { presort: false, skipCvChecks: true });
  if (shac.classifiers.length !== 2 * pairs) throw new Error('not all of the classifiers were trained');
  return shac;
}

/** What must not depend on threads, evaluators, delays, interruptions: everything but who ran it and for how long. */
export function outcome<P>(trials: readonly Trial<P>[]) {
  return trials.map(({ id, stage, params, state, value, rejections, error }) => ({
    id,
    stage,
    params,
    state,
    value,
    rejections,
    reason: error?.message,
  }));
}

/** All that a finished study found: its trials, its classifiers, and what it would draw next. */
export async function findings(shac: SHAC<typeof space>) {
  return { trials: outcome(shac.trials), classifiers: shac.classifiers, next: await shac.predict(3) };
}

/** A directory that is removed when the test is over. */
export function temporaryDirectory(): string {
  const dir = mkdtempSync(join(tmpdir(), 'shac-test-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** The classifiers of a saved study, as XGBoost's own files. */
export function savedModels(dir: string): Uint8Array[] {
  const folder = join(dir, 'classifiers');
  const names = readdirSync(folder).sort();
  return names.map((name) => new Uint8Array(readFileSync(join(folder, name))));
}

/** A cascade of the space above with these classifiers. */
export function cascadeOf(models: readonly Uint8Array[]): Cascade {
  const cascade = new Cascade(new SearchSpace(space));
  for (const model of models) cascade.append(model);
  return cascade;
}

/** The rows of codes of some params, one after the other. */
export function codesOf(params: readonly Params[]): Uint16Array {
  const encoder = new SearchSpace(space);
  return Uint16Array.from(params.flatMap((one) => [...encoder.encode(one)]));
}

/** Deterministic noise: a hash of the params, so that it is the same in every run and has nothing to learn. */
export function noise(params: object): number {
  let hash = 2166136261;
  for (const char of JSON.stringify(params)) hash = Math.imul(hash ^ char.charCodeAt(0), 16777619);
  hash = Math.imul(hash ^ (hash >>> 15), 2246822507);
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32;
}

export const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
