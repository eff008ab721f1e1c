import { parse } from 'node:path';
import { OptunaTables } from '../exchange/optuna-tables.js';
import { OwnSpace } from '../exchange/own-space.js';
import type { ExchangeState, ExchangeStudy, ExchangeTrial } from '../exchange/study.js';
import type { SpaceDescription } from '../space/index.js';
import { databasePath } from '../store/sqlite/database.js';
import { sqlite } from '../store/sqlite/sqlite-storage.js';
import type { StudySummary } from '../store/store.js';
import { isBetter } from '../study/direction.js';

/** Of the newest trials, so many are kept. */
const NEWEST = 5;

/** A study of a database, looked at without its study file; it may be another program's. */
export interface StoredStudy {
  readonly summary: StudySummary;
  /** Of a study of ours. */
  readonly own: OwnFacts | undefined;
  /** The best complete trial, the earliest of equals; undefined before there is one. */
  readonly best: StoredTrial | undefined;
  /** The last that were drawn, oldest first. */
  readonly newest: readonly StoredTrial[];
  readonly firstFailed: StoredTrial | undefined;
}

export interface OwnFacts {
  readonly numBatches: number;
  readonly seed: number;
  readonly preset: string;
  readonly space: SpaceDescription;
  /** How many it has; not there when it has none. */
  readonly constraints?: number;
  /** Estimated share of the space that they admit; not there when it is not known. */
  readonly admitted?: number;
  /** Candidates of the batch that it is estimated from. */
  readonly drawn?: number;
}

export interface StoredTrial {
  readonly id: number;
  readonly state: ExchangeState;
  readonly value: number | null;
  readonly params: Record<string, unknown>;
  /** Why it failed. */
  readonly error?: string;
}

/**
 * Reads a study; a search may write to it meanwhile.
 *
 * @param wanted Its name, or the study file that it is named after; undefined: the only one.
 * @throws ERR_STUDY_NOT_FOUND, naming what is there; ERR_STORAGE; ERR_DATASET_MISMATCH for more than one objective.
 */
export async function readStored(db: string, wanted: string | undefined): Promise<StoredStudy> {
  const file = databasePath(db);
  const tables = new OptunaTables(file);
  try {
    const study = tables.study(nameOf(tables.studyNames(), wanted));
    const trials = await readTrials(study);
    const storage = sqlite(file);
    const summary = storage.studies().find(({ name }) => name === study.name) as StudySummary;
    storage.close();
    return { summary, own: ownFacts(tables, study), ...trials };
  } finally {
    tables.close();
  }
}

function nameOf(names: readonly string[], wanted: string | undefined): string | undefined {
  if (wanted === undefined || names.includes(wanted)) return wanted;
  const ofFile = parse(wanted).name;
  return names.includes(ofFile) ? ofFile : wanted;
}

async function readTrials(study: ExchangeStudy): Promise<Pick<StoredStudy, 'best' | 'newest' | 'firstFailed'>> {
  const space = new OwnSpace(study);
  let best: ExchangeTrial | undefined;
  let firstFailed: ExchangeTrial | undefined;
  const newest: ExchangeTrial[] = [];
  for await (const trial of study.trials()) {
    if (isNewBest(trial, best, study)) best = trial;
    if (trial.state === 'FAIL') firstFailed ??= trial;
    newest.push(trial);
    if (newest.length > NEWEST) newest.shift();
  }
  const stored = (trial: ExchangeTrial) => storedTrial(trial, space);
  return { best: best && stored(best), newest: newest.map(stored), firstFailed: firstFailed && stored(firstFailed) };
}

function isNewBest(
  { state, value }: ExchangeTrial,
  best: ExchangeTrial | undefined,
  { objective = 'min' }: ExchangeStudy,
): boolean {
  if (state !== 'COMPLETE' || value === null || !Number.isFinite(value)) return false;
  return best === undefined || isBetter(value, best.value as number, objective);
}

function storedTrial(trial: ExchangeTrial, space: OwnSpace): StoredTrial {
  const { number: id, state, value } = trial;
  const reason = trial.userAttributes.fail_reason;
  return { id, state, value, params: space.params(trial), ...(typeof reason === 'string' && { error: reason }) };
}

function ownFacts(tables: OptunaTables, { name, userAttributes }: ExchangeStudy): OwnFacts | undefined {
  const identity = tables.identity(name) as OwnFacts | undefined;
  if (identity === undefined) return undefined;
  const { numBatches, seed } = userAttributes.shac as OwnFacts;
  const facts = { numBatches, seed, preset: identity.preset, space: identity.space };
  const { constraints } = identity;
  if (constraints === undefined) return facts;
  const { classifiers, admitted, count: drawn } = tables.firstBatch(name) ?? {};
  if (classifiers !== 0 || admitted === undefined || drawn === undefined) return { ...facts, constraints };
  return { ...facts, constraints, admitted, drawn };
}
