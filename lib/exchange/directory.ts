import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { ShacError } from '../errors.js';
import { type ParamsOf, pyshacConfig, type SpaceDefinition } from '../space/index.js';
import { completed, identityOf, requireSameStudy, type StudyIdentity, studyMismatch } from '../study/identity.js';
import { type BatchRecord, StudyState } from '../study/study-state.js';
import { isFinished, type Trial, type TrialError } from '../study/trial.js';
import { formatDataset, parseDataset } from './csv.js';

/**
 * A study as a directory, in PySHAC's layout:
 *
 * - `datasets/dataset.csv`: id, one column a coordinate, `scores`
 * - `datasets/parameters.json`: the search space
 * - `classifiers/NNN.ubj`: one XGBoost model each, over codes
 * - `study.json`: what PySHAC does not keep, and an exact continuation needs
 */
const DATASET = join('datasets', 'dataset.csv');
const PARAMETERS = join('datasets', 'parameters.json');
const CLASSIFIERS = 'classifiers';
const STUDY = 'study.json';
const FORMAT = 1;

/** The content of study.json. */
interface StudyFile extends StudyIdentity {
  format: number;
  studyName: string;
  seed: number;
  predictions: number;
  datasetIndex: number;
  batches: BatchRecord[];
  classifiers: { stage: number; cvAccuracy: number | null; attempts: number }[];
  /** Why trials failed, by id: the CSV has only an empty score for them. */
  failures: Record<string, TrialError>;
  /** Trials that were handed out and have no result, by id: fields as in the CSV. */
  unfinished: Record<string, string[]>;
  /** Candidates of the newest batch that were not handed out, in the same form. */
  drawn: Record<string, string[]>;
  /** How each trial, handed out or not, was drawn and evaluated, by id. */
  runs: Record<string, Run>;
}

type Run = Pick<Trial, 'attempts' | 'rejections' | 'workerId' | 'duration' | 'memory'>;

/** Writes the study. A crash while it is written leaves every file whole: the old one or the new one. */
export function saveStudy<D extends SpaceDefinition>(state: StudyState<D>, dir: string): void {
  try {
    mkdirSync(join(dir, 'datasets'), { recursive: true });
    mkdirSync(join(dir, CLASSIFIERS), { recursive: true });
    state.classifiers.forEach(({ model }, index) => {
      replaceFile(join(dir, classifierFile(index)), model);
    });
    removeClassifiersFrom(dir, state.classifiers.length);
    replaceFile(join(dir, PARAMETERS), `${JSON.stringify(pyshacConfig(state.space), null, 4)}\n`);
    replaceFile(join(dir, DATASET), formatDataset(state.space, state.trials.filter(isFinished)));
    replaceFile(join(dir, STUDY), `${JSON.stringify(studyFile(state), null, 2)}\n`);
  } catch (cause) {
    if (!(cause instanceof Error && 'syscall' in cause)) throw cause;
    throw new ShacError('ERR_FILE', `the study cannot be saved in ${dir}: ${cause.message}`, { cause });
  }
}

function studyFile<D extends SpaceDefinition>(state: StudyState<D>): StudyFile {
  const failed = state.trials.filter((trial) => trial.error !== undefined);
  const unfinished = state.trials.filter((trial) => !isFinished(trial));
  return {
    format: FORMAT,
    studyName: state.options.studyName,
    ...identityOf(state.space, state.options),
    seed: state.seed,
    predictions: state.predictions,
    datasetIndex: state.datasetIndex,
    batches: state.batches,
    classifiers: state.classifiers.map(({ model: _, ...rest }) => rest),
    failures: Object.fromEntries(failed.map(({ id, error }) => [id, error as TrialError])),
    unfinished: Object.fromEntries(unfinished.map(({ id, params }) => [id, state.space.toText(params)])),
    drawn: Object.fromEntries(state.drawn.map(({ id, params }) => [id, state.space.toText(params)])),
    runs: Object.fromEntries([...state.trials, ...state.drawn].map((trial) => [trial.id, runOf(trial)])),
  };
}

function runOf({ attempts, rejections, workerId, duration, memory }: Trial<unknown>): Run {
  // JSON leaves out what is undefined.
  return { attempts, rejections, workerId, duration, memory } as Run;
}

function classifierFile(index: number): string {
  return join(CLASSIFIERS, `${String(index).padStart(3, '0')}.ubj`);
}

/** A directory that is written again may hold classifiers of a longer study. */
function removeClassifiersFrom(dir: string, count: number): void {
  for (const name of readdirSync(join(dir, CLASSIFIERS))) {
    if (/^\d+\.ubj$/.test(name) && Number.parseInt(name, 10) >= count) rmSync(join(dir, CLASSIFIERS, name));
  }
}

function replaceFile(file: string, content: string | Uint8Array): void {
  const fresh = join(dirname(file), `.${process.pid}.tmp`);
  writeFileSync(fresh, content);
  renameSync(fresh, file);
}

function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new ShacError('ERR_FILE', `${file} cannot be read: ${(cause as Error).message}`, { cause });
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

