/** Rows that grow with a study are those that are made anew of all its trials. */
import fc from 'fast-check';
import { discrete, integer, SearchSpace, uniform } from 'shac';
import { expect, it } from 'vitest';
import { FinishedRows } from '../../dist/strategies/finished-rows.js';
import type { StudyView } from '../../dist/study/study.js';
import type { TrialRecord } from '../../dist/study/trial.js';

const space = new SearchSpace({ x: uniform(-1, 1), n: integer(1, 9), d: discrete(['a', 'b']) });
type Params = { x: number; n: number; d: 'a' | 'b' };
type State = TrialRecord<Params>['state'];

const trialOf = (id: number, state: State, value: number): TrialRecord<Params> =>
  ({
    id,
    state,
    params: { x: Math.sin(id), n: 1 + (id % 9), d: id % 3 === 0 ? 'a' : 'b' },
    values: state === 'COMPLETE' ? [value] : null,
  }) as TrialRecord<Params>;

/** The same, without remembering anything. */
function anew(trials: readonly TrialRecord<Params>[], end: number, localFrom: number, sign: number) {
  const known = trials.slice(0, end);
  const finished = known.filter(({ state }) => state === 'COMPLETE' || state === 'FAIL');
  return {
    points: Float64Array.from(finished.flatMap(({ params }) => space.places(params))),
    values: Float64Array.from(finished, ({ values }) => sign * (values?.[0] ?? Number.NaN)),
    complete: finished.filter(({ state }) => state === 'COMPLETE').length,
    before: finished.filter(({ id }) => id < localFrom).length,
    pending: Float64Array.from(
      known
        .filter(({ state }) => state === 'RUNNING' || state === 'WAITING')
        .flatMap(({ params }) => space.places(params)),
    ),
  };
}

/** A trial begins, one of those that are not finished ends, or somebody looks. */
const step = fc.oneof(
  fc.constant({ type: 'begin' as const }),
  fc.record({ type: fc.constant('end' as const), which: fc.nat(), failed: fc.boolean(), value: fc.integer() }),
  fc.record({ type: fc.constant('look' as const), back: fc.nat({ max: 30 }) }),
);

it.each(['min', 'max'] as const)('whatever ends when, and whoever looks, for %s', (direction) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), fc.nat({ max: 60 }), (steps, localFrom) => {
      const trials: TrialRecord<Params>[] = [];
      const study = { trials, space, direction, settings: { localFrom } };
      const rows = new FinishedRows(study as unknown as StudyView<never>);
      const look = (end: number) => {
        expect(rows.before(end)).toEqual(anew(trials, end, localFrom, direction === 'min' ? 1 : -1));
      };
      for (const one of steps) {
        if (one.type === 'begin') trials.push(trialOf(trials.length, 'RUNNING', 0));
        else if (one.type === 'look') look(Math.max(0, trials.length - one.back));
        else {
          const open = trials.filter(({ state }) => state === 'RUNNING');
          const trial = open[one.which % Math.max(1, open.length)];
          if (trial !== undefined) trials[trial.id] = trialOf(trial.id, one.failed ? 'FAIL' : 'COMPLETE', one.value);
        }
      }
      look(trials.length);
    }),
    { seed: 31, numRuns: 300 },
  );
});
