import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { choice, discrete, integer, SearchSpace, uniform, when } from 'shac';
import { afterAll, describe, expect, it } from 'vitest';

/** Modules of the benchmark, which have no types. */
const load = (name: string) => import(new URL(`../../bench/quality/${name}.mjs`, import.meta.url).href);
const { Cache } = await load('cache');
const { coordinatesOf, isActive, isConditional } = await load('coordinates');
const { jobsOf } = await load('jobs');
const { METHODS } = await load('methods');
const { syntheticProblems } = await load('problems');
const { drawParams, gaussian, randomFor } = await load('random');
const { realProblems } = await load('real');
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
      fc.assert(
        fc.property(fc.string(), (seed) => {
          const random = randomFor(seed);
          const params = drawParams(space, random);
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

describe('problems with conditions of the benchmark quality', () => {
  const conditional = syntheticProblems.filter(({ space }: { space: object }) => isConditional(space));
  const half = (name: string) => conditional.filter((problem: { half: string }) => problem.half === name);

  it('are four in each half, whose spaces differ', () => {
    expect([half('tuning').length, half('test').length]).toEqual([4, 4]);
    for (const first of half('tuning')) {
      for (const second of half('test')) expect(first.space).not.toEqual(second.space);
    }
  });

  it('have values in several branches, none of which is below the optimum', () => {
    for (const { name, space, exact, optimum } of conditional) {
      const random = randomFor(`branches of ${name}`);
      const shapes = new Map<string, number>();
      for (let i = 0; i < 2000; i++) {
        const params = drawParams(space, random);
        const shape = JSON.stringify(new SearchSpace(space).valuesOf(params).map((value) => value === undefined));
        const value = exact(params);
        expect(Number.isFinite(value)).toBe(true);
        shapes.set(shape, Math.min(value, shapes.get(shape) ?? Infinity));
      }
      expect(shapes.size).toBeGreaterThan(1);
      expect(Math.min(...shapes.values())).toBeGreaterThanOrEqual(optimum);
    }
  });

  it('keep their values without conditions, where these were added to a problem', () => {
    const of = (name: string) => syntheticProblems.find((problem: { name: string }) => problem.name === name);
    const random = randomFor('without conditions');
    for (let i = 0; i < 300; i++) {
      const trainer = drawParams(of('Trainer').space, random);
      const model = drawParams(of('Model choice').space, random);
      const kept = (space: object, given: Record<string, unknown>) => {
        const { coordinates } = coordinatesOf(space);
        const params: Record<string, unknown> = {};
        for (const coordinate of coordinates) {
          if (isActive(coordinate, params)) params[coordinate.column] = given[coordinate.column];
        }
        return params;
      };
      const tree = of('Trainer, conditional');
      expect(tree.exact(kept(tree.space, trainer))).toBe(of('Trainer').exact(trainer));
      const branches = of('Model choice, conditional');
      const { model: kind, ...own } = model;
      expect(branches.exact({ model: { kind, ...own } })).toBe(of('Model choice').exact(model));
    }
  });

  it('are drawn as a tree: whatever is active has its own distribution', () => {
    const space = {
      slope: when('steep', true, uniform(0, 1)), // before its parent
      steep: when('kind', ['b', 'c'], discrete([false, true])),
      kind: discrete(['a', 'b', 'c']),
      head: choice({ none: {}, some: { width: integer(1, 3), deep: when('width', (n) => n > 1, uniform(-1, 0)) } }),
    };
    const random = randomFor('tree');
    const drawn = Array.from({ length: 6000 }, () => drawParams(space, random));
    const share = (holds: (params: (typeof drawn)[number]) => boolean) => drawn.filter(holds).length / drawn.length;
    for (const params of drawn) new SearchSpace(space).encode(params); // exactly the active ones
    expect(share((params) => 'steep' in params)).toBeCloseTo(2 / 3, 1);
    expect(share((params) => 'slope' in params)).toBeCloseTo(1 / 3, 1);
    expect(share((params) => params.slope < 0.5)).toBeCloseTo(1 / 6, 1);
    expect(share(({ head }) => head.kind === 'some' && head.deep < -0.5)).toBeCloseTo(1 / 6, 1);
  });

  it('have a real one that needs nothing installed, with other files in each half and one value for the same settings', async () => {
    const codecs = (await realProblems({ quick: true })).filter(({ space }: { space: object }) => isConditional(space));
    expect(codecs.map((problem: { half: string }) => problem.half)).toEqual(['tuning', 'test']);
    const random = randomFor('codecs');
    for (let i = 0; i < 12; i++) {
      const params = drawParams(codecs[0].space, random);
      const values = codecs.map((problem: { evaluate: (params: object) => number }) => problem.evaluate(params));
      expect(values.every((value: number) => Number.isFinite(value) && value > 0)).toBe(true);
      expect(values[0]).not.toBe(values[1]);
      expect(codecs.map((problem: { evaluate: (params: object) => number }) => problem.evaluate(params))).toEqual(
        values,
      );
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

describe('runs of the benchmark quality', () => {
  const folder = mkdtempSync(join(tmpdir(), 'shac-quality-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const [problem, other] = syntheticProblems;
  const method = (name: string) => METHODS.find((of: { name: string }) => of.name === name);
  const run = { curve: [[1, 2]], best: 2, ms: 1 };

  it('are found again, by another process too, and after one that was killed while it wrote', () => {
    const file = join(folder, 'runs.jsonl');
    const peer = { method: method('tpe'), problem, budget: 100, batch: 1, seed: 3 };
    const own = { ...peer, method: method('shac') };
    const cache = new Cache(file);
    cache.add(peer, run);
    cache.add(own, run);
    appendFileSync(file, '{"key":"torn');
    new Cache(file).add({ ...peer, seed: 5 }, run);
    expect(new Cache(file).find({ ...peer, seed: 5 })).toBeDefined();
    for (const seen of [cache, new Cache(file)]) {
      expect(seen.find(peer)).toEqual({ budget: 100, ...run });
      expect(seen.find({ ...peer, budget: 50 })).toBeDefined(); // a prefix
      expect(seen.find({ ...peer, budget: 101 })).toBeUndefined();
      expect(seen.find(own)).toBeDefined();
      expect(seen.find({ ...own, budget: 50 })).toBeUndefined(); // SHAC plans for its budget
      const planned = { ...own, method: method('smac') };
      seen.add(planned, run);
      expect(seen.find(planned)).toBeDefined();
      expect(seen.find({ ...planned, budget: 50 })).toBeUndefined(); // so does SMAC3, a peer
      for (const change of [{ batch: 20 }, { seed: 4 }, { problem: other }, { method: method('gp') }]) {
        expect(seen.find({ ...peer, ...change })).toBeUndefined();
      }
    }
  });

  it('are planned within the limits of dear methods and problems, and once for all budgets where that will do', () => {
    const real = { name: 'real', most: { budget: 100, seeds: 1 } };
    const plan = {
      methods: ['random', 'shac', 'gp'].map(method),
      problems: [problem, real],
      budgets: [50, 100, 400],
      batches: [1, 20],
      seeds: 2,
    };
    const jobs = (limits: object) =>
      jobsOf({ ...plan, limits }).map(
        (job: { method: { name: string }; problem: { name: string }; budget: number; batch: number; seed: number }) =>
          `${job.method.name}, ${job.problem.name}: ${job.budget} by ${job.batch}, ${job.seed}`,
      );
    const limited: string[] = jobs({ ofMethods: 'most', ofProblems: 'most' });
    expect(limited.filter((job) => job.startsWith('gp, real'))).toEqual([
      'gp, real: 100 by 1, 0',
      'gp, real: 100 by 20, 0',
    ]);
    expect(limited.filter((job) => job.startsWith('gp, Branin'))).toHaveLength(4);
    expect(limited.filter((job) => job.startsWith('shac, Branin')).sort()).toEqual(
      ['100 by 1', '100 by 20', '400 by 1', '400 by 20', '50 by 1']
        .flatMap((size) => [0, 1].map((seed) => `shac, Branin: ${size}, ${seed}`))
        .sort(),
    );
    expect(limited.filter((job) => job.startsWith('random, Branin'))).toHaveLength(8);
    expect(limited).toContain('random, Branin: 800 by 1, 7');
    expect(limited).toContain('random, real: 200 by 1, 3');
    expect(limited).not.toContain('random, real: 200 by 1, 4');
    expect(jobs({})).toContain('gp, real: 400 by 1, 1');
    const tree = syntheticProblems.find(({ space }: { space: object }) => isConditional(space));
    const ofGroups = jobsOf({ ...plan, methods: [method('tpe group')], problems: [problem, tree], limits: {} });
    expect(new Set(ofGroups.map((job: { problem: object }) => job.problem))).toEqual(new Set([tree])); // else it is `tpe`
  });
});
