import {
  defineStudy,
  discrete,
  type FitOptions,
  integer,
  multi,
  normal,
  SHAC,
  ShacError,
  type ShacErrorCode,
  type ShacOptions,
  type SpaceDefinition,
  uniform,
} from 'shac';
import { describe, expect, it } from 'vitest';
import { loss, study } from '../support/studies.js';

type Kind = typeof TypeError | typeof RangeError | typeof ShacError;
/** What is done, what the message shows of it, and the error. */
type Case = [action: () => unknown, shown: string | RegExp, kind: Kind, code: ShacErrorCode];

const any = (value: unknown) => value as never;
const x = { x: uniform(0, 1) };
const create = (options: unknown, space: unknown = x) => new SHAC(space as SpaceDefinition, options as ShacOptions);
const budget = (totalBudget: unknown, numBatches: unknown) => create({ totalBudget, numBatches });
const option = (options: object) => create({ totalBudget: 4, numBatches: 2, ...options });

async function failureOf(action: () => unknown): Promise<unknown> {
  try {
    await action();
  } catch (error) {
    return error;
  }
  return undefined;
}

function refuses(cases: readonly Case[]) {
  it.each(cases)('%s', async (action, shown, kind, code) => {
    const error = await failureOf(action);
    expect(error).toBeInstanceOf(kind);
    expect(error).toMatchObject({ code });
    expect((error as Error).message).toMatch(shown);
  });
}

