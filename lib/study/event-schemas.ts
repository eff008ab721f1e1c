import * as v from 'valibot';
import { show } from '../errors.js';
import type { StudyEvent } from './events.js';
import { batchSchema, classifierSchema, count, errorSchema, fieldsSchema, memorySchema, parsed } from './schemas.js';

/** Also NaN and infinities: what an objective reports. */
const anyNumber = v.custom<number>((value) => typeof value === 'number', 'a number');
const packedRow = v.looseObject({
  params: v.array(v.string()),
  codes: v.string(),
  active: v.exactOptional(v.string()),
  fixed: v.exactOptional(fieldsSchema),
});
const packedQueue = v.array(fieldsSchema);
const packedClassifier = v.looseObject({ ...classifierSchema.entries, model: v.string() });
const evaluated = { id: count, at: anyNumber, attempts: count, memory: v.exactOptional(memorySchema) };

/** What each event must have. */
const EVENTS: Readonly<Record<StudyEvent['type'], v.GenericSchema>> = {
  created: v.looseObject({ seed: count }),
  restored: v.looseObject({
    snapshot: v.looseObject({
      seed: count,
      predictions: count,
      datasetIndex: count,
      issued: count,
      batches: v.array(batchSchema),
      trials: v.array(packedRow),
      classifiers: v.array(packedClassifier),
      queue: v.exactOptional(packedQueue),
    }),
  }),
  enqueued: v.looseObject({ params: packedQueue }),
  drawn: v.looseObject({ candidates: v.array(packedRow), batch: v.optional(batchSchema) }),
  dropped: v.looseObject({ count }),
  issued: v.looseObject({ count }),
  started: v.looseObject({ id: count, at: anyNumber }),
  requeued: v.looseObject({ ids: v.array(count) }),
  reported: v.looseObject({ id: count, step: anyNumber, value: anyNumber }),
  told: v.looseObject({ ...evaluated, values: v.array(v.pipe(v.number(), v.finite())) }),
  failed: v.looseObject({ ...evaluated, error: errorSchema }),
  trained: v.looseObject({ trials: count, classifier: v.nullable(packedClassifier) }),
  seeded: v.looseObject({ seed: count, predictions: count }),
};

/**
 * Makes sure that a line of JSON is an event, as EventCodec writes it.
 *
 * @throws RangeError that names the place and the value.
 */
export function requireEvent(event: unknown): void {
  const { type } = Object(event) as { type?: unknown };
  if (typeof type !== 'string' || !Object.hasOwn(EVENTS, type)) throw new RangeError(`its type is ${show(type)}`);
  parsed(EVENTS[type as StudyEvent['type']], event);
}
