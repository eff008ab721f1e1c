import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { ShacError, show } from '../../errors.js';
import { Cascade } from '../../native/cascade.js';
import { type ParamsOf, pyshacConfig, type SpaceDefinition } from '../../space/index.js';
import type { Snapshot } from '../../study/events.js';
import { continued } from '../../study/growth.js';
import { completed, type StudyIdentity, studyMismatch } from '../../study/identity.js';
import type { ClassifierRecord } from '../../study/records.js';
import { parsed } from '../../study/schemas.js';
import type { StudySettings } from '../../study/settings.js';
import { waiting } from '../../study/state.js';
import type { StudyView } from '../../study/study.js';
import { type TrialRecord, toTrialError } from '../../study/trial.js';
import { parseDataset } from '../csv.js';
import { classifierFile, DATASET, FORMAT, PARAMETERS, STUDY, type StudyFile, studyFileSchema } from './layout.js';

/**
 * Reads a study back. Trials that were handed out and have no result are WAITING again.
 *
 * @param given A study with the space and the options that it is to have; its seed stays in force for PySHAC's own data.
 * @returns it, and its settings: others than those given where it grows.
 * @throws ERR_FILE for files that are missing or damaged, ERR_CLASSIFIER_INVALID for a damaged classifier,
 *   ERR_RESTORE_MISMATCH when the space, the objective or the budget is another one, ERR_DATASET_MISMATCH for rows that
 *   do not fit.
 */
export async function readStudy<D extends SpaceDefinition>(
  given: StudyView<D>,
  dir: string,
): Promise<{ readonly snapshot: Snapshot<ParamsOf<D>>; readonly settings: StudySettings }> {
  const { space } = given;
  const parameters = readJson(join(dir, PARAMETERS));
  const expected = pyshacConfig(space);
  if (!isDeepStrictEqual(parameters, JSON.parse(JSON.stringify(expected)))) {
    throw studyMismatch(join(dir, PARAMETERS), 'search space', parameters, expected);
  }
  const file = join(dir, STUDY);
  const { study, settings } = existsSync(file) ? readStudyFile(given, file) : { settings: given.settings };
  const { trials, issued } = readTrials({ space, settings }, dir, study);
  const classifiers = await readClassifiers(given, dir, study);
  const lists = { trials, issued, classifiers };
  if (study === undefined) {
    // PySHAC's own data: every classifier that is there has used up its share.
    const datasetIndex = classifiers.length * settings.budget.pointsPerClassifier;
    return { snapshot: { seed: settings.seed, predictions: 0, datasetIndex, batches: [], ...lists }, settings };
  }
  const { seed, predictions, datasetIndex, batches } = study;
  const queue = (study.queue ?? []).map((fields) => space.partialOf(fields));
  const { totalBudget } = settings.budget;
  if (trials.length + queue.length > totalBudget) throw tooMany(dir, trials.length + queue.length, totalBudget);
  return { snapshot: { seed, predictions, datasetIndex, batches, ...lists, queue }, settings };
}

/** Trials, and behind them the candidates that were not handed out. */
function readTrials<D extends SpaceDefinition>(
  { space, settings }: Pick<StudyView<D>, 'space' | 'settings'>,
  dir: string,
  study: StudyFile | undefined,
): Pick<Snapshot<ParamsOf<D>>, 'trials' | 'issued'> {
  const file = join(dir, DATASET);
  const records = parseDataset(space, read(file).toString('utf8'), file);
  // PySHAC numbers the rows of a file anew; here ids are those of the trials.
  const finished = new Map(records.map((record, row) => [study === undefined ? row : Number(record.id), record]));
  if (finished.size < records.length) throw new ShacError('ERR_FILE', `${file} has two rows with one id`);
  const { unfinished, drawn } = withoutResult(study, [...finished.keys()]);
  const trial = (id: number, params: ParamsOf<D>): TrialRecord<ParamsOf<D>> => {
    const candidate = { params, row: space.row(space.encode(params)), rejections: 0 };
    const { fixed, ...run } = study?.runs[id] ?? {};
    return { ...waiting(id, { ...candidate, fixed: fixed && space.partialOf(fixed) }, settings), ...run };
  };
  const issued = finished.size + unfinished.size;
  const trials = Array.from({ length: issued }, (_, id): TrialRecord<ParamsOf<D>> => {
    const record = finished.get(id);
    const fields = unfinished.get(id);
    if (record === undefined) {
      if (fields !== undefined) return trial(id, space.fromText(fields));
      throw new ShacError('ERR_FILE', `${file} has ${finished.size} trials, but none with id ${id}`);
    }
    const known = { ...trial(id, record.params), attempts: study?.runs[id]?.attempts || 1 };
    if (record.value !== null) return { ...known, state: 'COMPLETE', values: [record.value] };
    return { ...known, state: 'FAIL', error: toTrialError(study?.failures[id] ?? `no score in ${file}`) };
  });
  for (let id = issued; id < issued + drawn.size; id++) {
    const fields = drawn.get(id);
    if (fields === undefined) throw new ShacError('ERR_FILE', `${STUDY} of ${dir} has no candidate ${id}`);
    trials.push(trial(id, space.fromText(fields)));
  }
  const { totalBudget } = settings.budget;
  if (trials.length > totalBudget) throw tooMany(dir, trials.length, totalBudget);
  return { trials, issued };
}

