/** Candidates under constraints: only what all of them admit, exactly as naive rejection would find it. */
import { discrete, integer, type ParamsOf, SHAC, type ShacOptions, uniform, when } from 'shac';
import { describe, expect, it } from 'vitest';
import { contradiction, loss, outcome, type Params, quick, space, study, studyOptions } from '../support/studies.js';

const ordered = ({ x, layers }: Params) => x <= layers;
const smooth = ({ y, act }: Params) => y < 10 || act !== 'relu';
const constraints = [ordered, smooth];
const admits = (params: Params) => ordered(params) && smooth(params);
const constrained = (options: Partial<ShacOptions<typeof space>> = {}) =>
  new SHAC<typeof space>(space, { ...studyOptions(), constraints, ...options });

/** Of each of many values, the place among those of another sample, and the largest distance of the two (Kolmogorov, Smirnov). */
function distance(a: readonly number[], b: readonly number[]): number {
  const all = [
    ...a.map((value) => [value, 1 / a.length] as const),
    ...b.map((value) => [value, -1 / b.length] as const),
  ];
  all.sort(([x], [y]) => x - y);
  let [sum, most] = [0, 0];
  all.forEach(([value, weight], i) => {
    sum += weight;
    if (all[i + 1]?.[0] !== value) most = Math.max(most, Math.abs(sum));
  });
  return most;
}

/** What two samples of one distribution are not apart, but once in a million. */
const bound = (a: number, b: number) => 2.7 * Math.sqrt((a + b) / (a * b));

/** Numbers that tell distributions of params apart: each coordinate, and two that depend on several. */
const MARGINALS: ((params: Params) => number)[] = [
  ({ x }) => x,
  ({ y }) => Math.log(y),
  ({ layers }) => layers,
  ({ act }) => ['relu', 'tanh', null].indexOf(act),
  ({ x, layers }) => x - layers,
  (params) => loss(params),
];

function expectAlike(a: readonly Params[], b: readonly Params[]): void {
  for (const marginal of MARGINALS) {
    expect(distance(a.map(marginal), b.map(marginal))).toBeLessThan(bound(a.length, b.length));
  }
}

describe('the distribution', () => {
  it('of the space is that of naive rejection', async () => {
    const naive = (await study({ seed: 1 }).predict(8000)).filter(admits);
    const drawn = await constrained({ seed: 2 }).predict(4000);
    expect(drawn).toHaveLength(4000);
    expect(drawn.every(admits)).toBe(true);
    expectAlike(drawn, naive);
  });

  it('of what classifiers accept is that of naive rejection, over many calls and blocks', async () => {
    const paper = { preset: 'paper', seed: 3 } as const;
    const rare = [({ x, layers }: Params) => Math.abs(x - layers) < 0.5];
    const search = constrained({ ...paper, constraints: rare });
    await search.fit(loss);
    expect(search.classifiers.length).toBeGreaterThanOrEqual(3);
    const drawn: Params[] = [];
    for (let call = 0; call < 300; call++) drawn.push(...(await search.predict(10)));
    expect(drawn.every((params) => rare[0]?.(params) && search.accepts(params))).toBe(true);
    const prior = await study({ seed: 4 }).predict(400_000);
    expectAlike(
      drawn,
      prior.filter((params) => rare[0]?.(params) && search.accepts(params)),
    );
  });

  it('has no candidate twice, in any call and any block', async () => {
    const search = constrained({ constraints: [({ x }) => x < -4.5] });
    const xs = new Set<number>();
    for (let call = 0; call < 20; call++) for (const { x } of await search.predict(50)) xs.add(x);
    expect(xs.size).toBe(1000);
  });
});

