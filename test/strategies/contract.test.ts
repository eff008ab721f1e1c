/** What every strategy promises, tried on all of them, at several moments of a study. */

import { SearchSpace, type StudyEvent } from 'shac';
import { describe, expect, it } from 'vitest';
import { resolveOptions } from '../../dist/api/options.js';
import { strategies } from '../../dist/strategies/registry.js';
import { sample } from '../../dist/strategies/sampling.js';
import type { Strategy, Wanted } from '../../dist/strategies/strategy.js';
import { streamOf } from '../../dist/strategies/streams.js';
import { Study } from '../../dist/study/study.js';
import { listeningStore } from '../support/listening-store.js';
import { loss, type Params, space, study, studyOptions } from '../support/studies.js';

/** The events of a search of 60 trials, whose local phase begins at trial 20. */
async function eventsOfSearch(): Promise<readonly StudyEvent[]> {
  const { storage, events } = listeningStore();
  await study({ storage }).fit(loss);
  return events;
}

/** The study as it was when `finished` trials were told and learned from, and before more were drawn. */
function studyAfter(
  finished: number,
  events: readonly StudyEvent[],
  constraints: readonly ((params: Params) => boolean)[] = [],
): Study<typeof space> {
  const end = events.findIndex((event) => event.type === 'drawn' && firstOf(event, events) === finished);
  const options = resolveOptions({ ...studyOptions(), constraints });
  return new Study(new SearchSpace(space), options, events.slice(0, end < 0 ? events.length : end) as never);
}

function firstOf(drawn: StudyEvent, events: readonly StudyEvent[]): number {
  let first = 0;
  for (const event of events) {
    if (event === drawn) return first;
    if (event.type === 'drawn') first += event.candidates.length;
  }
  return -1;
}

const events = await eventsOfSearch();
/** Moments, and the strategy that has its turn then. */
const MOMENTS = [
  ['random', 0],
  ['random', 10],
  ['cascade', 10],
  ['local', 20],
  ['local', 40],
] as const;
const rare = ({ x, layers }: Params) => Math.abs(x - layers) < 0.5;
/** Both with and without constraints. */
const CASES = MOMENTS.flatMap((moment) => [[...moment, []] as const, [...moment, [rare]] as const]);

describe('the strategies', () => {
  it('are asked in an order in which the last one always has a proposal', async () => {
    expect(strategies().map(({ name }) => name)).toEqual(['local', 'cascade', 'random']);
  });

  it('draw from streams that never meet', () => {
    const firsts = (['batch', 'local', 'rest', 'prediction'] as const).map((name) => streamOf(name, 0));
    const gaps = firsts.slice(1).map((first, i) => first - (firsts[i] as number));
    expect(gaps.every((gap) => gap >= 2 ** 28)).toBe(true);
    expect(streamOf('prediction', 2 ** 30 - 1)).toBeLessThan(2 ** 31); // further parts of streams are above
  });

  it('leave it to the next one when it is not their turn', async () => {
    const first = studyAfter(0, events);
    const wanted = { batch: 0, first: 0, count: 10 };
    const [local, cascade] = strategies() as [Strategy, Strategy];
    expect(await local.propose(first, wanted, { relax: false, threads: 1 })).toBeUndefined();
    expect(await cascade.propose(first, wanted, { relax: false, threads: 1 })).toBeUndefined();
  });
});

describe.each(CASES)('%s, after %i trials, constraints %j', (name, finished, constraints) => {
  const strategy = () => strategies().find((one) => one.name === name) as Strategy;
  const wanted: Wanted = { batch: finished / 10, first: finished, count: 10 };
  const propose = (options = { threads: 1 }) =>
    strategy().propose(studyAfter(finished, events, constraints), wanted, { relax: false, ...options });

  it('proposes so many rows of codes as are wanted, each in the space', async () => {
    const proposal = await propose();
    expect(proposal?.rejections.length).toBe(10);
    const { space: checked } = studyAfter(finished, events, constraints);
    const { codes, offsets } = proposal as NonNullable<typeof proposal>;
    for (let row = 0; row < 10; row++) {
      const at = row * checked.dimensions;
      const params = checked.decode(codes, offsets, at);
      expect(checked.encode(params)).toEqual(codes.slice(at, at + checked.dimensions));
      expect(constraints.every((admits) => admits(params))).toBe(true);
    }
  });

  it('proposes the same from the same study, whatever the number of threads', async () => {
    const [one, again, three] = [await propose(), await propose(), await propose({ threads: 3 })];
    expect(again).toEqual(one);
    expect(three?.codes).toEqual(one?.codes);
    expect(three?.offsets).toEqual(one?.offsets);
  });

  it('alters nothing, and remembers nothing that changes what it proposes next', async () => {
    const before = studyAfter(finished, events, constraints);
    const one = strategy();
    const snapshot = before.snapshot();
    const first = await one.propose(before, wanted, { relax: false, threads: 1 });
    expect(before.snapshot()).toEqual(snapshot);
    expect(await one.propose(before, wanted, { relax: false, threads: 1 })).toEqual(first);
  });

  it('counts the classifiers that reject each', async () => {
    const before = studyAfter(finished, events, constraints);
    const proposal = await propose();
    const expected =
      name === 'random' ? new Uint32Array(10) : before.cascade.rejections(proposal?.codes as Uint16Array);
    expect(proposal?.rejections).toEqual(expected);
  });

  it('stops with the reason of its signal', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    const options = { relax: false, threads: 1, signal };
    await expect(strategy().propose(studyAfter(finished, events, constraints), wanted, options)).rejects.toThrow(
      'enough',
    );
  });
});

it('what is drawn from one stream says nothing of another', async () => {
  const first = studyAfter(0, events);
  const draw = (stream: number) =>
    sample(first, { stream, count: 50, classifiers: 0 }, { relax: false, threads: 1 }).then(({ codes }) => codes);
  expect(await draw(streamOf('batch', 0))).toEqual(await draw(streamOf('batch', 0)));
  expect(await draw(streamOf('batch', 0))).not.toEqual(await draw(streamOf('rest', 0)));
});