function tooMany(dir: string, count: number, totalBudget: number): ShacError {
  return new ShacError('ERR_FILE', `${dir} has ${count} trials, more than totalBudget ${totalBudget}`);
}

/** Trials that wait, and candidates, by id: results may have come after study.json was written. */
function withoutResult(study: StudyFile | undefined, finished: readonly number[]) {
  const byId = (fields: Record<string, string[]> = {}) =>
    new Map(Object.entries(fields).map(([id, texts]) => [Number(id), texts]));
  const unfinished = byId(study?.unfinished);
  const drawn = byId(study?.drawn);
  for (const id of finished) unfinished.delete(id);
  const last = Math.max(-1, ...finished, ...unfinished.keys());
  const known = new Set(finished);
  for (const [id, fields] of drawn) {
    if (id > last) continue;
    drawn.delete(id);
    if (!known.has(id)) unfinished.set(id, fields);
  }
  return { unfinished, drawn };
}

async function readClassifiers<D extends SpaceDefinition>(
  { space }: StudyView<D>,
  dir: string,
  study: StudyFile | undefined,
): Promise<ClassifierRecord[]> {
  const known = study?.classifiers;
  const cascade = new Cascade(space); // says whether they fit
  const classifiers: ClassifierRecord[] = [];
  for (let index = 0; known === undefined || index < known.length; index++) {
    const file = join(dir, classifierFile(index));
    if (known === undefined && !existsSync(file)) break;
    const { stage = index, cvAccuracy = null, acceptance, attempts = 1 } = known?.[index] ?? {};
    const model = new Uint8Array(read(file));
    try {
      await cascade.extend([...cascade.models, model]);
    } catch (cause) {
      if ((cause as { code?: string }).code !== 'ERR_CLASSIFIER_INVALID') throw cause;
      throw new ShacError('ERR_CLASSIFIER_INVALID', `${file}: ${(cause as Error).message}`, { cause });
    }
    classifiers.push({ stage, cvAccuracy, acceptance, attempts, model });
  }
  return classifiers;
}

/** Which study it is of is looked at first: that tells more than what does not fit then. */
function readStudyFile<D extends SpaceDefinition>(
  { space, settings: given }: StudyView<D>,
  file: string,
): { readonly study: StudyFile; readonly settings: StudySettings } {
  const json = readJson(file);
  const { format, budget } = Object(json) as { format?: unknown; budget?: unknown };
  if (format !== FORMAT) {
    throw new ShacError(
      'ERR_FILE',
      `${file} is not a study of format ${FORMAT}, but of ${show(format)}; a newer shac may have written it`,
    );
  }
  const isStudy = typeof budget === 'object';
  const settings = isStudy ? continued(space, given, completed(json as Partial<StudyIdentity>), file) : given;
  try {
    return { study: parsed(studyFileSchema(settings.budget.totalBudget), json) as StudyFile, settings };
  } catch (cause) {
    throw new ShacError('ERR_FILE', `${file} is damaged: ${(cause as Error).message}`, { cause });
  }
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(read(file).toString('utf8'));
  } catch (cause) {
    if (cause instanceof ShacError) throw cause;
    throw new ShacError('ERR_FILE', `${file} is not valid JSON: ${(cause as Error).message}`, { cause });
  }
}

function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new ShacError('ERR_FILE', `${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
}