describe.each([
  ['default', {}],
  ['paper', { preset: 'paper' }],
  ['smc', { sampler: 'smc' }],
  ['one at a time', { numBatches: 60 }],
] as const)('a search, %s', (_, options) => {
  it('evaluates what the constraints admit, and nothing else', async () => {
    const search = constrained(options);
    const seen: Params[] = [];
    const history = await search.fit((params) => {
      seen.push(params);
      return loss(params);
    });
    expect(seen).toHaveLength(60);
    expect(seen.every(admits)).toBe(true);
    const shares = history.history.admitted as number[];
    expect(shares).toHaveLength(search.budget.numBatches);
    expect(shares.every((share) => share > 0 && share <= 1)).toBe(true);
    expect((await search.predict(30)).every(admits)).toBe(true);
  });

  it('finds the same with any number of threads', async () => {
    const one = constrained(options);
    one.setNumParallelGenerators(1);
    const four = constrained(options);
    four.setNumParallelGenerators(4);
    await one.fit(loss);
    await four.fit(loss);
    expect(outcome(four.trials)).toEqual(outcome(one.trials));
    expect(await four.predict(40)).toEqual(await one.predict(40));
  });
});

it('async runs, ask and tell obey', async () => {
  const search = constrained();
  search.setNumParallelEvaluators(3);
  await search.fit(loss, { batches: 'async' });
  expect(search.trials.every(({ params }) => admits(params))).toBe(true);
  const asked = constrained();
  for (let trials = await asked.ask(7); trials.length > 0; trials = await asked.ask(7)) {
    for (const { id, params } of trials) await asked.tell(id, loss(params));
  }
  expect(asked.trials).toHaveLength(60);
  expect(asked.trials.every(({ params }) => admits(params))).toBe(true);
});

it('searches of a space without constraints are as they were', async () => {
  const plain = study();
  const none = study({ constraints: [] });
  await plain.fit(loss);
  const history = await none.fit(loss);
  expect(outcome(none.trials)).toEqual(outcome(plain.trials));
  expect(history.history).not.toHaveProperty('admitted');
});

it('the local phase comes near an optimum that a constraint forbids', async () => {
  const sphere = ({ a, b }: { a: number; b: number }) => (a - 0.7) ** 2 + (b - 0.2) ** 2;
  const options = { totalBudget: 100, numBatches: 20, objective: 'min', seed: 5, classifier: quick } as const;
  const search = new SHAC({ a: uniform(0, 1), b: uniform(0, 1) }, { ...options, constraints: [({ a, b }) => a <= b] });
  await search.fit(sphere);
  expect(search.bestTrial?.value).toBeGreaterThanOrEqual(0.125);
  expect(search.bestTrial?.value).toBeLessThan(0.127);
});

it('conditional parameters are absent where they are inactive, also for constraints', async () => {
  const tree = { layers: integer(1, 4), units: when('layers', [3, 4], integer(8, 512)), rate: uniform(0, 1) };
  type Tree = ParamsOf<typeof tree>;
  const fits = ({ layers, units = 8 }: Tree) => layers * units <= 512;
  const options = { totalBudget: 60, numBatches: 6, objective: 'min', seed: 1, classifier: quick } as const;
  const naive = (await new SHAC(tree, options).predict(6000)).filter(fits);
  const search = new SHAC(tree, {
    ...options,
    seed: 2,
    constraints: [({ layers, units = 8 }) => layers * units <= 512],
  });
  const drawn = await search.predict(3000);
  expect(drawn.every((params) => fits(params) && 'units' in params === params.layers > 2)).toBe(true);
  for (const marginal of [({ layers }: Tree) => layers, ({ units = 0 }: Tree) => units]) {
    expect(distance(drawn.map(marginal), naive.map(marginal))).toBeLessThan(bound(drawn.length, naive.length));
  }
  await search.fit(({ layers, units = 50, rate }) => rate + (units - 100) ** 2 / 1e4 - layers);
  expect(search.trials.every(({ params }) => fits(params))).toBe(true);
  expect(search.trials.some(({ params }) => params.layers > 2)).toBe(true);
});

