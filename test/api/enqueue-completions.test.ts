/** What params that are enqueued are completed to: what constraints admit, and with `distinct` what was not tried. */
import fc from 'fast-check';
import { custom, discrete, integer, memory, type ParamsOf, SHAC, type ShacOptions, uniform, when } from 'shac';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../support/studies.js';

const refused = (code: string, message: RegExp) => ({ code, message: expect.stringMatching(message) });
const textsOf = (trials: readonly { readonly params: unknown }[]) => trials.map(({ params }) => JSON.stringify(params));
const different = (trials: readonly { readonly params: unknown }[]) => new Set(textsOf(trials)).size;

describe('with constraints that admit little', () => {
  const box = { a: uniform(0, 1), b: uniform(0, 1), c: uniform(0, 1) };
  const corner = ({ a, b }: ParamsOf<typeof box>) => a < 0.02 && b < 0.01; // 1 in 5,000
  const make = (options: Partial<ShacOptions<typeof box>> = {}) =>
    new SHAC(box, { totalBudget: 10, numBatches: 2, objective: 'min', seed: 1, constraints: [corner], ...options });

  it('what was accepted is evaluated, also by a search that goes on', async () => {
    for (let seed = 0; seed < 8; seed++) {
      const storage = memory();
      const first = make({ seed, storage });
      await first.enqueue([{ c: 0.1 }, { c: 0.2 }]);
      await first.ask(1);
      await first.enqueue([{ c: 0.5 }, { c: 0.6 }]);
      await first.close();
      const second = make({ seed, storage });
      await second.fit(({ c }) => c);
      expect(second.trials.slice(0, 4).map(({ params }) => params.c)).toEqual([0.1, 0.2, 0.5, 0.6]);
      expect(second.trials.every(({ params }) => corner(params))).toBe(true);
      expect(different(second.trials)).toBe(10);
    }
  });

  it('what is accepted while a run draws is evaluated', async () => {
    const search = make();
    const added: Promise<number>[] = [];
    await search.fit(async ({ c }, { trialId }) => {
      if (trialId < 2) added.push(search.enqueue([{ c: 0.25 }, { c: 0.75 }]));
      await Promise.all(added);
      return c;
    });
    expect(await Promise.all(added)).toEqual([2, 2]);
    expect(search.trials.filter(({ fixedParams }) => fixedParams !== undefined)).toHaveLength(4);
    expect(search.trials.every(({ params }) => corner(params))).toBe(true);
  });

  it('what was accepted is evaluated though no other draw is admitted', async () => {
    const line = { a: uniform(0, 1), c: uniform(0, 1) };
    const admitting = (admits: (params: ParamsOf<typeof line>) => boolean, storage = memory()) =>
      new SHAC(line, { totalBudget: 4, numBatches: 1, seed: 7, constraints: [admits], storage });
    const seen: number[] = [];
    await admitting(({ a }) => seen.push(a) === 3000).enqueue({ c: 0.5 });
    const only = ({ a }: ParamsOf<typeof line>) => a === seen[2999];
    const storage = memory();
    const search = admitting(only, storage);
    expect(await search.enqueue({ c: 0.5 })).toBe(1);
    search.setSeed(99);
    await search.close();
    expect((await admitting(only, storage).ask(1))[0]?.params).toEqual({ a: seen[2999], c: 0.5 });
  });

  it('is drawn for in a wide space', async () => {
    const wide = Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`x${i}`, uniform(0, 1)]));
    const constraints = [(params: Record<string, number>) => (params.x0 ?? 1) < 0.05 && (params.x1 ?? 1) < 0.05];
    const search = new SHAC(wide, { totalBudget: 20, numBatches: 2, seed: 1, constraints });
    await search.enqueue({ x2: 0.5 });
    const [trial] = await search.ask(1);
    expect(trial?.params.x2).toBe(0.5);
    expect(constraints[0]?.(trial?.params as Record<string, number>)).toBe(true);
  });

  it('what they do not admit is refused after as many draws as the prior takes, naming what was given alone', async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const refusal = await make()
      .enqueue({ a: 0.5 })
      .catch((error: Error) => error);
    clearInterval(timer);
    expect(refusal).toMatchObject(
      refused(
        'ERR_CONSTRAINT_VIOLATED',
        /^the constraints admit none of 2097152 completions of the params \{ a: 0\.5 \}: /,
      ),
    );
    expect(turns).toBeGreaterThan(50);
  });

  it('of a few completions all are looked at', async () => {
    const tree = { n: integer(1, 1000), kind: discrete(['p', 'q']), m: when('kind', 'p', integer(1, 500)) };
    const constraints = [({ n, m }: ParamsOf<typeof tree>) => m === undefined || (n === 777 && m === 499)];
    const search = new SHAC(tree, { totalBudget: 10, numBatches: 2, seed: 1, constraints });
    await search.enqueue([{ kind: 'p' }, { kind: 'p', n: 777 }]);
    for (const { params } of await search.ask(2)) expect(params).toEqual({ n: 777, kind: 'p', m: 499 });
    await expect(search.enqueue([{ n: 1 }, { kind: 'p', n: 776 }])).rejects.toMatchObject(
      refused('ERR_CONSTRAINT_VIOLATED', /none of \d+ completions of the params \{ n: 776, kind: 'p' \}/),
    );
    const options = { totalBudget: 10, numBatches: 2, constraints };
    expect(() => new SHAC(tree, { ...options, initial: [{ n: 776, kind: 'p' }] })).toThrow(
      expect.objectContaining(refused('ERR_CONSTRAINT_VIOLATED', /none of 500 completions/)),
    );
  });
});

