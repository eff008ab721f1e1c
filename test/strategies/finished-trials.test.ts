/** What a native history is told of a study, bit by bit, is what there is to tell of all its trials. */
import fc from 'fast-check';
import { discrete, integer, SearchSpace, uniform } from 'shac';
import { expect, it } from 'vitest';
import type { NativeRows } from '../../dist/native/addon.js';
import type { LocalHistory } from '../../dist/native/local-history.js';
import { FinishedTrials } from '../../dist/strategies/finished-trials.js';
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

/** All that there is to tell, without remembering anything. */
function anew(trials: readonly TrialRecord<Params>[], sign: number) {
  const finished = trials.filter(({ state }) => state === 'COMPLETE' || state === 'FAIL');
  const open = trials.filter(({ state }) => state === 'RUNNING' || state === 'WAITING');
  return {
    rows: finished.map(({ id, params, values }) => [id, space.places(params), sign * (values?.[0] ?? Number.NaN)]),
    complete: finished.filter(({ state }) => state === 'COMPLETE').length,
    pending: Float64Array.from(open.flatMap(({ params }) => space.places(params))),
  };
}

/** A history that keeps what it is told. */
function recorder() {
  const rows: [number, number[], number][] = [];
  const d = space.dimensions;
  const add = ({ ids, points, values }: NativeRows) => {
    expect(points).toHaveLength(ids.length * d);
    ids.forEach((id, i) => {
      rows.push([id, [...points.subarray(i * d, (i + 1) * d)], values[i] as number]);
    });
  };
  return { history: { add } as unknown as LocalHistory, rows: () => rows.toSorted(([a], [b]) => a - b) };
}

/** A trial begins, one of those that are not finished ends, or somebody looks. */
const step = fc.oneof(
  fc.constant({ type: 'begin' as const }),
  fc.record({ type: fc.constant('end' as const), which: fc.nat(), failed: fc.boolean(), value: fc.integer() }),
  fc.record({ type: fc.constant('look' as const), waits: fc.boolean() }),
);

it.each(['min', 'max'] as const)('whatever ends when, and whoever looks, for %s', async (direction) => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 300 }), async (steps) => {
      const trials: TrialRecord<Params>[] = [];
      const { history, rows } = recorder();
      const finished = new FinishedTrials({ trials, space, direction } as unknown as StudyView<never>, history);
      const look = async (waits: boolean) => {
        if (waits) await finished.catchUp(undefined);
        else finished.update();
        const told = { rows: rows(), complete: finished.complete, pending: finished.pending };
        expect(told).toEqual(anew(trials, direction === 'min' ? 1 : -1));
      };
      for (const one of steps) {
        if (one.type === 'begin') trials.push(trialOf(trials.length, 'RUNNING', 0));
        else if (one.type === 'look') await look(one.waits);
        else {
          const open = trials.filter(({ state }) => state === 'RUNNING');
          const trial = open[one.which % Math.max(1, open.length)];
          if (trial !== undefined) trials[trial.id] = trialOf(trial.id, one.failed ? 'FAIL' : 'COMPLETE', one.value);
        }
      }
      await look(true);
    }),
    { seed: 31, numRuns: 300 },
  );
});

/** A study of many trials, all of them finished, as one is that is gone on with. */
function longStudy() {
  const trials = Array.from({ length: 20_000 }, (_, id) => trialOf(id, 'COMPLETE', id));
  return { trials, space, direction: 'min' } as unknown as StudyView<never>;
}

it('a trial that is never finished does not make it look at the others again', () => {
  let reads = 0;
  const trials = [trialOf(0, 'RUNNING', 0), ...Array.from({ length: 3000 }, (_, i) => trialOf(i + 1, 'COMPLETE', i))];
  const counted = new Proxy(trials, {
    get(target, key) {
      reads++;
      return Reflect.get(target, key);
    },
  });
  const { history, rows } = recorder();
  const finished = new FinishedTrials(
    { trials: counted, space, direction: 'min' } as unknown as StudyView<never>,
    history,
  );
  finished.update();
  reads = 0;
  trials.push(trialOf(3001, 'COMPLETE', 7));
  finished.update();
  expect(reads).toBeLessThan(20);
  expect(rows()).toHaveLength(3001);
});

it('a long study is looked at without keeping the event loop', async () => {
  const { history, rows } = recorder();
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  await new FinishedTrials(longStudy(), history).catchUp(undefined);
  clearInterval(timer);
  expect(rows()).toHaveLength(20_000);
  expect(turns).toBeGreaterThan(1);
});

it('and stops with the reason of a signal', async () => {
  const stop = new AbortController();
  const looking = new FinishedTrials(longStudy(), recorder().history).catchUp(stop.signal);
  stop.abort(new Error('enough'));
  await expect(looking).rejects.toThrow('enough');
});