describe('a space is refused', () => {
  refuses([
    [() => create({ totalBudget: 4, numBatches: 2 }, {}), 'is empty', TypeError, 'ERR_INVALID_SPACE'],
    [() => create({ totalBudget: 4, numBatches: 2 }, null), 'null', TypeError, 'ERR_INVALID_SPACE'],
    [() => create({ totalBudget: 4, numBatches: 2 }, [uniform(0, 1)]), /not \[/, TypeError, 'ERR_INVALID_SPACE'],
    [() => create({ totalBudget: 4, numBatches: 2 }, { x: 5 }), /"x" is 5/, TypeError, 'ERR_INVALID_SPACE'],
    [() => create({ totalBudget: 4, numBatches: 2 }, { '': uniform(0, 1) }), '""', TypeError, 'ERR_INVALID_SPACE'],
    [() => uniform(1, 1), 'uniform(1, 1)', RangeError, 'ERR_INVALID_PARAMETER'],
    [() => uniform(7, -2), 'uniform(7, -2)', RangeError, 'ERR_INVALID_PARAMETER'],
    [() => uniform(0, 1, { log: true }), 'not 0', RangeError, 'ERR_INVALID_PARAMETER'],
    [() => uniform(-3, 1, { log: true }), 'not -3', RangeError, 'ERR_INVALID_PARAMETER'],
    [() => uniform(Number.NaN, 1), 'NaN', RangeError, 'ERR_INVALID_PARAMETER'],
    [() => uniform(0, Number.NaN), 'NaN', RangeError, 'ERR_INVALID_PARAMETER'],
    [() => uniform(0, Number.POSITIVE_INFINITY), 'Infinity', RangeError, 'ERR_INVALID_PARAMETER'],
    [() => uniform(any('0'), 1), '"0"', TypeError, 'ERR_INVALID_PARAMETER'],
    [() => uniform(0, 1, any({ logs: true })), '"logs"', TypeError, 'ERR_UNKNOWN_OPTION'],
    [() => integer(5, 5), 'integer(5, 5)', RangeError, 'ERR_INVALID_PARAMETER'],
    [() => integer(0.5, 5), '0.5', RangeError, 'ERR_INVALID_PARAMETER'],
    [() => integer(-1, 5, { log: true }), 'not -1', RangeError, 'ERR_INVALID_PARAMETER'],
    [() => normal(0, 0), 'normal(0, 0)', RangeError, 'ERR_INVALID_PARAMETER'],
    [() => normal(Number.NaN, 1), 'NaN', RangeError, 'ERR_INVALID_PARAMETER'],
    [() => discrete([]), 'at least one value', RangeError, 'ERR_INVALID_PARAMETER'],
    [() => discrete(['a', 'b', 'a']), '"a"', RangeError, 'ERR_INVALID_PARAMETER'],
    [() => discrete([Number.NaN]), 'NaN', RangeError, 'ERR_INVALID_PARAMETER'],
    [() => multi(uniform(0, 1), 0), 'multi(…, 0)', RangeError, 'ERR_INVALID_PARAMETER'],
    [() => multi(uniform(0, 1), -4), '-4', RangeError, 'ERR_INVALID_PARAMETER'],
    [() => multi(uniform(0, 1), 2.5), '2.5', RangeError, 'ERR_INVALID_PARAMETER'],
    [() => multi(any(5), 2), '5', TypeError, 'ERR_INVALID_PARAMETER'],
  ]);
});

describe('a budget is refused', () => {
  refuses([
    [() => budget(0, 1), 'got 0', RangeError, 'ERR_INVALID_BUDGET'],
    [() => budget(-10, 1), 'got -10', RangeError, 'ERR_INVALID_BUDGET'],
    [() => budget(10.5, 1), 'got 10.5', RangeError, 'ERR_INVALID_BUDGET'],
    [() => budget(Number.NaN, 1), 'got NaN', RangeError, 'ERR_INVALID_BUDGET'],
    [() => budget(Number.POSITIVE_INFINITY, 1), 'got Infinity', RangeError, 'ERR_INVALID_BUDGET'],
    [() => budget('10', 1), 'got "10"', TypeError, 'ERR_INVALID_BUDGET'],
    [() => budget(10n, 1), 'got 10n', TypeError, 'ERR_INVALID_BUDGET'],
    [() => budget(undefined, 1), /totalBudget.*undefined/, TypeError, 'ERR_INVALID_BUDGET'],
    [() => budget(10, undefined), /numBatches.*undefined/, TypeError, 'ERR_INVALID_BUDGET'],
    [() => budget(10, 0), 'got 0', RangeError, 'ERR_INVALID_BUDGET'],
    [() => budget(10, -2), 'got -2', RangeError, 'ERR_INVALID_BUDGET'],
    [() => budget(10, 2.5), 'got 2.5', RangeError, 'ERR_INVALID_BUDGET'],
    [() => budget(10, '2'), 'got "2"', TypeError, 'ERR_INVALID_BUDGET'],
    [() => budget(10, 3), /10 .*divisible.* 3;/, RangeError, 'ERR_INVALID_BUDGET'],
    [() => budget(2, 3), /2 .*divisible.* 3;/, RangeError, 'ERR_INVALID_BUDGET'],
  ]);
});

describe('an option of new SHAC is refused', () => {
  refuses([
    [() => create(undefined), 'undefined', TypeError, 'ERR_INVALID_BUDGET'],
    [() => create(null), 'null', TypeError, 'ERR_INVALID_ARGUMENT'],
    [() => create(5), '5', TypeError, 'ERR_INVALID_ARGUMENT'],
    [() => option({ totalBudgets: 4 }), '"totalBudgets"', TypeError, 'ERR_UNKNOWN_OPTION'],
    [() => option({ seed: -1 }), 'got -1', RangeError, 'ERR_INVALID_ARGUMENT'],
    [() => option({ seed: 1.5 }), 'got 1.5', RangeError, 'ERR_INVALID_ARGUMENT'],
    [() => option({ seed: 2 ** 53 }), 'got 9007199254740992', RangeError, 'ERR_INVALID_ARGUMENT'],
    [() => option({ seed: Number.NaN }), 'got NaN', RangeError, 'ERR_INVALID_ARGUMENT'],
    [() => option({ seed: '42' }), 'got "42"', TypeError, 'ERR_INVALID_ARGUMENT'],
    [() => option({ objective: 'minimize' }), '"minimize"', TypeError, 'ERR_INVALID_ARGUMENT'],
    [() => option({ preset: 'fast' }), '"fast"', TypeError, 'ERR_INVALID_ARGUMENT'],
    [() => option({ data: 'stages' }), '"stages"', TypeError, 'ERR_INVALID_ARGUMENT'],
    [() => option({ data: 1 }), /data must be "stage" or "all", got 1/, TypeError, 'ERR_INVALID_ARGUMENT'],
    [() => option({ elite: -1 }), /elite.*from 0 to 100, got -1/, RangeError, 'ERR_INVALID_ARGUMENT'],
    [() => option({ elite: 101 }), 'got 101', RangeError, 'ERR_INVALID_ARGUMENT'],
    [() => option({ elite: 2.5 }), 'got 2.5', RangeError, 'ERR_INVALID_ARGUMENT'],
    [() => option({ elite: true }), 'got true', TypeError, 'ERR_INVALID_ARGUMENT'],
    [() => option({ recency: 0 }), /recency.*got 0/, RangeError, 'ERR_INVALID_ARGUMENT'],
    [() => option({ recency: 1.1 }), /recency.*got 1.1/, RangeError, 'ERR_INVALID_ARGUMENT'],
    [() => option({ recency: Number.NaN }), 'got NaN', RangeError, 'ERR_INVALID_ARGUMENT'],
    [() => option({ recency: '0.8' }), 'got "0.8"', TypeError, 'ERR_INVALID_ARGUMENT'],
    [() => option({ data: 'stage', recency: 0.8 }), /0.8 needs data "all"/, RangeError, 'ERR_INVALID_ARGUMENT'],
    [() => option({ preset: 'paper', recency: 0.8 }), /needs data "all"/, RangeError, 'ERR_INVALID_ARGUMENT'],
    [() => option({ local: true }), /local must be false or .*got true/, TypeError, 'ERR_INVALID_ARGUMENT'],
    [() => option({ local: 0.7 }), 'got 0.7', TypeError, 'ERR_INVALID_ARGUMENT'],
    [() => option({ local: [0.7] }), 'got [', TypeError, 'ERR_INVALID_ARGUMENT'],
    [() => option({ local: { share: 0.7 } }), '"share"', TypeError, 'ERR_UNKNOWN_OPTION'],
    [() => option({ local: { fraction: 0 } }), /local.fraction.*got 0/, RangeError, 'ERR_INVALID_ARGUMENT'],
    [() => option({ local: { fraction: 1 } }), /local.fraction.*got 1/, RangeError, 'ERR_INVALID_ARGUMENT'],
    [() => option({ local: { fraction: '0.5' } }), 'got "0.5"', TypeError, 'ERR_INVALID_ARGUMENT'],
    [() => option({ sampler: 'fast' }), '"fast"', TypeError, 'ERR_INVALID_ARGUMENT'],
    [() => option({ sampler: null }), 'got null', TypeError, 'ERR_INVALID_ARGUMENT'],
    [() => option({ sampler: ['smc'] }), '["smc"]', TypeError, 'ERR_INVALID_ARGUMENT'],
    [() => option({ sampler: {} }), /sampler.method.*got undefined/, TypeError, 'ERR_INVALID_ARGUMENT'],
    [() => option({ sampler: { method: 'mcmc' } }), '"mcmc"', TypeError, 'ERR_INVALID_ARGUMENT'],
    [() => option({ sampler: { method: 'smc', sweep: 5 } }), '"sweep"', TypeError, 'ERR_UNKNOWN_OPTION'],
    [() => option({ sampler: { method: 'smc', sweeps: 0 } }), /sweeps.*got 0/, RangeError, 'ERR_INVALID_ARGUMENT'],
    [() => option({ sampler: { method: 'smc', sweeps: 1.5 } }), 'got 1.5', RangeError, 'ERR_INVALID_ARGUMENT'],
    [() => option({ sampler: { method: 'smc', sweeps: '5' } }), 'got "5"', TypeError, 'ERR_INVALID_ARGUMENT'],
    [() => option({ maxClassifiers: 0 }), 'got 0', RangeError, 'ERR_INVALID_ARGUMENT'],
    [() => option({ samplerMemory: -1 }), 'samplerMemory (MiB) must be', RangeError, 'ERR_INVALID_ARGUMENT'],
    [() => option({ samplerMemory: 0.5 }), 'got 0.5', RangeError, 'ERR_INVALID_ARGUMENT'],
    [() => option({ samplerMemory: 64 * 2 ** 20 }), 'from 0 to 1048576', RangeError, 'ERR_INVALID_ARGUMENT'],
    [
      () => defineStudy({ space: x, evaluate: loss as never, totalBudget: 4, numBatches: 2, samplerMemory: -1 }),
      'samplerMemory (MiB)',
      RangeError,
      'ERR_INVALID_ARGUMENT',
    ],
    [() => option({ samplerMemory: '64' }), 'got "64"', TypeError, 'ERR_INVALID_ARGUMENT'],
    [() => option({ maxClassifiers: 1.5 }), 'got 1.5', RangeError, 'ERR_INVALID_ARGUMENT'],
    [() => option({ storage: '' }), '""', TypeError, 'ERR_INVALID_ARGUMENT'],
    [() => option({ storage: 5 }), '5', TypeError, 'ERR_INVALID_ARGUMENT'],
    [() => option({ studyName: 7 }), '7', TypeError, 'ERR_INVALID_ARGUMENT'],
    [() => option({ classifier: { round: 5 } }), '"round"', TypeError, 'ERR_UNKNOWN_OPTION'],
    [() => option({ classifier: 'deep' }), '"deep"', TypeError, 'ERR_INVALID_ARGUMENT'],
    [() => option({ classifier: { rounds: 0 } }), /rounds.*got 0/, RangeError, 'ERR_INVALID_ARGUMENT'],
    [() => option({ classifier: { rounds: 1.5 } }), 'got 1.5', RangeError, 'ERR_INVALID_ARGUMENT'],
    [() => option({ classifier: { maxDepth: 13 } }), /maxDepth.*got 13/, RangeError, 'ERR_INVALID_ARGUMENT'],
    [() => option({ classifier: { eta: 0 } }), /eta.*got 0/, RangeError, 'ERR_INVALID_ARGUMENT'],
    [() => option({ classifier: { eta: '0.1' } }), '"0.1"', TypeError, 'ERR_INVALID_ARGUMENT'],
    [() => option({ classifier: { lambda: -1 } }), /lambda.*got -1/, RangeError, 'ERR_INVALID_ARGUMENT'],
    [() => option({ classifier: { minChildWeight: Number.NaN } }), 'NaN', RangeError, 'ERR_INVALID_ARGUMENT'],
    [() => option({ classifier: { subsample: 1.1 } }), /subsample.*got 1.1/, RangeError, 'ERR_INVALID_ARGUMENT'],
  ]);
});

describe('an argument of a call is refused', () => {
  const shac = study({ totalBudget: 4, numBatches: 2 });
  const fitWith = (options: object) => shac.fit(loss, options as FitOptions);
  const rows = [{ params: { x: 0, y: 1, layers: 1, act: null }, value: 1 }];
  const argument = 'ERR_INVALID_ARGUMENT';
  refuses([
    [() => shac.fit(any(undefined)), 'undefined', TypeError, argument],
    [() => shac.fit(any('objective.js')), 'objective.js', Error, 'ERR_INVALID_OBJECTIVE'],
    [() => shac.fit(any(new URL('http://x/objective.js'))), 'http://x/objective.js', TypeError, argument],
    [() => shac.fit(any({ module: 5 })), '5', TypeError, argument],
    [() => shac.fit(any({ evaluate: loss })), 'must be a function', TypeError, argument],
    [() => fitWith({ earlystop: true }), '"earlystop"', TypeError, 'ERR_UNKNOWN_OPTION'],
    [() => shac.fit(loss, any(null)), 'null', TypeError, argument],
    [() => shac.fit(loss, any([])), '[]', TypeError, argument],
    [() => fitWith({ signal: {} }), /AbortSignal, got \{\}/, TypeError, argument],
    [() => fitWith({ signal: new AbortController() }), 'AbortSignal', TypeError, argument],
    [() => fitWith({ signal: null }), 'null', TypeError, argument],
    [() => fitWith({ callbacks: {} }), /callbacks.*\{\}/, TypeError, argument],
    [() => fitWith({ callbacks: () => {} }), 'callbacks', TypeError, argument],
    [() => fitWith({ callbacks: [5] }), /callbacks.*5/, TypeError, argument],
    [() => fitWith({ callbacks: 'log.csv' }), '"log.csv"', TypeError, argument],
    [() => fitWith({ callbacks: [{ onEpochEnd: 'print' }] }), /onEpochEnd.*"print"/, TypeError, argument],
    [() => fitWith({ earlyStop: 1 }), 'got 1', TypeError, argument],
    [() => fitWith({ skipCvChecks: 'no' }), '"no"', TypeError, argument],
    [() => fitWith({ relaxChecks: null }), 'null', TypeError, argument],
    [() => fitWith({ timeoutMs: -1 }), 'got -1', RangeError, argument],
    [() => fitWith({ timeoutMs: Number.NaN }), 'NaN', RangeError, argument],
    [() => fitWith({ timeoutMs: 2 ** 31 }), '2147483648', RangeError, argument],
    [() => fitWith({ timeoutMs: '5s' }), '"5s"', TypeError, argument],
    [() => fitWith({ retries: -1 }), 'got -1', RangeError, argument],
    [() => fitWith({ retries: 0.5 }), 'got 0.5', RangeError, argument],
    [() => fitWith({ onFailure: 'ignore' }), '"ignore"', TypeError, argument],
    [() => shac.ask(0), 'got 0', RangeError, argument],
    [() => shac.ask(-1), 'got -1', RangeError, argument],
    [() => shac.ask(1.5), 'got 1.5', RangeError, argument],
    [() => shac.ask(any('1')), '"1"', TypeError, argument],
    [() => shac.ask(1, any({ relax: true })), '"relax"', TypeError, 'ERR_UNKNOWN_OPTION'],
    [() => shac.ask(1, any({ signal: 5 })), 'got 5', TypeError, argument],
    [() => shac.tell(0, 1, any({ skipcv: true })), '"skipcv"', TypeError, 'ERR_UNKNOWN_OPTION'],
    [() => shac.tell(0, 1, any({ signal: 5 })), 'got 5', TypeError, argument],
    [() => shac.tell(0, 1), 'no trial 0', RangeError, 'ERR_UNKNOWN_TRIAL'],
    [() => shac.predict(-1), 'got -1', RangeError, argument],
    [() => shac.predict(0.5), 'got 0.5', RangeError, argument],
    [() => shac.predict(any('3')), '"3"', TypeError, argument],
    [() => shac.predict(2 ** 30), '1073741824', RangeError, argument],
    [() => shac.predict(1, { numBatches: -1 }), 'got -1', RangeError, argument],
    [() => shac.predict(1, { maxClassifiers: 1 }), /1, .*0 classifiers/, RangeError, argument],
    [() => shac.predict(1, any({ batches: 2 })), '"batches"', TypeError, 'ERR_UNKNOWN_OPTION'],
    [() => shac.predict(1, any({ signal: 'now' })), '"now"', TypeError, argument],
    [() => shac.fitDataset(rows, any({ sort: true })), '"sort"', TypeError, 'ERR_UNKNOWN_OPTION'],
    [() => shac.fitDataset(rows, any({ presort: 'worst' })), '"worst"', TypeError, argument],
    [() => shac.fitDataset(rows, any({ relaxChecks: true })), '"relaxChecks"', TypeError, 'ERR_UNKNOWN_OPTION'],
    [() => shac.fitDataset(rows, any({ callbacks: 5 })), '5', TypeError, argument],
    [() => shac.fitDataset('/no/such/file.csv'), '/no/such/file.csv', ShacError, 'ERR_FILE'],
    [() => shac.saveData(any(undefined)), 'undefined', TypeError, argument],
    [() => shac.restoreData(''), '""', TypeError, argument],
    [() => shac.setSeed(any(-1)), 'got -1', RangeError, argument],
    [() => shac.accepts(any({ x: 99, y: 1, layers: 1, act: null })), /"x".*99/, RangeError, 'ERR_INVALID_VALUE'],
    [() => shac.accepts(any(null)), 'null', TypeError, 'ERR_INVALID_VALUE'],
  ]);

  it('and leaves the study as it was', () => {
    expect(shac.trials).toEqual([]);
    expect(shac.history.epochs).toEqual([]);
    expect(shac.seed).toBe(42);
  });

  it('with values of any shape in the message: no error about showing them', async () => {
    const cyclic: { self?: unknown } = {};
    cyclic.self = cyclic;
    const strange = [cyclic, Symbol('s'), Object.create(null), () => {}, new Map(), 'y'.repeat(500)];
    for (const value of strange) {
      const error = (await failureOf(() => option({ seed: value }))) as Error & { code?: string };
      expect(error.code).toBe('ERR_INVALID_ARGUMENT');
      expect(error.message.length).toBeLessThan(200);
    }
  });
});