const grid = { a: integer(1, 4), b: integer(1, 3) }; // 12 points
const gridSearch = (options: Partial<ShacOptions<typeof grid>> = {}) =>
  new SHAC(grid, { totalBudget: 30, numBatches: 10, objective: 'min', seed: 1, ...options });
const somePoint = fc.record(
  { a: fc.integer({ min: 1, max: 4 }), b: fc.integer({ min: 1, max: 3 }) },
  { requiredKeys: [] },
);

describe('where nothing is to be repeated', () => {
  it.each(['default', 'distinct'] as const)('is completed to what was not tried (%s)', async (mode) => {
    const search = gridSearch({ distinct: mode === 'distinct', totalBudget: 12, numBatches: 4 });
    await search.enqueue([{ a: 1, b: 2 }]);
    await search.enqueue([{ a: 1 }, { a: 1 }, { b: 3 }, { b: 3 }]);
    await search.enqueue({ a: 2, b: 3 }); // waits behind params that it fits
    await search.fit(({ a }) => a);
    expect(search.trials.slice(0, 6).map(({ fixedParams }) => fixedParams)).toEqual([
      { a: 1, b: 2 },
      { a: 1 },
      { a: 1 },
      { b: 3 },
      { b: 3 },
      { a: 2, b: 3 },
    ]);
    expect(different(search.trials)).toBe(12);
  });

  it('by default what has no other completion is evaluated again', async () => {
    const search = gridSearch();
    expect(
      await search.enqueue([
        { a: 1, b: 1 },
        { a: 1, b: 1 },
      ]),
    ).toBe(2);
    expect(await search.enqueue(Array.from({ length: 5 }, () => ({ a: 1 })))).toBe(5);
    const trials = await search.ask(7);
    expect(different(trials)).toBe(3);
    expect(different(trials.slice(1, 4))).toBe(3);
  });

  it('whatever is accepted with distinct is evaluated, and nothing twice', async () => {
    const calls = fc.array(fc.array(somePoint, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(
        calls,
        fc.nat(100),
        fc.integer({ min: 1, max: 4 }),
        fc.boolean(),
        async (given, seed, asked, skipIfExists) => {
          const storage = memory();
          const search = gridSearch({ distinct: true, seed, storage });
          const accepted: object[] = [];
          for (const params of given) {
            const added = await search.enqueue(params, { skipIfExists }).catch((error: { code: string }) => {
              expect(error.code).toBe('ERR_REPEATED_PARAMS');
              return 0;
            });
            if (!skipIfExists && added > 0) accepted.push(...params);
            for (const {
              id,
              params: { a },
            } of await search.ask(asked))
              await search.tell(id, a);
          }
          await search.close();
          const again = gridSearch({ distinct: true, seed, storage });
          await again.fit(({ a }) => a);
          expect(again.trials).toHaveLength(12);
          expect(different(again.trials)).toBe(12);
          const fixed = again.trials.flatMap(({ fixedParams }) => (fixedParams === undefined ? [] : [fixedParams]));
          if (!skipIfExists) expect(fixed).toEqual(accepted);
          for (const { params, fixedParams } of again.trials) expect(params).toMatchObject(fixedParams ?? {});
        },
      ),
      { seed: 5, numRuns: 60 },
    );
  });

  it.each(['sync', 'async'] as const)('also what is enqueued while a %s run draws', async (batches) => {
    const search = gridSearch({ distinct: true });
    search.setNumParallelEvaluators(3);
    const answers: Promise<unknown>[] = [];
    await search.fit(
      async ({ a, b }) => {
        for (const params of [{ a: 5 - a, b }, { b }]) {
          answers.push(search.enqueue(params).catch(({ code }: { code: string }) => code));
        }
        await new Promise((resolve) => setTimeout(resolve, 2));
        return a;
      },
      { batches },
    );
    for (const answer of await Promise.all(answers)) expect([1, 'ERR_REPEATED_PARAMS']).toContain(answer);
    expect(search.trials).toHaveLength(12);
    expect(different(search.trials)).toBe(12);
  });

  it('what has completions without end is not refused', async () => {
    const space = { x: uniform(0, 1), on: discrete([true, false]) };
    const search = new SHAC(space, { totalBudget: 40, numBatches: 4, seed: 1, distinct: true });
    await search.enqueue([...Array.from({ length: 20 }, () => ({ on: true })), { x: 0.5 }, { x: 0.5 }]);
    await expect(search.enqueue({ x: 0.5 })).rejects.toMatchObject(refused('ERR_REPEATED_PARAMS', /\{ x: 0\.5 \}/));
    const trials = await search.ask(22);
    expect(different(trials)).toBe(22);
    expect(new Set(trials.slice(20).map(({ params }) => params.on)).size).toBe(2);
  });
});

describe('with distinct', () => {
  const wayOut = /skipIfExists: true/;

  it('whole params that were tried, or wait, are refused with all of the call', async () => {
    const search = gridSearch({ distinct: true });
    const [tried] = await search.ask(1);
    const known = tried?.params ?? { a: 1, b: 1 };
    const other = { a: known.a === 1 ? 2 : 1, b: 1 };
    const another = { a: other.a, b: 2 };
    await expect(search.enqueue([other, known])).rejects.toMatchObject(refused('ERR_REPEATED_PARAMS', wayOut));
    await expect(search.enqueue([other, other])).rejects.toMatchObject(refused('ERR_REPEATED_PARAMS', wayOut));
    expect(await search.enqueue(other)).toBe(1);
    await expect(search.enqueue([another, other])).rejects.toMatchObject(
      refused('ERR_REPEATED_PARAMS', new RegExp(`a: ${other.a}, b: 1.*${wayOut.source}`)),
    );
    expect(await search.enqueue([other, known, another, another], { skipIfExists: true })).toBe(1);
    expect((await search.ask(2)).map(({ params }) => params)).toEqual([other, another]);
  });

  it('more than there are completions left are refused', async () => {
    const search = gridSearch({ distinct: true });
    await search.enqueue({ a: 1, b: 1 });
    await expect(search.enqueue(Array.from({ length: 3 }, () => ({ a: 1 })))).rejects.toMatchObject(
      refused('ERR_REPEATED_PARAMS', /^all that the params \{ a: 1 \} can be completed to was tried/),
    );
    expect(await search.enqueue([{ a: 1 }, { a: 1 }])).toBe(2);
    await expect(search.enqueue({ a: 1, b: 2 })).rejects.toMatchObject({ code: 'ERR_REPEATED_PARAMS' }); // one of the two
    await search.fit(({ a }) => a);
    await expect(search.enqueue({ a: 3 })).rejects.toMatchObject(
      refused('ERR_REPEATED_PARAMS', /^all that the params \{ a: 3 \} can be completed to was tried/),
    );
    expect((await search.fit(({ a }) => a)).stopReason).toBe('nothing-to-do');
    expect(await search.ask(5)).toEqual([]);
  });

  it.each([
    [
      [
        { a: 1, b: 1 },
        { a: 1, b: 1 },
      ],
      wayOut,
    ],
    [Array.from({ length: 4 }, () => ({ a: 1 })), /the params \{ a: 1 \}/],
    [[{ a: 1 }, { a: 1 }, { a: 1 }, { a: 1, b: 3 }], /the params \{ a: 1 \}/],
  ])('initial %j is refused when the study is made', (initial, message) => {
    expect(() => gridSearch({ distinct: true, initial })).toThrow(
      expect.objectContaining(refused('ERR_REPEATED_PARAMS', message)),
    );
    expect(() => gridSearch({ initial })).not.toThrow();
  });

  it('fit evaluates what is enqueued after draws found nothing new', async () => {
    const steps = custom({
      name: 'steps',
      decode: (u) => (u < 1e-12 ? 99 : Math.floor(u * 3)),
      encode: (n: number) => (n === 99 ? 0 : (n + 0.5) / 3),
    });
    const search = new SHAC(
      { steps, side: discrete(['l', 'r']) },
      { totalBudget: 40, numBatches: 8, seed: 1, distinct: true, storage: `${temporaryDirectory()}/study.db` },
    );
    expect((await search.fit(({ steps: n }) => n)).stopReason).toBe('space-used-up');
    expect(search.trials).toHaveLength(6);
    for (const batches of ['sync', 'async'] as const) {
      const side = batches === 'sync' ? 'l' : 'r';
      expect(await search.enqueue({ steps: 99, side })).toBe(1);
      expect((await search.fit(({ steps: n }) => n, { batches })).stopReason).toBe('space-used-up');
      expect(search.trials.at(-1)).toMatchObject({ state: 'COMPLETE', params: { steps: 99, side } });
    }
    expect(search.trials).toHaveLength(8);
    search.close();
  });
});
