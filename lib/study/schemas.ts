import * as v from 'valibot';
import { show } from '../errors.js';

/**
 * What is read of studies from files, tables and lines of JSON, which anybody may have written. What a schema does not
 * name is left out of what it gives.
 */
export const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const atLeastZero = v.pipe(v.number(), v.finite(), v.minValue(0));

/** {@link BatchRecord}. */
export const batchSchema = v.object({
  stage: count,
  classifiers: count,
  count,
  draws: atLeastZero,
  acceptance: atLeastZero,
  liveMass: atLeastZero,
  admitted: v.optional(atLeastZero),
  usedUp: v.optional(v.boolean()),
  samplingTime: atLeastZero,
});

/** {@link ClassifierRecord}, without its model. */
export const classifierSchema = v.object({
  stage: count,
  cvAccuracy: v.nullable(atLeastZero),
  acceptance: v.optional(atLeastZero),
  attempts: count,
});

/** {@link TrialError}. */
export const errorSchema = v.object({
  name: v.string(),
  message: v.string(),
  stack: v.exactOptional(v.string()),
  code: v.exactOptional(v.string()),
});

/** {@link TrialMemory}. */
export const memorySchema = v.object({
  leakedTensors: v.exactOptional(count),
  peakBytes: v.exactOptional(count),
  peakDeviceBytes: v.exactOptional(count),
});

/** Enqueued params: fields as in a CSV row, by column. */
export const fieldsSchema = v.record(v.string(), v.string());

/** How a trial was drawn and evaluated. */
export const runSchema = v.object({
  attempts: count,
  rejections: count,
  fixed: v.exactOptional(fieldsSchema),
  workerId: v.exactOptional(count),
  duration: v.exactOptional(atLeastZero),
  startedAt: v.exactOptional(atLeastZero),
  endedAt: v.exactOptional(atLeastZero),
  memory: v.exactOptional(memorySchema),
});

/**
 * The value, as the schema has it.
 *
 * @throws RangeError that names the place and the value.
 */
export function parsed<S extends v.GenericSchema>(schema: S, value: unknown): v.InferOutput<S> {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new RangeError(
    `${v.getDotPath(issue) ?? 'it'} is ${show(issue.input)}, expected ${issue.expected ?? issue.type}`,
  );
}
