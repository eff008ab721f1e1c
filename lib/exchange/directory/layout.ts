import { join } from 'node:path';
import * as v from 'valibot';
import type { StudyIdentity } from '../../study/identity.js';
import { batchSchema, classifierSchema, count, errorSchema, fieldsSchema, runSchema } from '../../study/schemas.js';

/**
 * A study as a directory, in PySHAC's layout:
 *
 * - `datasets/dataset.csv`: id, one column a coordinate, `scores`
 * - `datasets/parameters.json`: the search space
 * - `classifiers/NNN.ubj`: one XGBoost model each, over codes
 * - `study.json`: what PySHAC does not keep, and an exact continuation needs
 */
export const DATASET = join('datasets', 'dataset.csv');
export const PARAMETERS = join('datasets', 'parameters.json');
export const CLASSIFIERS = 'classifiers';
export const STUDY = 'study.json';
export const FORMAT = 1;

/** The content of study.json, for a study with so many trials at the most. */
export function studyFileSchema(totalBudget: number) {
  const id = v.pipe(
    v.string(),
    v.check((text) => /^(0|[1-9]\d*)$/.test(text) && Number(text) < totalBudget, `an id below ${totalBudget}`),
  );
  const listOf = <S extends v.GenericSchema>(item: S) =>
    v.pipe(v.array(v.unknown()), v.maxLength(totalBudget), v.array(item));
  const fields = v.record(id, v.array(v.string()));
  return v.looseObject({
    format: v.literal(FORMAT),
    budget: v.custom<unknown>((value) => typeof value === 'object' && value !== null, 'an object'),
    seed: count,
    predictions: count,
    datasetIndex: v.pipe(count, v.maxValue(totalBudget)),
    batches: listOf(batchSchema),
    classifiers: listOf(classifierSchema),
    /** Why trials failed, by id: the CSV has only an empty score for them. */
    failures: v.record(id, errorSchema),
    /** Trials that were handed out and have no result, by id: fields as in the CSV. */
    unfinished: fields,
    /** Candidates of the newest batch that were not handed out, in the same form. */
    drawn: fields,
    /** Params that were enqueued and are no candidates yet: fields by column. */
    queue: v.exactOptional(listOf(fieldsSchema)),
    /** How each trial, handed out or not, was drawn and evaluated, by id. */
    runs: v.record(id, runSchema),
  });
}

/** The content of study.json; what makes two studies the same one is in it as well. */
export type StudyFile = v.InferOutput<ReturnType<typeof studyFileSchema>> & { studyName: string } & StudyIdentity;

export type Run = v.InferOutput<typeof runSchema>;

export function classifierFile(index: number): string {
  return join(CLASSIFIERS, `${String(index).padStart(3, '0')}.ubj`);
}
