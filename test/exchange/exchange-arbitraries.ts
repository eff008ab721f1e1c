import fc from 'fast-check';
import type { ExchangeParam, ExchangeTrial } from '../../lib/exchange/study.js';
import type { PlainStudy } from './optuna-file.js';

const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
const anyNumber = fc.oneof(number, fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY));

/** Names with anything that has to be escaped somewhere. */
const text = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.constantFrom('NaN', '-Infinity', 'a\nb', '"', '\\"NaN', '\u2028', 'ü,;', "it's", '{"op_code":0}'),
);
const name = text.filter((one) => one !== '' && one !== '__proto__');

/** Distributions of all kinds, each with a number of it. */
const param: fc.Arbitrary<ExchangeParam> = fc.oneof(
  fc.record({ log: fc.boolean(), real: number }).map(({ log, real }) => ({
    value: real,
    stored: { real, distribution: pythonic('FloatDistribution', numeric(null, real, log)) },
  })),
  fc.record({ log: fc.boolean(), real: fc.maxSafeInteger() }).map(({ log, real }) => ({
    value: real,
    stored: { real, distribution: pythonic('IntDistribution', numeric(1, real, log)) },
  })),
  fc
    .uniqueArray(fc.oneof(text, number, fc.boolean(), fc.constant(null)), { minLength: 1, maxLength: 5 })
    .chain((choices) =>
      fc.nat(choices.length - 1).map((real) => ({
        value: choices[real],
        stored: { real, distribution: pythonic('CategoricalDistribution', { choices }) },
      })),
    ),
);

function numeric(step: number | null, real: number, log: boolean): Record<string, unknown> {
  return { step, low: real, high: real, log: log && real > 0 };
}

/** With the spaces that Python puts in. */
function pythonic(className: string, attributes: Record<string, unknown>): string {
  return `{"name": "${className}", "attributes": ${JSON.stringify(attributes)}}`;
}

const date = fc
  .record({
    time: fc.date({ min: new Date('1990-01-01'), max: new Date('2090-01-01'), noInvalidDate: true }),
    micros: fc.nat(999),
  })
  .map(({ time, micros }) => time.toISOString().replace('Z', `${String(micros).padStart(3, '0')}Z`));

const attributes = fc.dictionary(
  name,
  fc.oneof(text, anyNumber, fc.boolean(), fc.constant(null), fc.array(anyNumber)),
  {
    maxKeys: 3,
    noNullPrototype: true,
  },
);

const trial: fc.Arbitrary<Omit<ExchangeTrial, 'number'>> = fc
  .record({
    state: fc.constantFrom('RUNNING', 'COMPLETE', 'PRUNED', 'FAIL', 'WAITING'),
    params: fc.uniqueArray(fc.tuple(name, param), { maxLength: 4, selector: ([column]) => column }),
    value: fc.oneof(number, fc.constantFrom(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY)),
    steps: fc.uniqueArray(fc.tuple(fc.nat(1000), anyNumber), { maxLength: 3, selector: ([step]) => step }),
    started: fc.option(date),
    completed: fc.option(date),
    userAttributes: attributes,
    systemAttributes: attributes,
  })
  .map(({ params, steps, value, ...rest }) => ({
    ...rest,
    params: new Map(params),
    value: rest.state === 'COMPLETE' || rest.state === 'PRUNED' ? value : null,
    intermediateValues: new Map(steps.sort(([a], [b]) => a - b)),
  }));

/** A study with all that Optuna can keep of one. */
export const anyStudy: fc.Arbitrary<PlainStudy> = fc
  .record({
    name,
    objective: fc.constantFrom('min', 'max', undefined),
    userAttributes: attributes,
    systemAttributes: attributes,
    trials: fc.array(trial, { maxLength: 5 }),
  })
  .map(({ trials, ...study }) => ({ ...study, trials: trials.map((one, i) => ({ number: i, ...one })) }));

/** Anything that JSON can hold, and numbers that only Python's can. */
export const anyJson = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    text,
    anyNumber,
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(name, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value;
