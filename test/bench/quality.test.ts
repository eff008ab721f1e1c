import fc from 'fast-check';
import { SearchSpace } from 'shac';
import { describe, expect, it } from 'vitest';

/** Modules of the benchmark, which have no types. */
const load = (name: string) => import(new URL(`../../bench/quality/${name}.mjs`, import.meta.url).href);
const { syntheticProblems } = await load('problems');
const { drawParams, gaussian, randomFor } = await load('random');
const { Search } = await load('search');
const { meanRanks, summary, valueAt } = await load('score');

/** How far a value may be from a published optimum: those have six digits. */
const near = (optimum: number) => 1e-5 * Math.max(1, Math.abs(optimum));

describe('problems of the benchmark quality', () => {
  it('come in pairs of one kind, one in each half, with names of their own', () => {
    for (let i = 0; i < syntheticProblems.length; i += 2) {
      const [first, second] = syntheticProblems.slice(i, i + 2);
      expect([first.half, second.half, second.kind]).toEqual(['tuning', 'test', first.kind]);
    }
    expect(new Set(syntheticProblems.map(({ name }: { name: string }) => name)).size).toBe(syntheticProblems.length);
  });

  for (const { name, space, at, best, exact, evaluate, optimum } of syntheticProblems) {
    it(`${name} has its published optimum, and nothing below it`, () => {
      if (best) expect(best()).toBeCloseTo(optimum, 12);
      else expect(Math.abs(exact(at) - optimum)).toBeLessThan(near(optimum));
      const description = new SearchSpace(space).describe();
      fc.assert(
        fc.property(fc.string(), (seed) => {
          const random = randomFor(seed);
          const params = drawParams(description, random);
          new SearchSpace(space).encode(params);
          expect(exact(params)).toBeGreaterThan(optimum - near(optimum));
          expect(exact(params)).toBe(exact(params));
          expect(Number.isFinite(evaluate(params, random))).toBe(true);
        }),
        { numRuns: 300 },
      );
    });
  }

  it('that are noisy are right on average', () => {
    for (const problem of syntheticProblems.filter((p: { kind: string }) => p.kind === 'noise')) {
      const random = randomFor(problem.name);
      const errors = Array.from({ length: 4000 }, () => problem.evaluate(problem.at, random) - problem.optimum);
      const mean = errors.reduce((total, error) => total + error, 0) / errors.length;
      const deviation = Math.sqrt(errors.reduce((total, error) => total + error ** 2, 0) / errors.length);
      expect(deviation).toBeGreaterThan(0);
      expect(Math.abs(mean)).toBeLessThan((5 * deviation) / Math.sqrt(errors.length));
    }
  });
});

describe('scores of the benchmark quality', () => {
  it('follow the trial with the best observed value, and are of its value without noise', async () => {
    const values = [3, 1, 2, 5];
    const seen = [2, 4, 1, 9];
    const problem = { name: 'given', evaluate: (i: number) => seen[i], exact: (i: number) => values[i] };
    const search = new Search(problem, 'run');
    for (const i of values.keys()) await search.evaluate(i);
    expect([1, 2, 3, 4].map((n) => valueAt(search, n))).toEqual([3, 3, 2, 2]);
    expect(search.best).toBe(1);
  });

  it('take an evaluation that fails as the worst so far', async () => {
    const evaluate = async (value: number) => {
      if (value < 0) throw new Error('diverged');
      return value;
    };
    const search = new Search({ name: 'given', evaluate, exact: evaluate }, 'run');
    const told = [];
    for (const value of [4, 7, -1, 5]) told.push(await search.evaluate(value));
    expect(told).toEqual([4, 7, 7, 5]);
    expect(search.curve).toEqual([[1, 4]]);
  });

  it('have mean ranks that are those of the means when there is one run each, and always the same sum', () => {
    const problem = { name: 'given' };
    const rows = fc.array(fc.array(fc.double({ min: 0, max: 2, noNaN: true }), { minLength: 1, maxLength: 5 }), {
      minLength: 2,
      maxLength: 6,
    });
    fc.assert(
      fc.property(rows, (runs) => {
        const ranks: number[] = meanRanks(runs.map((values) => ({ columns: [{ problem, values }] })));
        const sum = ranks.reduce((total, rank) => total + rank, 0);
        expect(sum).toBeCloseTo((runs.length * (runs.length + 1)) / 2, 9);
      }),
    );
    const single = (value: number) => ({ columns: [{ problem, values: [value] }] });
    expect(meanRanks([single(3), single(1), single(1)])).toEqual([3, 1.5, 1.5]);
  });

  it('average problems, and count collapses and failures', () => {
    const column = (name: string, values: number[], errors = 0) => ({ problem: { name }, values, errors, ms: [1] });
    const all = summary({ columns: [column('a', [0, 1]), column('b', [2, 4], 1)] });
    expect(all).toMatchObject({ score: 1.75, collapses: 2, errors: 1, runs: 5, worst: { score: 3, name: 'b' } });
    expect(all.error).toBeCloseTo(Math.sqrt(0.25 + 1) / 2, 12);
  });

  it('rest on normal noise', () => {
    const random = randomFor('normal');
    const draws: number[] = Array.from({ length: 20_000 }, () => gaussian(random));
    const share = draws.filter((value) => value < 1).length / draws.length;
    expect(share).toBeCloseTo(0.8413, 1);
  });
});
