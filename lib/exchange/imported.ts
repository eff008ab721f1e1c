import { ShacRangeError, ShacTypeError, show } from '../errors.js';
import {
  completedBy,
  misfit,
  type ParamsOf,
  requireValues,
  type SearchSpace,
  type SpaceDefinition,
} from '../space/index.js';
import type { Direction } from '../study/direction.js';
import { copyOf } from '../study/params.js';
import { isFinished, type Trial } from '../study/trial.js';
import type { DatasetRow } from './csv.js';
import { readJournal } from './journal-reader.js';
import { jsonlTrials } from './jsonl-reader.js';
import { OptunaTables } from './optuna-tables.js';
import { OwnSpace } from './own-space.js';
import { recognise } from './source.js';
import type { ExchangeStudy } from './study.js';
import { finishedTrials } from './study-rows.js';

/** A search in memory, as its trials are taken over. */
export interface ImportedSearch {
  readonly studyName: string;
  readonly objective: Direction;
  readonly trials: readonly Pick<Trial<object>, 'state' | 'params' | 'value'>[];
}

/** What is wanted of another study. */
export interface Wanted {
  /** The direction of the study that learns from it. */
  readonly objective: Direction;
  /** Which study of a file; undefined: its only one. */
  readonly studyName: string | undefined;
  /** Values of parameters that its trials lack, by name. */
  readonly missing: Readonly<Record<string, unknown>>;
}

/** The trials that fit, and how many do not, by the reason. */
export interface Fitting<P> {
  readonly rows: DatasetRow<P>[];
  readonly skipped: Record<string, number>;
}

/** A finished trial of some space. */
interface Found {
  readonly params: Readonly<Record<string, unknown>>;
  readonly value: number | null;
}

/**
 * The finished trials of another study that fit a space.
 *
 * @param source A search, or a file: an SQLite file or a journal of Optuna, or JSONL.
 * @throws ERR_INVALID_VALUE for a value of `missing` that is not in the space, ERR_DATASET_MISMATCH when none fits or the
 *   objective is the other one, and what the readers of studies throw.
 */
export async function fittingTrials<D extends SpaceDefinition>(
  space: SearchSpace<D>,
  source: unknown,
  wanted: Wanted,
): Promise<Fitting<ParamsOf<D>>> {
  const { missing } = wanted;
  requireValues(space, missing, 'missing');
  const rows: DatasetRow<ParamsOf<D>>[] = [];
  const skipped = new Map<string, number>();
  for await (const { params: own, value } of foundIn(source, wanted)) {
    const params = completedBy(space, own, missing);
    const reason = misfit(space, params);
    if (reason === undefined) rows.push({ params: copyOf(params) as ParamsOf<D>, value });
    else skipped.set(reason, (skipped.get(reason) ?? 0) + 1);
  }
  if (rows.length === 0) throw nothingFits(source, skipped);
  return { rows, skipped: Object.fromEntries(skipped) };
}

/** Why trials are left out, in words. */
export function reasonsOf(skipped: Iterable<readonly [string, number]>): string {
  return [...skipped].map(([reason, count]) => `${reason} (${count})`).join(', ');
}

function nothingFits(source: unknown, skipped: ReadonlyMap<string, number>): ShacRangeError {
  const where = typeof source === 'string' ? source : `the study ${show((source as ImportedSearch).studyName)}`;
  const message =
    skipped.size === 0
      ? `${where} has no finished trial`
      : `no trial of ${where} fits the space: ${reasonsOf(skipped)}; missing: { … } gives values for what is missing`;
  return new ShacRangeError('ERR_DATASET_MISMATCH', message);
}

async function* foundIn(source: unknown, { objective, studyName }: Wanted): AsyncGenerator<Found> {
  if (typeof source !== 'string') {
    yield* foundInSearch(source, objective);
    return;
  }
  const format = await recognise(source);
  if (studyName !== undefined && format === 'jsonl') {
    const message = `studyName ${show(studyName)} is for a file with studies, but ${source} is jsonl; leave it out`;
    throw new ShacTypeError('ERR_INVALID_ARGUMENT', message);
  }
  if (format === 'csv') {
    const message = `${source} has no trials with their params by name: of CSV, fitDataset reads what has all columns of the space`;
    throw new ShacTypeError('ERR_INVALID_ARGUMENT', message);
  }
  if (format === 'jsonl') {
    for await (const { row, value } of jsonlTrials(source, objective)) yield { params: row.params, value };
  } else if (format === 'journal') {
    yield* foundInStudy(await readJournal(source, studyName), objective, source);
  } else {
    const tables = new OptunaTables(source);
    try {
      yield* foundInStudy(tables.study(studyName), objective, source);
    } finally {
      tables.close();
    }
  }
}

async function* foundInStudy(study: ExchangeStudy, objective: Direction, file: string): AsyncGenerator<Found> {
  const space = new OwnSpace(study);
  for await (const { trial, value } of finishedTrials(study, objective, file)) {
    yield { params: space.params(trial), value };
  }
}

function* foundInSearch(source: unknown, objective: Direction): Generator<Found> {
  const { trials, objective: own, studyName } = Object(source) as Partial<ImportedSearch>;
  if (!Array.isArray(trials)) {
    const message = `what is imported is a search or the path of a file, got ${show(source)}`;
    throw new ShacTypeError('ERR_INVALID_ARGUMENT', message);
  }
  if (own !== objective) {
    const message = `the objective of the study ${show(studyName)} is ${show(own)}, that of this study ${show(objective)}`;
    throw new ShacRangeError('ERR_DATASET_MISMATCH', message);
  }
  for (const trial of trials as ImportedSearch['trials']) {
    if (isFinished(trial)) yield { params: trial.params as Record<string, unknown>, value: trial.value };
  }
}
