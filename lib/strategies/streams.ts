/**
 * The streams of a seed, by what they are for. Each is a range of numbers for the native generator, which makes of
 * (seed, number) random numbers that are independent of those of any other number. No number is used twice in a study.
 *
 * - `batch`: n is the batch. At most 2^28 of them.
 * - `local`: candidates that the local phase explores with, and where its steps go; n counts the drawings before.
 * - `rest`: what is left of a batch that an 'async' run or a data set began; n counts the drawings before.
 * - `prediction`: n counts the calls of `predict` since the seed was set.
 * - `distinct`: candidates in the place of repeats; n is 64 times the drawings before, and a round. At most 2^28 of them.
 * - `enqueued`: what params lack that were enqueued; n is the id of their trial. The last one says, of the seed that the
 *   study was begun with, whether there is anything that they can be completed to: so it is used again where others gave nothing.
 *
 * Each of them has further parts, for drawings that go on until there is enough: `part` of `SampleOptions`.
 */
const FIRST = {
  batch: 0,
  local: 2 ** 28,
  rest: 2 ** 29,
  prediction: 2 ** 30,
  distinct: 6 * 2 ** 28,
  enqueued: 7 * 2 ** 28,
} as const;

export function streamOf(name: keyof typeof FIRST, n: number): number {
  return FIRST[name] + n;
}

export const COMPLETABLE_STREAM = streamOf('enqueued', 2 ** 28 - 1);

/** Predictions begin again after so many. */
export const PREDICTION_STREAMS = 2 ** 29;
