/** A study is the sequence of its events: who applies them again, from memory or from text, has the same study. */
import fc from 'fast-check';
import {
  custom,
  discrete,
  EventCodec,
  integer,
  memory,
  multi,
  normal,
  SearchSpace,
  SHAC,
  type Store,
  type StudyEvent,
  uniform,
} from 'shac';
import { describe, expect, it } from 'vitest';
import { listeningStore } from '../support/listening-store.js';
import { findings, loss, outcome, space, study } from '../support/studies.js';

/** A store that has these events already. */
function holding(events: readonly StudyEvent[]): Store {
  const inner = memory();
  return Object.assign(Object.create(inner) as Store, {
    openStudy(...[key]: Parameters<Store['openStudy']>) {
      const log = inner.openStudy(key);
      log.acquire();
      log.append(events as never, 0, undefined as never);
      log.release(false);
      return log;
    },
  });
}

describe('the events of a search', () => {
  it.each([
    ['sync', {}],
    ['async', {}],
    ['sync', { local: false }],
  ] as const)('make the same study again, in %s batches, %j', async (batches, options) => {
    const { storage, events } = listeningStore();
    const search = study({ storage, ...options });
    search.setNumParallelEvaluators(3);
    await search.enqueue([{ x: 1 }, { layers: 2, act: null }]);
    await search.fit(
      (params, { trialId, report }) => {
        report(trialId);
        if (trialId % 9 === 4) throw new Error('no luck');
        return loss(params);
      },
      { batches },
    );
    await search.predict(2);
    await search.ask(1); // none is left, but what predict did is stored
    const again = study({ storage: holding(events), ...options });
    expect(again.trials).toEqual(search.trials);
    expect(await findings(again)).toEqual(await findings(search));
    const types = new Set(events.map(({ type }) => type));
    for (const type of [
      'created',
      'enqueued',
      'drawn',
      'issued',
      'started',
      'reported',
      'told',
      'failed',
      'trained',
      'seeded',
    ]) {
      expect(types).toContain(type);
    }
  });

  it('are the same after a way through text', async () => {
    const { storage, events } = listeningStore();
    const search = study({ storage, initial: [{ x: 1 }, { act: null }] });
    await search.fit(loss);
    const codec = new EventCodec(new SearchSpace(space));
    const read = events.map((event) => codec.decode(codec.encode(event as never)) as StudyEvent);
    expect(read).toEqual(events);
    const again = study({ storage: holding(read) });
    expect(outcome(again.trials)).toEqual(outcome(study({ storage: holding(events) }).trials));
  });
});

describe('a codec', () => {
  const everything = {
    u: uniform(-5, 10),
    lr: uniform(1e-8, 1, { log: true }),
    n: normal(-1, 3),
    i: integer(-3, 2 ** 40),
    d: discrete(['1', 1, true, 'true', null, 'null', 0.1, '', -3, 'a\n"b']),
    w: multi(uniform(0, 1), 3),
    c: custom({ name: 'size', decode: (u) => ({ size: Math.floor(u * 4) }), encode: ({ size }) => (size + 0.5) / 4 }),
  };
  const codec = new EventCodec(new SearchSpace(everything));

  it('keeps candidates of every kind of parameter', async () => {
    const { storage, events } = listeningStore();
    const options = { totalBudget: 300, numBatches: 3, objective: 'min', seed: 7, storage } as const;
    const search = new SHAC(everything, options);
    await search.enqueue([{ u: 1 / 3, w: [0, 0.5, 1] }, { c: { size: 2 } }, { d: null, i: 2 ** 40 }, {}]);
    await search.fit(({ u }) => u);
    for (const event of events) expect(codec.decode(codec.encode(event as never))).toEqual(event);
  });

  it('keeps every number of a report', () => {
    fc.assert(
      fc.property(fc.double(), fc.double(), fc.nat(), (value, step, id) => {
        const event = { type: 'reported', id, step, value } as const;
        expect(codec.decode(codec.encode(event))).toEqual(event);
      }),
      {
        seed: 9,
        examples: [
          [-0, -0, 0],
          [Number.NaN, 1, 1],
          [Number.NEGATIVE_INFINITY, 0, 2],
        ],
      },
    );
  });

  it.each([
    '',
    '{',
    'null',
    '7',
    '{"type":"unheard-of"}',
    '{"type":"drawn","candidates":[{"params":["x"],"codes":""}]}',
    '{"type":"seeded"}',
    '{"type":"told","id":-1,"at":0,"attempts":1,"values":[1]}',
    '{"type":"told","id":1,"at":0,"attempts":1,"values":["1"]}',
    '{"type":"issued","count":1.5}',
    '{"type":"constructor"}',
  ])('refuses the line %j', (line) => {
    expect(() => codec.decode(line)).toThrow(
      expect.objectContaining({ code: 'ERR_STORAGE', message: expect.stringContaining('is no event of this study') }),
    );
  });
});

it.each([
  ['told', { type: 'told', id: 99, at: 0, attempts: 1, values: [1] }],
  ['started', { type: 'started', id: 99, at: 0 }],
  ['requeued', { type: 'requeued', ids: [99] }],
  ['issued', { type: 'issued', count: 5000 }],
] as const)('a store whose events do not fit together is refused: %s', (type, event) => {
  const { storage, events } = listeningStore();
  study({ storage });
  const broken = [{ type: 'created', seed: 1 }, ...events, event] as StudyEvent[];
  expect(() => study({ storage: holding(broken) })).toThrow(
    expect.objectContaining({ code: 'ERR_STORAGE', message: expect.stringContaining(`"${type}"`) }),
  );
});