/**
 * Reads a study back. Trials that were handed out and have no result are WAITING again.
 *
 * @returns a new state, with the space and the options of `given`.
 * @throws ERR_FILE for files that are missing or damaged, ERR_CLASSIFIER_INVALID for a damaged classifier,
 *   ERR_RESTORE_MISMATCH when the space, the objective or the budget is another one, ERR_DATASET_MISMATCH for rows that
 *   do not fit.
 */
export function readStudy<D extends SpaceDefinition>(given: StudyState<D>, dir: string): StudyState<D> {
  const state = new StudyState(given.space, given.options);
  const parameters = readJson(join(dir, PARAMETERS));
  const expected = pyshacConfig(state.space);
  if (!isDeepStrictEqual(parameters, JSON.parse(JSON.stringify(expected)))) {
    throw studyMismatch(join(dir, PARAMETERS), 'search space', parameters, expected);
  }
  const study = existsSync(join(dir, STUDY)) ? (readJson(join(dir, STUDY)) as StudyFile) : undefined;
  if (study !== undefined) checkStudyFile(state, study, join(dir, STUDY));
  readTrials(state, dir, study);
  readClassifiers(state, dir, study);
  if (study !== undefined) {
    state.seed = study.seed;
    state.predictions = study.predictions;
    state.datasetIndex = study.datasetIndex;
    state.batches.push(...study.batches);
  } else {
    // PySHAC's own data: every classifier that is there has used up its share.
    state.datasetIndex = state.classifiers.length * state.options.budget.pointsPerClassifier;
  }
  return state;
}

function readTrials<D extends SpaceDefinition>(state: StudyState<D>, dir: string, study: StudyFile | undefined): void {
  const { space } = state;
  const file = join(dir, DATASET);
  const records = parseDataset(space, read(file).toString('utf8'), file);
  // PySHAC numbers the rows of a file anew; here ids are those of the trials.
  const finished = new Map(records.map((record, row) => [study === undefined ? row : Number(record.id), record]));
  if (finished.size < records.length) throw new ShacError('ERR_FILE', `${file} has two rows with one id`);
  const waiting = new Map(Object.entries(study?.unfinished ?? {}).map(([id, fields]) => [Number(id), fields]));
  const drawn = new Map(Object.entries(study?.drawn ?? {}).map(([id, fields]) => [Number(id), fields]));
  // Results that came after study.json was written: of trials that are unfinished there, or not even handed out.
  for (const id of finished.keys()) waiting.delete(id);
  const last = Math.max(-1, ...finished.keys(), ...waiting.keys());
  for (const [id, fields] of drawn) {
    if (id > last) continue;
    drawn.delete(id);
    if (!finished.has(id)) waiting.set(id, fields);
  }
  const newTrial = (id: number, params: ParamsOf<D>) => ({
    ...state.newTrial(id, space.encode(params), params),
    ...study?.runs[id],
  });
  for (let id = 0; id < finished.size + waiting.size; id++) {
    const record = finished.get(id);
    const fields = waiting.get(id);
    if (record === undefined && fields === undefined) {
      throw new ShacError('ERR_FILE', `${file} has ${finished.size} trials, but none with id ${id}`);
    }
    state.trials.push(newTrial(id, record?.params ?? space.fromText(fields as string[])));
    if (record === undefined) continue;
    const failure = { error: study?.failures[id] ?? `no score in ${file}` };
    state.finish(id, record.value ?? failure, { attempts: study?.runs[id]?.attempts || 1 });
  }
  for (const [id, fields] of [...drawn].reverse()) state.drawn.push(newTrial(id, space.fromText(fields)));
}

function readClassifiers<D extends SpaceDefinition>(
  state: StudyState<D>,
  dir: string,
  study: StudyFile | undefined,
): void {
  const known = study?.classifiers;
  for (let index = 0; known === undefined || index < known.length; index++) {
    const file = join(dir, classifierFile(index));
    if (known === undefined && !existsSync(file)) return;
    const { stage = index, cvAccuracy = null, attempts = 1 } = known?.[index] ?? {};
    try {
      state.addClassifier({ stage, cvAccuracy, attempts, model: new Uint8Array(read(file)) });
    } catch (cause) {
      if ((cause as { code?: string }).code !== 'ERR_CLASSIFIER_INVALID') throw cause;
      throw new ShacError('ERR_CLASSIFIER_INVALID', `${file}: ${(cause as Error).message}`, { cause });
    }
  }
}

function isStudyFile(study: StudyFile): boolean {
  if (typeof study !== 'object' || study?.format !== FORMAT) return false;
  const { budget, failures, unfinished, drawn, runs } = study;
  const objects: unknown[] = [budget, failures, unfinished, drawn, runs];
  return (
    Array.isArray(study.batches) &&
    Array.isArray(study.classifiers) &&
    objects.every((value) => typeof value === 'object' && value !== null) &&
    [study.seed, study.predictions, study.datasetIndex].every((value) => Number.isSafeInteger(value) && value >= 0)
  );
}

function checkStudyFile<D extends SpaceDefinition>(state: StudyState<D>, study: StudyFile, file: string): void {
  if (!isStudyFile(study)) {
    throw new ShacError('ERR_FILE', `${file} is not a study of format ${FORMAT}; a newer shac may have written it`);
  }
  requireSameStudy(completed(study), identityOf(state.space, state.options), file);
}