describe('constraints that admit little', () => {
  it('one of ten thousand: a batch is drawn, and its share is estimated', async () => {
    const rare = ({ x, y }: Params) => x < -4.985 && y < 0.026;
    const search = constrained({ constraints: [rare], totalBudget: 40, numBatches: 2 });
    const history = await search.fit(loss);
    expect(search.trials.every(({ params }) => rare(params))).toBe(true);
    expect(history.history.admitted?.[0]).toBeGreaterThan(0.00005);
    expect(history.history.admitted?.[0]).toBeLessThan(0.0002);
  });

  it('a finite space of which there is one admitted point', async () => {
    const grid = { a: integer(1, 50), b: discrete(['p', 'q']) };
    const only = ({ a, b }: ParamsOf<typeof grid>) => a === 17 && b === 'q';
    const search = new SHAC(grid, { totalBudget: 30, numBatches: 6, seed: 1, classifier: quick, constraints: [only] });
    await search.fit(({ a }) => a);
    expect(search.trials.map(({ params }) => params)).toEqual(Array.from({ length: 30 }, () => ({ a: 17, b: 'q' })));
  });

  it('nothing is a typed error, before any evaluation', async () => {
    let asked = 0;
    const nothing = () => {
      asked++;
      return false;
    };
    const search = constrained({ constraints: [nothing] });
    let evaluated = 0;
    const error = await search.fit(() => evaluated++).catch((reason) => reason);
    expect(error).toMatchObject({ name: 'ShacRangeError', code: 'ERR_EMPTY_SPACE' });
    expect(error.message).toContain(`none of ${asked} draws from the search space`);
    expect(error.message).toMatch(
      /with 95 % confidence less than a share of 0\.0000014 of it\. Loosen the constraints/,
    );
    expect({ evaluated, trials: search.trials.length }).toEqual({ evaluated: 0, trials: 0 });
  });

  it('stops by its signal, and lets others have their turn', async () => {
    const controller = new AbortController();
    let turns = 0;
    const turn = () => {
      turns++;
      if (turns === 5) controller.abort(new Error('enough'));
      else setImmediate(turn);
    };
    setImmediate(turn);
    const search = constrained({ constraints: [() => false] });
    await expect(search.predict(1, { signal: controller.signal })).rejects.toThrow('enough');
  });
});

describe('constraints and classifiers that leave nothing together', () => {
  /** Classifiers want x below 0, the constraints want it above 5. */
  async function opposed(options: Partial<ShacOptions<typeof space>>) {
    const search = constrained({ constraints: [({ x }) => x > 5], ...options });
    const row = (x: number, i: number): Params => ({ x, y: 1 + i / 10, layers: 1 + (i % 8), act: 'relu' });
    const rows = Array.from({ length: 20 }, (_, i) => ({
      params: row(-5 + (i * 15) / 20, i),
      value: i < 7 ? i / 100 : 1 + i,
    }));
    await search.fitDataset(rows, { presort: false, skipCvChecks: true });
    expect(search.classifiers.length).toBeGreaterThan(0);
    return search;
  }
  const paper = { preset: 'paper', totalBudget: 40, numBatches: 2 } as const;

  it('end a search of the paper, unless classifiers may be overruled', async () => {
    const search = await opposed(paper);
    const error = await search.fit(loss).catch((reason) => reason);
    expect(error).toMatchObject({ code: 'ERR_EMPTY_REGION' });
    expect(error.message).toMatch(
      /none of \d+ draws that the classifiers \(1\) accept.*relaxChecks.*loosen the constraints/,
    );
    await search.fit(loss, { relaxChecks: true });
    const drawn = search.trials.slice(20);
    expect(drawn.map(({ params }) => params.x > 5)).toEqual(Array.from({ length: 20 }, () => true));
    expect(drawn.every(({ rejections }) => rejections === 1)).toBe(true);
  });

  it('do not end a search of the default preset', async () => {
    const search = await opposed({ totalBudget: 80, numBatches: 4 });
    await search.fit(loss);
    const drawn = search.trials.slice(20);
    expect(drawn).toHaveLength(60);
    expect(drawn.every(({ params }) => params.x > 5)).toBe(true);
  });

  it('few classifiers are overruled, not all', async () => {
    const plain = await contradiction({}, 2);
    const search = constrained({
      preset: 'paper',
      totalBudget: 100,
      numBatches: 5,
      constraints: [({ layers }) => layers > 2],
    });
    const rows = plain.trials.map(({ params, value }) => ({ params, value: value as number }));
    await search.fitDataset(rows, { presort: false, skipCvChecks: true });
    const drawn = await search.predict(20, { relaxChecks: true });
    expect(drawn.every(({ layers, x }) => layers > 2 && (x < 0 || x > 4.5))).toBe(true);
  });
});
